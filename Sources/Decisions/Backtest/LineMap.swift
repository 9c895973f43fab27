internal import Core
internal import Rulebook

/// Which line of a file is which in another version of it.
struct LineMap {
  /// The other version's line, from 1, for each line of the first that is in both.
  private var forward: [Int: Int] = [:]
  private let before: [String]
  private let after: [String]
  private let kept: Set<Int>

  /// The lines of both. White space around a line is of no account. O(lines · changes).
  init(_ before: [UInt8], _ after: [UInt8]) {
    self.before = Self.lines(before)
    self.after = Self.lines(after)
    let difference = self.after.difference(from: self.before)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    let old = self.before.indices.filter { !removed.contains($0) }
    let new = self.after.indices.filter { !inserted.contains($0) }
    for (from, to) in zip(old, new) { forward[from + 1] = to + 1 }
    kept = Set(new.map { $0 + 1 })
  }

  private static func lines(_ source: [UInt8]) -> [String] {
    LuaLines.of(source).map { String(String(decoding: $0, as: UTF8.self).trimmed) }
  }

  /// Where line `line` of the first version stands in the second; nil when it is gone or changed.
  func line(_ line: Int) -> Int? { forward[line] }

  /// Whether line `line` of the second version is in the first, too.
  func isKept(_ line: Int) -> Bool { kept.contains(line) }

  /// The text of a line of the first version; empty when there is none.
  func oldText(_ line: Int) -> String { before.indices.contains(line - 1) ? before[line - 1] : "" }

  /// The text of a line of the second version; empty when there is none.
  func newText(_ line: Int) -> String { after.indices.contains(line - 1) ? after[line - 1] : "" }

  /// The line of the first version that stands in the place of the second's `line`: it follows the same kept line.
  func replaced(by line: Int) -> Int? {
    var above = line - 1
    while above > 0, !kept.contains(above) { above -= 1 }
    let start = forward.first { $0.value == above }?.key ?? 0
    let candidate = start + (line - above)
    return before.indices.contains(candidate - 1) && forward[candidate] == nil ? candidate : nil
  }
}
