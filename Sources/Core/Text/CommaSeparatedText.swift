/// Texts as fields of comma-separated values (RFC 4180) that people open in a spreadsheet.
///
/// A spreadsheet runs a field that begins with `=`, `+`, `-` or `@`, or with one of these in full width, whoever wrote
/// it. Such a text gets a `'` in front, which spreadsheets show as text; ``text(ofField:)`` takes it away again.
package enum CommaSeparatedText {
  /// A text's field: guarded against spreadsheets, and in quotes where it must be. O(length).
  package static func field(_ text: String) -> String { quoted(isRun(text) ? "'" + text : text) }

  /// A field in quotes where it must be, as numbers are written. O(length).
  package static func quoted(_ field: String) -> String {
    guard field.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return field }
    return "\"" + field.pieces(at: "\"").joined(separator: "\"\"") + "\""
  }

  /// The text whose field, without its quotes, this is: one `'` less where ``field(_:)`` would have put one. O(length).
  package static func text(ofField field: String) -> String {
    field.begins(with: "'") && isRun(field) ? String(field.unicodeScalars.dropFirst()) : field
  }

  /// `=+-@` as ASCII and in full width (U+FF1D, U+FF0B, U+FF0D, U+FF20), and what moves on to the next field.
  private static let beginnings: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  /// Whether a spreadsheet runs the text, or it would be taken for one that was guarded.
  private static func isRun(_ text: String) -> Bool {
    text.unicodeScalars.first { $0 != "'" }.map(beginnings.contains) ?? false
  }
}
