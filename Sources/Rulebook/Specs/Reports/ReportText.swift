internal import Core

/// The small pieces of text that several reports share.
enum ReportText {
  /// A time for people: `0.4 ms`, `34 ms`, `12.3 s`. Rounded half up.
  static func duration(nanoseconds: UInt64) -> String {
    if nanoseconds < 9_950_000 {
      let tenths = (nanoseconds + 50_000) / 100_000
      return "\(tenths / 10).\(tenths % 10) ms"
    }
    if nanoseconds < 9_999_500_000 {
      return "\((nanoseconds + 500_000) / 1_000_000) ms"
    }
    let tenths = (nanoseconds / 1_000_000 + 50) / 100
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// `value` ÷ 10^`digits` as an exact decimal without trailing zeros: `scaled(1_250_000, digits: 6)`
  /// is `1.25`.
  static func scaled(_ value: UInt64, digits: Int) -> String {
    let padded = String(value).zeroPadded(to: digits + 1)
    let whole = padded.dropLast(digits)
    var fraction = padded.suffix(digits)
    while fraction.utf8.last == UInt8(ascii: "0") { fraction.removeLast() }
    return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
  }

  /// The share `hit` ÷ `lines` in percent with at most two decimals. Rounded down, so that 100 means all.
  static func percent(hit: Int, lines: Int) -> String {
    guard lines > 0 else { return "100" }
    return scaled(UInt64(hit) * 10_000 / UInt64(lines), digits: 2)
  }

  /// `text` with control characters spelled out (`\x1b`, see ``VisibleText``), so that a rule can't drive a terminal.
  /// Newlines become spaces and tabs stay.
  static func printable(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { out, scalar in
      switch scalar {
      case "\n", "\r": out += " "
      case "\t": out += "\t"
      case _ where VisibleText.isControl(scalar): out += VisibleText.escape(scalar)
      default: out.unicodeScalars.append(scalar)
      }
    }
  }

  /// `text` as a JSON string in quotes; every control character is escaped, so it is valid YAML too.
  static func jsonString(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default:
        if isUnprintable(scalar) {
          out += "\\u" + hex(scalar.value, width: 4)
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out + "\""
  }

  /// `values` as a JSON array of strings.
  static func jsonArray(_ values: [String]) -> String {
    "[" + values.map(jsonString).joined(separator: ",") + "]"
  }

  /// `value` in lower-case hexadecimal with at least `width` digits.
  static func hex(_ value: UInt32, width: Int) -> String {
    String(value, radix: 16).zeroPadded(to: width)
  }

  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    VisibleText.isControl(scalar) || (0xFFFE...0xFFFF).contains(scalar.value)
  }
}
