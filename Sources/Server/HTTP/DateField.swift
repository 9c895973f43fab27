internal import Glibc

/// When an answer was made, as its head says it (RFC 9110, sections 5.6.7 and 6.6.1). Written anew once a second.
struct DateField {
  private var second = Int.min
  private var text = ""

  /// The moment as the field's value: `Sun, 06 Nov 1994 08:49:37 GMT`.
  mutating func value() -> String {
    let now = time(nil)
    if now != second {
      second = now
      text = Self.text(second)
    }
    return text
  }

  /// A moment in seconds since 1970 as the field's value; the end of the year 9999 for what is later.
  static func text(_ second: Int) -> String {
    var time = min(max(second, 0), 253_402_300_799)
    var parts = tm()
    gmtime_r(&time, &parts)
    let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(digits).joined(separator: ":")
    return "\(day), \(digits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year) \(clock) GMT"
  }

  private static func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
