internal import Core

/// What a policy says beside a number: the comment above it, and who may change it.
package struct PolicyComment: Sendable, Equatable {
  /// The comment that stands right above the line, or above the entry that it belongs to; empty when there is none.
  package let text: String
  /// What the file's head says behind "Who may change this:"; empty when it says nothing.
  package let owner: String
  /// What it says behind "What follows:"; empty when it says nothing.
  package let consequence: String

  /// Reads the comment of line `line`, counted from 1, of a policy's lines. O(size).
  package init(_ lines: [String], line: Int) {
    text = Self.above(lines, min(line, lines.count) - 1)
    (owner, consequence) = Self.head(lines)
  }

  private static func above(_ lines: [String], _ index: Int) -> String {
    guard lines.indices.contains(index) else { return "" }
    var owner = index
    while true {
      // What stands above `return {` is about the file.
      if depth(lines[owner]) == 0, lines[owner].begins(with: "return") { return "" }
      var first = owner
      while first > 0, lines[first - 1].trimmed.begins(with: "--") { first -= 1 }
      if first < owner { return lines[first..<owner].map { comment($0) }.joined(separator: " ").trimmed.description }
      if owner == index, let text = trailing(lines[index]) { return text }
      // What the line stands in: the nearest one above that stands further out.
      let inner = depth(lines[owner])
      guard let outer = lines[..<owner].lastIndex(where: { isEntry($0) && depth($0) < inner }) else { return "" }
      owner = outer
    }
  }

  private static func depth(_ line: String) -> Int { line.prefix { $0 == " " }.count }

  private static func isEntry(_ line: String) -> Bool {
    !line.trimmed.isEmpty && !line.trimmed.begins(with: "--")
  }

  /// What stands behind the line's entry; nil when nothing does.
  private static func trailing(_ line: String) -> String? {
    guard let mark = line.range(of: ", --") ?? line.range(of: "{ --") else { return nil }
    let text = comment(String(line[line.index(mark.lowerBound, offsetBy: 2)...]))
    return text.isEmpty ? nil : text
  }

  private static func comment(_ line: String) -> String {
    String(line.trimmed.drop { $0 == "-" }).trimmed.description
  }

  private static func head(_ lines: [String]) -> (owner: String, consequence: String) {
    let head = lines.prefix { $0.trimmed.begins(with: "--") }.map { comment($0) }.joined(separator: " ")
    guard let start = head.range(of: "Who may change this:") else { return ("", "") }
    let rest = head[start.upperBound...]
    guard let next = rest.range(of: "What follows:") else { return (String(String(rest).trimmed), "") }
    return (String(String(rest[..<next.lowerBound]).trimmed), String(String(rest[next.upperBound...]).trimmed))
  }
}

extension StringProtocol {
  /// Where `text` begins and ends for the first time; nil when it doesn't stand here. O(size · length).
  fileprivate func range(of text: String) -> Range<Index>? {
    var place = startIndex
    while place < endIndex {
      if self[place...].begins(with: text) { return place..<index(place, offsetBy: text.count) }
      place = index(after: place)
    }
    return nil
  }
}
