internal import COpenSSL

/// An HMAC key (RFC 2104), set up once; any thread may use it any number of times.
@safe
package final class HMACKey: Sendable {
  package let hash: HashAlgorithm
  // Keyed once and afterwards only duplicated, which only reads.
  private nonisolated(unsafe) let template: OpaquePointer

  /// A key of any length; a caller that needs a minimum checks it first.
  package init(_ key: Secret, _ hash: HashAlgorithm) {
    self.hash = hash
    unsafe template = available(EVP_MAC_CTX_new(Self.implementation), "MAC context")
    let status = key.withBytes { bytes in
      // OpenSSL accepts no null pointer. HMAC pads keys with zeros, so one zero byte equals no bytes.
      let bytes = bytes.isEmpty ? [0] : bytes
      return unsafe cascade_hmac_init(template, hash.rawValue, bytes, bytes.count)
    }
    precondition(status == 1, CryptographyError.lastFailure("OpenSSL could not set up an HMAC key").reason)
  }

  deinit { unsafe EVP_MAC_CTX_free(template) }

  /// The authentication code of `bytes`, as long as the hash. O(bytes).
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

  /// Whether `code` is the authentication code of `bytes`, compared in constant time. O(bytes).
  package func isValid(_ code: some Collection<UInt8>, for bytes: some Sequence<UInt8>) -> Bool {
    constantTimeEquals(self.code(bytes), code)
  }

  private nonisolated(unsafe) static let implementation = unsafe available(EVP_MAC_fetch(nil, "HMAC", nil), "HMAC")
}

/// HMAC with SHA-256 for a single use of a key.
package enum HMACSHA256 {
  /// The 32-byte authentication code of `bytes` under `key`. O(bytes).
  package static func code(_ bytes: some Sequence<UInt8>, key: Secret) -> [UInt8] {
    HMACKey(key, .sha256).code(bytes)
  }

  /// Whether `code` is the authentication code of `bytes` under `key`, compared in constant time. O(bytes).
  package static func isValid(
    _ code: some Collection<UInt8>, for bytes: some Sequence<UInt8>, key: Secret
  ) -> Bool {
    HMACKey(key, .sha256).isValid(code, for: bytes)
  }
}
