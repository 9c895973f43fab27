internal import FoundationEssentials

/// Moments as the graph's sources write them, so that they compare bytewise.
package enum Moment {
  /// Milliseconds of a day.
  package static let day: Int64 = 86_400_000

  /// `2025-06-01T12:00:00.000Z`, of milliseconds since 1970.
  package static func text(_ milliseconds: Int64) -> String {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(style)
  }

  /// `2025-06-01`, of days since 1970.
  package static func text(day: Int64) -> String { String(text(day * Self.day).prefix(10)) }

  /// Days since 1970, UTC, of milliseconds since then.
  package static func day(of milliseconds: Int64) -> Int64 {
    (milliseconds - (milliseconds % day + day) % day) / day
  }
}
