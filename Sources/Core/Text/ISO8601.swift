/// Moments as texts by ISO 8601, in UTC, which compare bytewise as the moments follow each other.
package enum ISO8601 {
  /// Milliseconds of a day.
  package static let day: Int64 = 86_400_000

  /// The last second of the year 9999, whose text is the last to compare with others.
  private static let latest: Int64 = 253_402_300_799

  /// `2025-06-01T12:00:00.000Z`, of milliseconds since 1970; what is before or behind the years 1970 to 9999 has the
  /// text of their end.
  package static func text(_ milliseconds: Int64) -> String {
    let inside = min(max(milliseconds, 0), latest * 1000 + 999)
    return "\(start(inside / 1000)).\(String(inside % 1000).zeroPadded(to: 3))Z"
  }

  /// `2025-06-01T12:00:00Z`, of seconds since 1970; the nearest of the years 1970 to 9999.
  package static func text(seconds: Int64) -> String { start(min(max(seconds, 0), latest)) + "Z" }

  /// `2025-06-01`, of days since 1970; the nearest of the years 1970 to 9999.
  package static func text(day: Int64) -> String { CalendarDay(days: min(max(day, 0), latest / 86_400)).text }

  /// Days since 1970, UTC, of milliseconds since then.
  package static func day(of milliseconds: Int64) -> Int64 {
    milliseconds / day - (milliseconds % day < 0 ? 1 : 0)
  }

  private static func start(_ seconds: Int64) -> String {
    let clock = seconds % 86_400
    let parts = [clock / 3600, clock / 60 % 60, clock % 60].map { String($0).zeroPadded(to: 2) }
    return "\(text(day: seconds / 86_400))T\(parts.joined(separator: ":"))"
  }
}
