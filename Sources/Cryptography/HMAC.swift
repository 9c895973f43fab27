internal import COpenSSL

/// An HMAC key (RFC 2104), set up once and used any number of times, from any thread.
@safe
package final class HMACKey: Sendable {
  /// The hash under it.
  package let hash: HashAlgorithm
  // Keyed once and only ever duplicated, which reads it.
  private nonisolated(unsafe) let template: OpaquePointer

  /// A key of these bytes; any length is taken, callers that need a minimum check it.
  package init(_ key: Secret, _ hash: HashAlgorithm) {
    self.hash = hash
    unsafe template = available(EVP_MAC_CTX_new(Self.implementation), "MAC context")
    let status = key.withBytes { bytes in
      // OpenSSL takes no null key; HMAC pads keys with zeros, so one zero byte is the same key as none.
      let bytes = bytes.isEmpty ? [0] : bytes
      return unsafe cascade_hmac_init(template, hash.rawValue, bytes, bytes.count)
    }
    precondition(status == 1, CryptographyError.lastFailure("OpenSSL could not set up an HMAC key").reason)
  }

  deinit { unsafe EVP_MAC_CTX_free(template) }

  /// The code of `bytes`, as long as the hash. O(bytes).
  package func code(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    let context = unsafe available(EVP_MAC_CTX_dup(template), "MAC context")
    defer { unsafe EVP_MAC_CTX_free(context) }
    return unsafe [UInt8](unsafeUninitializedCapacity: hash.byteCount) { buffer, count in
      let done =
        unsafe EVP_MAC_update(context, bytes, bytes.count) == 1
        && EVP_MAC_final(context, buffer.baseAddress, &count, buffer.count) == 1
      precondition(done, "OpenSSL could not compute an HMAC")
    }
  }

  /// Whether `code` is the code of `bytes`; compared in constant time. O(bytes).
  package func isValid(_ code: some Collection<UInt8>, for bytes: some Sequence<UInt8>) -> Bool {
    constantTimeEquals(self.code(bytes), code)
  }

  private nonisolated(unsafe) static let implementation = unsafe available(EVP_MAC_fetch(nil, "HMAC", nil), "HMAC")
}

/// HMAC with SHA-256, for a key that is used once.
package enum HMACSHA256 {
  /// The 32 bytes of the code of `bytes` under `key`. O(bytes).
  package static func code(_ bytes: some Sequence<UInt8>, key: Secret) -> [UInt8] {
    HMACKey(key, .sha256).code(bytes)
  }

  /// Whether `code` is the code of `bytes` under `key`; compared in constant time. O(bytes).
  package static func isValid(
    _ code: some Collection<UInt8>, for bytes: some Sequence<UInt8>, key: Secret
  ) -> Bool {
    HMACKey(key, .sha256).isValid(code, for: bytes)
  }
}
