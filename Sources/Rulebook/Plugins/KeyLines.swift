/// Finds the places of a Lua source that set the keys of a table constructor.
///
/// It looks for text, not for syntax: good enough to point at, never used to decide.
struct KeyLines {
  private let lines: [ArraySlice<UInt8>]

  /// The lines of `source`.
  init(source: [UInt8]) { lines = LuaLines.of(source) }

  /// The line, from 1, of the last key of `path`, each key being looked for behind the one before it; nil when
  /// the first isn't there. Keys that aren't found are passed over. O(path · size).
  func line(of path: [String]) -> Int? { position(of: path)?.line }

  /// ``line(of:)`` with the column, from 1 and counted in bytes, at which the name of that key begins.
  func position(of path: [String]) -> (line: Int, column: Int)? {
    var found: (line: Int, name: Range<Int>)?
    for key in path {
      found = find(Array(key.utf8), behind: found) ?? found
    }
    return found.map { ($0.line + 1, $0.name.lowerBound - lines[$0.line].startIndex + 1) }
  }

  private func find(_ key: [UInt8], behind: (line: Int, name: Range<Int>)?) -> (line: Int, name: Range<Int>)? {
    for line in (behind?.line ?? 0)..<lines.count {
      let text = lines[line]
      let start = line == behind?.line ? behind?.name.upperBound ?? text.startIndex : text.startIndex
      if let name = Self.name(key, in: text[start...]) { return (line, name) }
    }
    return nil
  }

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
