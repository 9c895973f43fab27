/// A username, compared and hashed by its bytes instead of Unicode's canonical equivalence.
struct CitizenName: Hashable, Comparable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: CitizenName, right: CitizenName) -> Bool {
    withBytes(left, right) { $0.count == $1.count && $0.elementsEqual($1) }
  }

  static func < (left: CitizenName, right: CitizenName) -> Bool {
    withBytes(left, right) { $0.lexicographicallyPrecedes($1) }
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  private static func withBytes(
    _ left: CitizenName, _ right: CitizenName,
    _ compare: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Bool {
    var (left, right) = (left.text, right.text)
    return left.withUTF8 { left in right.withUTF8 { compare(left, $0) } }
  }
}
