import Core
import Testing

struct ISO8601Tests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (1_748_779_200_000, "2025-06-01T12:00:00.000Z"),
      (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (253_402_300_800_000, "9999-12-31T23:59:59.999Z"), (.max, "9999-12-31T23:59:59.999Z"),
      (-1, "1970-01-01T00:00:00.000Z"), (.min, "1970-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func `a moment has its milliseconds, and one outside the years 1970 to 9999 their end`(moment: Int64, text: String) {
    #expect(ISO8601.text(moment) == text)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (1_796_054_400, "2026-11-30T16:00:00Z"), (.max, "9999-12-31T23:59:59Z"),
      (.min, "1970-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func `a moment in whole seconds has no fraction`(seconds: Int64, text: String) {
    #expect(ISO8601.text(seconds: seconds) == text)
  }

  @Test(
    arguments: [
      (-86_400_001, -2), (-86_400_000, -1), (-1, -1), (0, 0), (86_399_999, 0), (86_400_000, 1),
    ] as [(Int64, Int64)])
  func `a day begins at midnight, before 1970 too`(milliseconds: Int64, day: Int64) {
    #expect(ISO8601.day(of: milliseconds) == day)
  }

  @Test func `texts of moments compare as the moments follow each other`() {
    let moments: [Int64] = [0, 9, 10, 99, 1000, 86_399_999, 86_400_000, 951_782_400_000, 4_102_444_800_000]
    let texts = moments.map { ISO8601.text($0) }
    #expect(texts.sorted() == texts)
    #expect(moments.map { ISO8601.text(day: $0 / ISO8601.day) } == texts.map { String($0.prefix(10)) })
  }
}
