internal import COpenSSL

/// The hash functions of the SHA-2 family for signatures and authentication codes.
package enum HashAlgorithm: String, Sendable, CaseIterable {
  case sha256 = "SHA256"
  case sha384 = "SHA384"
  case sha512 = "SHA512"

  /// The length of a hash in bytes.
  package var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// OpenSSL's implementation, fetched once for the process.
  @safe var implementation: OpaquePointer {
    switch self {
    case .sha256: unsafe Self.fetchedSHA256
    case .sha384: unsafe Self.fetchedSHA384
    case .sha512: unsafe Self.fetchedSHA512
    }
  }

  // An EVP_MD never changes after its fetch, so threads may share it.
  private nonisolated(unsafe) static let fetchedSHA256 = unsafe fetch(.sha256)
  private nonisolated(unsafe) static let fetchedSHA384 = unsafe fetch(.sha384)
  private nonisolated(unsafe) static let fetchedSHA512 = unsafe fetch(.sha512)

  private static func fetch(_ algorithm: HashAlgorithm) -> OpaquePointer {
    unsafe available(EVP_MD_fetch(nil, algorithm.rawValue, nil), algorithm.rawValue)
  }
}

/// Unwraps an object without which OpenSSL can't work at all; stops the process with a sentence when it is missing.
func available(_ pointer: OpaquePointer?, _ name: StaticString) -> OpaquePointer {
  unsafe available(pointer, "\(name)")
}

/// Unwraps an object whose name is known only at run time; stops the process when it is missing.
func available(_ pointer: OpaquePointer?, _ name: String) -> OpaquePointer {
  guard let pointer = unsafe pointer else {
    preconditionFailure("OpenSSL gives no \(name): out of memory, or its default provider is not installed")
  }
  return unsafe pointer
}
