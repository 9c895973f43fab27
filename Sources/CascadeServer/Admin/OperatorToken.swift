/// The secret that lets an operator reload, roll back and look: 256 random bits, which live in the file
/// `operator.token` of the data directory and nowhere else.
///
/// Printing, interpolating or dumping it shows `…`.
package struct OperatorToken: Sendable {
  /// The file's name in the data directory.
  package static let fileName = "operator.token"
  /// Base64url without padding: 43 characters hold 256 bits.
  static let length = 43

  private let bytes: [UInt8]

  /// A new token from the system's generator.
  package init() {
    var generator = SystemRandomNumberGenerator()
    let random = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    bytes = Self.base64URL(random)
  }

  /// The token this text stands for; nil when it is not one that ``init()`` could have made.
  init?(text: some Collection<UInt8>) {
    guard text.count == Self.length else { return nil }
    let values = text.compactMap { Self.alphabet.firstIndex(of: $0) }
    // The last character holds four bits, so its lowest two are zero.
    guard values.count == Self.length, let last = values.last, last % 4 == 0 else { return nil }
    bytes = Array(text)
  }

  /// The secret itself, for the one command that prints it.
  package var secret: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether `presented` is the token. The time depends on the length of `presented`, not on how much
  /// of it is right. O(length).
  package func matches(_ presented: some Collection<UInt8>) -> Bool {
    var candidate = presented.makeIterator()
    var difference = UInt(bitPattern: presented.count ^ bytes.count)
    for byte in bytes {
      difference |= UInt((candidate.next() ?? 0) ^ byte)
    }
    return difference == 0
  }

  /// Whether `presented` is the token; as above, over its UTF-8.
  package func matches(_ presented: String) -> Bool {
    matches(Array(presented.utf8))
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  private static func base64URL(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        out.append(alphabet[Int(bits >> count & 63)])
      }
    }
    if count > 0 { out.append(alphabet[Int(bits << (6 - count) & 63)]) }
    return out
  }
}

extension OperatorToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always `…`.
  package var description: String { "…" }
  /// Always `…`.
  package var debugDescription: String { "…" }
  /// Without children, so that `dump` shows nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
