/// A day of the Gregorian calendar, UTC.
package struct CalendarDay: Sendable, Equatable {
  /// With 1 before Christ as 0.
  package var year: Int64
  /// The month, of which January is 1.
  package var month: Int64
  /// Of the month, from 1.
  package var day: Int64

  private static let perDay: Int64 = 86_400_000_000_000
  /// From 1 March of year 0 to 1 January 1970.
  private static let shift: Int64 = 719_468

  /// The day of a time in nanoseconds since 1970.
  package init(nanoseconds: Int64) {
    self.init(days: nanoseconds / Self.perDay - (nanoseconds % Self.perDay < 0 ? 1 : 0))
  }

  /// The day so many days after 1 January 1970. After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
  /// `civil_from_days`.
  package init(days: Int64) {
    let days = days + Self.shift
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shifted + 2) / 5 + 1
    month = shifted < 10 ? shifted + 3 : shifted - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Reads `2023-11-14`, a day from 1970 to 2200; nil for anything else, also for a day that no calendar has.
  package init?(_ text: some StringProtocol) {
    let parts = String(text).pieces(at: "-")
    guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy(\.isDigits), let year = Int64(parts[0]),
      let month = Int64(parts[1]),
      let day = Int64(parts[2]), (1970...2200).contains(year)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The day of these numbers; nil for one that no calendar has. Of years from 0 to 9999.
  package init?(year: Int64, month: Int64, day: Int64) {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    if CalendarDay(days: days) != self { return nil }
  }

  /// When the day begins, nanoseconds since 1970; from 1970 to 2200.
  package var nanoseconds: Int64 { days * Self.perDay }

  /// Days from 1 January 1970 to this one. The same algorithms, `days_from_civil`.
  package var days: Int64 {
    let year = month <= 2 ? year - 1 : year
    let (era, shifted) = (year / 400, month > 2 ? month - 3 : month + 9)
    let yearOfEra = year - era * 400
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + (153 * shifted + 2) / 5 + day - 1
    return era * 146_097 + dayOfEra - Self.shift
  }

  /// As ISO 8601 writes it: `2023-11-14`.
  package var text: String {
    [(year, 4), (month, 2), (day, 2)].map { String($0).zeroPadded(to: $1) }.joined(separator: "-")
  }
}
