internal import Core
internal import FoundationEssentials

/// Moments as the graph's sources write them, so that they compare bytewise.
package enum Moment {
  /// Milliseconds of a day.
  package static let day: Int64 = 86_400_000

  /// The last millisecond of the year 9999, whose text is the last to compare with others.
  private static let latest: Int64 = 253_402_300_799_999

  /// `2025-06-01T12:00:00.000Z`, of milliseconds since 1970; what is before or behind the years 1970 to 9999 has the
  /// text of their end.
  package static func text(_ milliseconds: Int64) -> String {
    let milliseconds = min(max(milliseconds, 0), latest)
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(style)
  }

  /// `2025-06-01`, of days since 1970.
  package static func text(day: Int64) -> String { String(text(day.multiplied(saturating: Self.day)).prefix(10)) }

  /// Days since 1970, UTC, of milliseconds since then.
  package static func day(of milliseconds: Int64) -> Int64 {
    milliseconds / day - (milliseconds % day < 0 ? 1 : 0)
  }
}
