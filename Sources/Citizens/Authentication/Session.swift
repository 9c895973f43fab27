package import Core
internal import Cryptography

/// What a citizen's proof of identity began: one family of refresh tokens.
package struct Session: Sendable, Equatable {
  /// Names the family of refresh tokens that one sign-in began.
  package var id: Identifier
  /// The username of the citizen who signed in.
  package var citizen: String
  /// The 32 bytes of the key that proved it; the session ends with the key.
  package var key: [UInt8]
  /// When it can no longer be refreshed, milliseconds since 1970.
  package var expiry: Int64
  /// How often it was refreshed: the number of its newest refresh token, from 0.
  package var refreshes: Int

  package init(id: Identifier, citizen: String, key: [UInt8], expiry: Int64, refreshes: Int = 0) {
    self.id = id
    self.citizen = citizen
    self.key = key
    self.expiry = expiry
    self.refreshes = refreshes
  }
}

/// An access token that a session was given, by what a revocation names.
package struct IssuedAccessToken: Sendable, Hashable {
  /// The token's claim `jti`, by which it is revoked.
  package var identity: Identifier
  /// When it expires, seconds since 1970.
  package var expiry: Int64

  package init(identity: Identifier, expiry: Int64) {
    self.identity = identity
    self.expiry = expiry
  }
}

/// A refresh token: 256 bits that nobody else can tell, of which only the hash is kept. Printing it shows `…`.
package struct RefreshToken: Sendable, CustomStringConvertible, CustomReflectable {
  private let secret: Secret

  /// The token of this number in a session: HMAC-SHA256 of family and number under the host's key, so that the same one
  /// can be given again though it isn't kept.
  init(_ key: HMACKey, family: Identifier, number: Int) {
    let counter = withUnsafeBytes(of: UInt64(clamping: number).bigEndian, Array.init)
    secret = Secret(key.code(family.bytes + counter))
  }

  /// The token this text stands for; nil when no token has such a text.
  package init?(_ text: String) {
    guard text.utf8.count == 43, let bytes = Base64URL.bytes(text), bytes.count == 32 else { return nil }
    secret = Secret(bytes)
  }

  /// The token itself, for its bearer alone.
  package var text: String { secret.withBytes { Base64URL.text($0) } }
  /// What is kept of it: SHA-256 of its bits.
  package var digest: [UInt8] { secret.withBytes { SHA256.hash($0) } }

  /// Shows `…` in place of the secret.
  package var description: String { "…" }
  /// Has no children, so that no dump shows the secret.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
