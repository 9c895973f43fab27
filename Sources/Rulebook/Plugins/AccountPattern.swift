internal import Core

/// Which accounts a decision may debit: `bridge`, `citizen:*`, `citizen:*:bonus`.
///
/// A `*` stands for exactly one segment.
package struct AccountPattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern as written.
  package let text: String
  private let segments: [Substring]

  /// The pattern; nil when it is no account name with `*` in place of some segments. O(length).
  package init?(_ text: String) {
    let segments = text.pieces(at: ":")
    let example = segments.map { $0 == "*" ? "any" : $0 }.joined(separator: ":")
    guard AccountName(example) != nil else { return nil }
    self.text = text
    self.segments = segments
  }

  /// Whether an account of this name may be debited. O(length).
  package func matches(_ account: String) -> Bool {
    let names = account.pieces(at: ":")
    return names.count == segments.count && zip(names, segments).allSatisfy { $1 == "*" || $0 == $1 }
  }

  /// Whether an account whose name begins so may be debited. O(length).
  func matches(anyBeginning prefix: String) -> Bool {
    let names = prefix.pieces(at: ":")
    guard let last = names.last, names.count <= segments.count else { return false }
    // The last piece may be the beginning of a segment.
    return zip(names.dropLast(), segments).allSatisfy { $1 == "*" || $0 == $1 }
      && (segments[names.count - 1] == "*" || segments[names.count - 1].begins(with: last))
  }

  /// The pattern as written.
  package var description: String { text }
}
