/// A username that is compared and hashed by its bytes, not by Unicode's canonical equivalence.
struct CitizenName: Hashable, Comparable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: CitizenName, right: CitizenName) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  static func < (left: CitizenName, right: CitizenName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
