internal import COpenSSL

/// Random bytes that nobody can predict.
package enum SecureRandom {
  /// `count` bytes from OpenSSL's generator, which the kernel seeds. O(count).
  package static func bytes(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let status = unsafe RAND_bytes(buffer.baseAddress, Int32(clamping: count))
      precondition(count == 0 || status == 1, "the random generator has no entropy")
      initialized = count
    }
  }

  /// 64 random bits, from the same generator.
  package static func word() -> UInt64 {
    bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
