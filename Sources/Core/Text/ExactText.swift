/// A text that is compared, hashed and sorted by its UTF-8 bytes: the key for every name that comes from outside.
///
/// To Swift's `String`, two spellings of one character are equal, such as `é` and `e` with U+0301 behind it. To Lua, to
/// SQLite and to every client they are two names.
package struct ExactText: Sendable {
  /// The text as it came.
  package let text: String

  /// Keeps the text as it is.
  package init(_ text: some StringProtocol) { self.text = String(text) }
}

extension ExactText: Hashable, Comparable {
  /// Whether both have the same bytes. O(length).
  package static func == (left: ExactText, right: ExactText) -> Bool { left.text.isSame(as: right.text) }

  /// Whether the bytes come first. O(length).
  package static func < (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// Hashes the bytes. O(length).
  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xFF))
  }
}

extension ExactText: ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text of a literal.
  package init(stringLiteral value: String) { text = value }

  package var description: String { text }
}

extension Dictionary where Key == ExactText {
  /// The value under the name of exactly these bytes. O(1) on average.
  package subscript(name: String) -> Value? {
    get { self[ExactText(name)] }
    set { self[ExactText(name)] = newValue }
  }
}
