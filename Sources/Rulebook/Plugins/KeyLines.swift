/// Finds the lines of a Lua source that set the keys of a table constructor.
///
/// It looks for text, not for syntax: good enough to point at, never used to decide.
struct KeyLines {
  private let lines: [Substring]

  /// The lines of `source`.
  init(source: [UInt8]) {
    let text = String(decoding: source, as: UTF8.self)
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The line, from 1, of the last key of `path`, each key being looked for behind the one before it; nil when
  /// the first isn't there. Keys that aren't found are passed over. O(path · size).
  func line(of path: [String]) -> Int? {
    var found: (line: Int, column: String.Index)?
    for key in path {
      found = find(key, behind: found) ?? found
    }
    return found.map { $0.line + 1 }
  }

  private func find(_ key: String, behind: (line: Int, column: String.Index)?) -> (line: Int, column: String.Index)? {
    for line in (behind?.line ?? 0)..<lines.count {
      let text = lines[line]
      let start = line == behind?.line ? behind?.column ?? text.startIndex : text.startIndex
      if let end = Self.end(of: key, in: text[start...]) { return (line, end) }
    }
    return nil
  }

  /// Where an assignment to `key` has passed its name; nil when the text has none.
  private static func end(of key: String, in text: Substring) -> String.Index? {
    var rest = text
    while let first = rest.firstIndex(where: { $0 == key.first || $0 == "-" }) {
      let candidate = rest[first...]
      if candidate.hasPrefix("--") { return nil }
      if candidate.hasPrefix(key) {
        let end = rest.index(first, offsetBy: key.count)
        let before = first > text.startIndex ? text[text.index(before: first)] : " "
        let after = text[end...].drop { $0 == " " || $0 == "\"" || $0 == "'" || $0 == "]" }
        if !isWord(before), after.hasPrefix("="), !after.hasPrefix("==") { return end }
      }
      rest = rest[rest.index(after: first)...]
    }
    return nil
  }

  private static func isWord(_ character: Character) -> Bool {
    character == "_" || character.isLetter || character.isNumber
  }
}
