internal import COpenSSL

/// A key of 256 bits under which bytes are kept secret and whole: AES-256 in Galois/Counter Mode (NIST SP 800-38D),
/// with
/// a random nonce for each. Other keys are derived from it by HKDF (RFC 5869). Printing it shows `…`.
@safe
package struct SealingKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The bytes of such a key.
  package static let byteCount = 32
  private static let nonceBytes = 12
  private static let tagBytes = 16

  private let secret: Secret

  /// The key of these bytes; nil unless there are ``byteCount``.
  package init?(_ secret: Secret) {
    if secret.byteCount != Self.byteCount { return nil }
    self.secret = secret
  }

  /// A new key that nobody can predict, as its bytes.
  package static func random() -> Secret { Secret(SecureRandom.bytes(byteCount)) }

  /// Seals `bytes`, to be opened for the same purpose alone: nonce, ciphertext, tag. O(bytes).
  package func sealed(_ bytes: [UInt8], for purpose: String) -> [UInt8] {
    let (nonce, purpose) = (SecureRandom.bytes(Self.nonceBytes), Array(purpose.utf8))
    let sealed = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count + Self.tagBytes) { buffer, count in
      count = secret.withBytes { key in
        unsafe cascade_seal(key, nonce, purpose, purpose.count, bytes, bytes.count, buffer.baseAddress)
      }
    }
    precondition(!sealed.isEmpty, CryptographyError.lastFailure("OpenSSL could not seal").reason)
    return nonce + sealed
  }

  /// What was sealed for this purpose. Throws when it was sealed under another key or for another purpose, or a bit of
  /// it was changed. O(bytes).
  package func opened(_ sealed: [UInt8], for purpose: String) throws(CryptographyError) -> [UInt8] {
    let count = sealed.count - Self.nonceBytes - Self.tagBytes
    guard count >= 0 else { throw CryptographyError("what was sealed is too short") }
    let (nonce, purpose) = (Array(sealed.prefix(Self.nonceBytes)), Array(purpose.utf8))
    let content = Array(sealed.dropFirst(Self.nonceBytes))
    var isWhole = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, written in
      isWhole = secret.withBytes { key in
        unsafe cascade_open(key, nonce, purpose, purpose.count, content, count, buffer.baseAddress) == 1
      }
      written = isWhole ? count : 0
    }
    guard isWhole else {
      ERR_clear_error()
      throw CryptographyError("it was sealed under another key, or changed")
    }
    return bytes
  }

  /// A key of 32 bytes for one purpose, from which neither this one nor that of another purpose can be told.
  package func derived(_ purpose: String) -> Secret {
    HKDF.key(from: secret, salt: [], info: Array(purpose.utf8))
  }

  package var description: String { "…" }
  /// Has no children, so `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Derives keys: HKDF with SHA-256 (RFC 5869), of which one block is enough here.
package enum HKDF {
  /// The first 32 bytes of what `secret` gives with this salt for this use.
  package static func key(from secret: Secret, salt: [UInt8], info: [UInt8]) -> Secret {
    let extracted = secret.withBytes { HMACSHA256.code($0, key: Secret(salt)) }
    return Secret(HMACSHA256.code(info + [1], key: Secret(extracted)))
  }
}
