internal import Core
internal import Cryptography

/// An operator's token cut in two: one half is a cookie, which scripts can't read, the other stays with the page.
/// Either is noise by itself; together they are the token, with its own end and its own revocation, and the host keeps
/// nothing.
///
/// All of localhost is one site to a browser's cookies, so that the cookie of one port is sent to every other; the
/// page's half isn't.
package enum CutToken {
  /// The two halves of a token.
  package struct Halves: Sendable, Equatable {
    /// The cookie's half: 256 random bits as base64url.
    package let cookie: String
    /// The page's half: the token under a keystream of the cookie's, as base64url.
    package let page: String
  }

  /// Bytes of a half at most; a token has fewer.
  private static let halfBytes = 16 << 10
  private static let keyBytes = 32

  /// Cuts a token with a new key. O(length).
  package static func cut(_ token: String) -> Halves {
    let key = SecureRandom.bytes(keyBytes)
    return Halves(cookie: Base64URL.text(key), page: Base64URL.text(mixed(Array(token.utf8), key)))
  }

  /// The token of two halves; of any others, bytes that are no token, or nil. O(length).
  package static func joined(cookie: String, page: String) -> String? {
    guard page.utf8.count <= halfBytes, let key = Base64URL.bytes(cookie), key.count == keyBytes,
      let bytes = Base64URL.bytes(page)
    else { return nil }
    return String(validating: mixed(bytes, key), as: UTF8.self)
  }

  /// The bytes under HMAC-SHA-256 of a counter: each key serves one token, and the token's signature tells whether it
  /// came through whole.
  private static func mixed(_ bytes: [UInt8], _ key: [UInt8]) -> [UInt8] {
    let code = HMACKey(Secret(key), .sha256)
    var mixed = bytes
    for start in stride(from: 0, to: bytes.count, by: 32) {
      let block = UInt32(start / 32)
      let stream = code.code([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: block >> UInt32($0)) })
      for place in start..<min(start + 32, bytes.count) { mixed[place] ^= stream[place - start] }
    }
    return mixed
  }
}
