/// Turns text from outside into one line that is safe for a terminal or a log: spells out what would move the cursor,
/// begin a line or turn the direction of writing.
package enum VisibleText {
  /// `text` with each control character as its escape: `\n`, `\t`, `\x1b`, `\u{202e}`. O(length).
  package static func line(_ text: String) -> String {
    // Most text has none, and is taken as it is.
    if !text.unicodeScalars.contains(where: isControl) { return text }
    return text.unicodeScalars.reduce(into: "") { out, scalar in
      if isControl(scalar) { out += escape(scalar) } else { out.unicodeScalars.append(scalar) }
    }
  }

  /// The same, but for line feeds, which stay: for a text of several lines that is ours. O(length).
  package static func lines(_ text: String) -> String {
    text.pieces(at: "\n").map { line(String($0)) }.joined(separator: "\n")
  }

  /// JSON for a terminal: the same value, its control characters beyond ASCII as `\u009b`. JSON escapes the others
  /// itself, and has such characters in strings only. O(length).
  package static func json(_ text: String) -> String {
    if !text.unicodeScalars.contains(where: { $0.value >= 0x7F && isControl($0) }) { return text }
    return text.unicodeScalars.reduce(into: "") { out, scalar in
      if scalar.value >= 0x7F && isControl(scalar) {
        out += "\\u" + hexadecimal(scalar, width: 4)
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
  }

  /// Whether a character does something where it is printed: the control characters of ASCII and of Latin-1, the
  /// separators of lines and paragraphs, the marks that turn the direction of writing, and the byte order mark.
  package static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  /// How a control character is spelled: as Lua and Swift have it.
  package static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: scalar.value < 0x100 ? "\\x" + hexadecimal(scalar, width: 2) : "\\u{" + hexadecimal(scalar, width: 4) + "}"
    }
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar, width: Int) -> String {
    String(scalar.value, radix: 16).zeroPadded(to: width)
  }
}
