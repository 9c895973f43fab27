internal import COpenSSL

/// The hash functions of the SHA-2 family that signatures and codes are made over.
package enum HashAlgorithm: String, Sendable, CaseIterable {
  /// SHA-256.
  case sha256 = "SHA256"
  /// SHA-384.
  case sha384 = "SHA384"
  /// SHA-512.
  case sha512 = "SHA512"

  /// Bytes of a hash.
  package var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// OpenSSL's implementation, looked up once a process.
  @safe var implementation: OpaquePointer {
    switch self {
    case .sha256: unsafe Self.fetchedSHA256
    case .sha384: unsafe Self.fetchedSHA384
    case .sha512: unsafe Self.fetchedSHA512
    }
  }

  // An EVP_MD never changes once it is fetched, so threads may share it.
  private nonisolated(unsafe) static let fetchedSHA256 = unsafe fetch(.sha256)
  private nonisolated(unsafe) static let fetchedSHA384 = unsafe fetch(.sha384)
  private nonisolated(unsafe) static let fetchedSHA512 = unsafe fetch(.sha512)

  private static func fetch(_ algorithm: HashAlgorithm) -> OpaquePointer {
    unsafe available(EVP_MD_fetch(nil, algorithm.rawValue, nil), algorithm.rawValue)
  }
}

/// What the library must have to work at all; stops with a sentence when it hasn't.
func available(_ pointer: OpaquePointer?, _ name: StaticString) -> OpaquePointer {
  unsafe available(pointer, "\(name)")
}

/// As above, for a name known at run time.
func available(_ pointer: OpaquePointer?, _ name: String) -> OpaquePointer {
  guard let pointer = unsafe pointer else {
    preconditionFailure("OpenSSL gives no \(name): out of memory, or its default provider is not installed")
  }
  return unsafe pointer
}
