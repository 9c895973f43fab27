internal import Core

extension Handbook {
  /// As Markdown, a line a row. O(size).
  package var markdown: String {
    blocks.map { block in
      switch block {
      case .heading(let level, let text): String(repeating: "#", count: level) + " " + Self.plain(text)
      case .paragraph(let text): Self.plain(text)
      case .table(let head, let rows):
        ([head, head.map { _ in "---" }] + rows).map { "| " + $0.map(Self.plain).joined(separator: " | ") + " |" }
          .joined(separator: "\n")
      }
    }.joined(separator: "\n\n") + "\n"
  }

  /// As one page without scripts, which can be printed. O(size).
  package var html: String {
    let body = blocks.map { block in
      switch block {
      case .heading(let level, let text): "<h\(level)>\(Self.escaped(text))</h\(level)>"
      case .paragraph(let text): "<p>\(Self.escaped(text))</p>"
      case .table(let head, let rows):
        "<table>\n" + Self.row(head, "th") + rows.map { Self.row($0, "td") }.joined() + "</table>"
      }
    }.joined(separator: "\n")
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>The rulebook</title>
      <style>
      body { font: 16px/1.5 serif; margin: 2em auto; max-width: 60em; padding: 0 1em }
      table { border-collapse: collapse; margin: 1em 0; width: 100% }
      th, td { border-bottom: 1px solid #999; padding: .3em .6em; text-align: left; vertical-align: top }
      </style></head><body>
      \(body)
      </body></html>

      """
  }

  private static func row(_ cells: [String], _ tag: String) -> String {
    "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
  }

  /// Text in which nothing is markup.
  private static func escaped(_ text: String) -> String {
    HTMLText.escaped(VisibleText.line(text))
  }

  /// Text in which Markdown sees none of its marks.
  private static func plain(_ text: String) -> String {
    VisibleText.line(text).reduce(into: "") { out, character in
      if "\\`*_[]<>#|".contains(character) { out.append("\\") }
      out.append(character)
    }
  }
}
