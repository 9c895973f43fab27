/// A day of the Gregorian calendar, UTC.
struct CalendarDay: Equatable {
  var year: Int64
  var month: Int64
  var day: Int64

  /// The day of a time in nanoseconds since 1970. After Howard Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms", `civil_from_days`.
  init(nanoseconds: Int64) {
    let perDay: Int64 = 86_400_000_000_000
    let days = nanoseconds / perDay - (nanoseconds % perDay < 0 ? 1 : 0) + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shifted + 2) / 5 + 1
    month = shifted < 10 ? shifted + 3 : shifted - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// `2023-11-14`.
  var text: String {
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}
