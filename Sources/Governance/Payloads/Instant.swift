internal import Core

/// Whole seconds since 1970, and their text in UTC as RFC 3339 has it, always `2026-11-29T16:00:00Z`.
package struct Instant: Sendable, Hashable, Comparable {
  /// Seconds since 1970, UTC.
  package let seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  /// This second, by the wall clock.
  package static var now: Instant { Instant(seconds: WallClock.milliseconds() / 1000) }

  /// Reads exactly `YYYY-MM-DDThh:mm:ssZ`; nil for any other form and for a day that no calendar has.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    let form = Array("0000-00-00T00:00:00Z".utf8)
    guard bytes.count == form.count else { return nil }
    for (byte, place) in zip(bytes, form) {
      let fits = place == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == place
      if !fits { return nil }
    }
    func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    guard year >= 1970, let date = CalendarDay(year: year, month: month, day: day), hour < 24, minute < 60, second < 60
    else { return nil }
    seconds = ((date.days * 24 + hour) * 60 + minute) * 60 + second
  }

  /// The text; a second outside the years 1970 to 9999 is written as the nearest inside.
  package var text: String { ISO8601.text(seconds: seconds) }

  /// The instant `seconds` later, at most the last one that 64 bits hold.
  package func later(by seconds: Int64) -> Instant { Instant(seconds: self.seconds.adding(saturating: seconds)) }

  package static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }
}

/// A length of time in whole seconds, and its text: the part of ISO 8601 with days, hours, minutes and seconds.
package struct Period: Sendable, Hashable, Comparable {
  /// The length in seconds.
  package let seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  /// Reads `P7D`, `PT24H`, `P1DT12H30M`; nil for any other form, an empty one and for more than 100 years.
  package init?(_ text: String) {
    guard var rest = text.rest(behind: "P") else { return nil }
    var units: [(letter: UInt8, seconds: Int64)] = [(UInt8(ascii: "D"), 86_400)]
    var total: Int64 = 0
    var isInTime = false
    if rest.isEmpty || text.ends(with: "T") { return nil }
    while !rest.isEmpty {
      if !isInTime, let time = rest.rest(behind: "T") {
        isInTime = true
        units = [(UInt8(ascii: "H"), 3600), (UInt8(ascii: "M"), 60), (UInt8(ascii: "S"), 1)]
        rest = time
      }
      let digits = rest.utf8.prefix { (0x30...0x39).contains($0) }
      let behind = rest.utf8.dropFirst(digits.count)
      guard !digits.isEmpty, digits.count <= 9, let letter = behind.first,
        let place = units.firstIndex(where: { $0.letter == letter }), let count = Int64(Substring(digits))
      else { return nil }
      total += count * units[place].seconds
      units.removeFirst(place + 1)
      rest = Substring(behind.dropFirst())
    }
    if total > 100 * 366 * 86_400 { return nil }
    seconds = total
  }

  /// `P7D`, `PT36H`, `PT90S`: one number, in the largest unit that is exact; hours for a day and a half.
  package var text: String {
    if seconds >= 172_800, seconds.isMultiple(of: 86_400) { return "P\(seconds / 86_400)D" }
    if seconds > 0, seconds.isMultiple(of: 3600) { return "PT\(seconds / 3600)H" }
    if seconds > 0, seconds.isMultiple(of: 60) { return "PT\(seconds / 60)M" }
    return "PT\(seconds)S"
  }

  package static func < (left: Period, right: Period) -> Bool { left.seconds < right.seconds }
}
