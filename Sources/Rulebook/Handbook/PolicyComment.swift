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
    var indentation = lines[index].prefix { $0 == " " }.count
    var place = index - 1
    // The nearest comment, of the line itself or of what it stands in.
    while place >= 0 {
      let words = lines[place].trimmed
      let depth = lines[place].prefix { $0 == " " }.count
      if words.begins(with: "--"), depth <= indentation {
        var first = place
        while first > 0, lines[first - 1].trimmed.begins(with: "--") { first -= 1 }
        return lines[first...place].map { comment($0) }.joined(separator: " ").trimmed.description
      }
      if words.isEmpty && depth == 0 && indentation <= 2 { return "" }
      indentation = min(indentation, words.isEmpty ? indentation : depth)
      place -= 1
    }
    return ""
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
