import Core
import Rulebook

/// A problem as a workflow command of GitHub: `::error file=…,line=…::message`, always one line.
enum GitHubAnnotation {
  /// What the runner makes of it.
  enum Level: String { case error, warning }

  static func text(_ error: RulebookError, _ level: Level) -> String {
    let column = error.column.map { ",col=\($0)" } ?? ""
    let place = error.file.map { " file=\(property($0)),line=\(error.line ?? 1)\(column)" } ?? ""
    return "::\(level.rawValue)\(place)::\(data(error.message))"
  }

  /// What stands behind `::`; the runner turns the three escapes back.
  static func data(_ text: String) -> String { escaped(text, also: []) }

  /// What stands behind `=`.
  static func property(_ text: String) -> String { escaped(text, also: [":", ","]) }

  private static func escaped(_ text: String, also further: Set<Unicode.Scalar>) -> String {
    text.unicodeScalars.reduce(into: "") { out, scalar in
      if ["%", "\r", "\n"].contains(scalar) || further.contains(scalar) {
        for byte in String(scalar).utf8 { out += "%" + Hexadecimal.text([byte]).uppercased() }
      } else if VisibleText.isControl(scalar) {
        out += VisibleText.escape(scalar)
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
  }
}
