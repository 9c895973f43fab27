internal import Core
package import Cryptography

/// A secret as people hand it over: in a variable or a file, often with a line end behind it.
package enum SecretText {
  /// The secret in `bytes`, without white space around it. `place` is what holds it, for the message. Throws when
  /// nothing is left, or something that can't be sent in a header field is inside, without a byte of it. O(bytes).
  package static func secret(_ bytes: [UInt8], in place: String) throws(TokenError) -> Secret {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    var rest = bytes[...].drop(while: isSpace)
    while rest.last.map(isSpace) ?? false { rest.removeLast() }
    guard !rest.isEmpty else { throw TokenError("\(place) is empty") }
    guard rest.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw TokenError("\(place) holds white space or a character that no secret has; give the secret alone")
    }
    return Secret(rest)
  }
}
