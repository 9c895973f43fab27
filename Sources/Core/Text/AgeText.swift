/// A length of time as people write it.
package enum AgeText {
  /// What an option says of it.
  package static let form = "a number of days or hours: 90d, 36h"

  private static let hour: Int64 = 3_600_000

  /// Milliseconds of `90d` or `36h`; nil for anything else, for nothing, and for over a thousand years.
  package static func milliseconds(_ text: String) -> Int64? {
    guard let unit = text.utf8.last, let count = Int64(text.dropLast()), count > 0, text.utf8.first != 0x2B else {
      return nil
    }
    let hours: Int64
    switch unit {
    case UInt8(ascii: "h"): hours = 1
    case UInt8(ascii: "d"): hours = 24
    default: return nil
    }
    return count <= 9_000_000 / hours ? count * hours * hour : nil
  }
}
