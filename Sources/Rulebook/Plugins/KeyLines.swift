/// Finds the places of a Lua source that set the keys of a table constructor.
///
/// It looks for text, not for syntax: good enough to point at, never used to decide.
struct KeyLines {
  private let lines: [ArraySlice<UInt8>]
  /// The words of the source, to tell where a value ends; none when they can't be read.
  private let tokens: [LuaToken]

  /// The lines of `source`.
  init(source: [UInt8]) {
    lines = LuaLines.of(source)
    tokens = (try? LuaLexer.tokens(of: source)) ?? []
  }

  /// The line, from 1, of the last key of `path`, each key being looked for in the value of the one before it; nil when
  /// the first isn't there. Keys that aren't found are passed over. O(path · size).
  func line(of path: [String]) -> Int? { position(of: path)?.line }

  /// ``line(of:)`` with the column, from 1 and counted in bytes, at which the name of that key begins.
  func position(of path: [String]) -> (line: Int, column: Int)? {
    var found: (line: Int, name: Range<Int>)?
    var end: Int?
    for key in path {
      guard let next = find(Array(key.utf8), behind: found, before: end) else { continue }
      found = next
      end = self.end(ofValueBehind: next.name.upperBound)
    }
    return found.map { ($0.line + 1, $0.name.lowerBound - lines[$0.line].startIndex + 1) }
  }

  private func find(
    _ key: [UInt8], behind: (line: Int, name: Range<Int>)?, before end: Int?
  ) -> (line: Int, name: Range<Int>)? {
    for line in (behind?.line ?? 0)..<lines.count {
      let text = lines[line]
      if let end, text.startIndex >= end { return nil }
      let start = line == behind?.line ? behind?.name.upperBound ?? text.startIndex : text.startIndex
      if let name = Self.name(key, in: text[start...]) { return name.lowerBound < end ?? .max ? (line, name) : nil }
    }
    return nil
  }

  /// Where the value that is set behind the byte `place` ends, so that what the next one sets isn't taken for its own;
  /// nil when that can't be told, as of an empty table that statements fill later.
  private func end(ofValueBehind place: Int) -> Int? {
    guard let sign = tokens.firstIndex(where: { $0.range.lowerBound >= place && $0.isWord("=") }) else { return nil }
    let value = tokens[(sign + 1)...]
    var depth = 0
    for (index, token) in zip(value.indices, value) {
      if depth == 0, (Self.separators + Self.statements).contains(where: token.isWord) { return token.range.lowerBound }
      depth += Self.opening.contains(where: token.isWord) ? 1 : Self.closing.contains(where: token.isWord) ? -1 : 0
      guard depth == 0, value.first?.isWord("{") == true else { continue }
      let next = value[min(index + 1, value.endIndex - 1)]
      let isFilledLater = index == sign + 2 && !Self.separators.contains(where: next.isWord)
      return isFilledLater ? nil : token.range.upperBound
    }
    return nil
  }

  /// What stands behind a value in a table.
  private static let separators = [",", ";", "}"]
  /// What begins another statement.
  private static let statements = ["local", "return"]
  private static let opening = ["{", "(", "[", "function", "if", "do", "repeat"]
  private static let closing = ["}", ")", "]", "end", "until"]

  /// The name of `key` in an assignment to it; nil when the text has none.
  private static func name(_ key: [UInt8], in text: ArraySlice<UInt8>) -> Range<Int>? {
    for first in text.indices {
      let candidate = text[first...]
      if candidate.starts(with: "--".utf8) { return nil }
      guard !key.isEmpty, candidate.starts(with: key) else { continue }
      let end = first + key.count
      let before = first > text.startIndex ? text[first - 1] : UInt8(ascii: " ")
      let after = text[end...].drop { " \"']".utf8.contains($0) }
      if !isWord(before), after.starts(with: "=".utf8), !after.starts(with: "==".utf8) { return first..<end }
    }
    return nil
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "_"), 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
    default: false
    }
  }
}
