internal import COpenSSL

/// The hash function SHA-256 (FIPS 180-4).
package enum SHA256 {
  /// The length of a hash in bytes.
  package static let byteCount = 32

  /// The 32-byte hash of `bytes`. O(bytes).
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finish()
  }

  /// The 32-byte hash of any sequence of bytes. O(bytes).
  package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finish()
  }
}

/// SHA-256 over bytes that arrive in pieces.
@safe
package struct SHA256Hasher: ~Copyable {
  private let context: OpaquePointer

  /// Allocates a context of OpenSSL.
  package init() {
    unsafe context = available(EVP_MD_CTX_new(), "digest context")
    let status = unsafe EVP_DigestInit_ex2(context, HashAlgorithm.sha256.implementation, nil)
    precondition(status == 1, "OpenSSL could not begin a SHA-256: out of memory")
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Hashes `bytes`. O(bytes), without a copy when they are contiguous in memory.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { unsafe update($0) }
    if done == nil { unsafe Array(bytes).withUnsafeBufferPointer { unsafe update($0) } }
  }

  private func update(_ buffer: UnsafeBufferPointer<UInt8>) {
    let status = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    precondition(status == 1, "OpenSSL could not go on with a SHA-256")
  }

  /// The 32-byte hash of all updates.
  package consuming func finish() -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
      let status = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      precondition(status == 1, "OpenSSL could not end a SHA-256")
      count = SHA256.byteCount
    }
  }
}
