/// Moments as people write them, UTC.
package enum MinuteText {
  private static let perMinute: Int64 = 60_000

  /// `2026-11-29 15:04`, of milliseconds since 1970.
  package static func text(_ milliseconds: Int64) -> String {
    let minute = (milliseconds / perMinute) % 1_440
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let day = CalendarDay(nanoseconds: milliseconds.multiplied(saturating: 1_000_000))
    return "\(day.text) \(two(minute / 60)):\(two(minute % 60))"
  }

  /// Milliseconds since 1970 of `2026-11-29`, `2026-11-29T15:04`, `2026-11-29T15:04:05`, each also with `Z` behind it,
  /// or of their own number; nil for anything else.
  package static func milliseconds(_ text: String) -> Int64? {
    if let number = Int64(text) { return number }
    let parts = text.pieces(at: "T")
    guard let first = parts.first, parts.count <= 2 else { return nil }
    let date = parts.count == 1 && first.ends(with: "Z") ? first.dropLast() : first
    guard let day = CalendarDay(date) else { return nil }
    let start = day.nanoseconds / 1_000_000
    if parts.count == 1 { return start }
    let clock = parts[1].ends(with: "Z") ? parts[1].dropLast() : parts[1]
    let numbers = String(clock).pieces(at: ":")
    guard (2...3).contains(numbers.count), numbers.allSatisfy({ $0.utf8.count == 2 && $0.isDigits }) else { return nil }
    var seconds: Int64 = 0
    for (place, number) in numbers.enumerated() {
      guard let value = Int64(number), (0..<(place == 0 ? 24 : 60)).contains(value) else { return nil }
      seconds = seconds * 60 + value
    }
    return start + (numbers.count == 2 ? seconds * 60 : seconds) * 1_000
  }
}
