internal import COpenSSL

/// Secret bytes: they print as `…`, compare in constant time, and are wiped when the last copy goes.
package struct Secret: Sendable {
  private let storage: Storage

  /// Copies `bytes`; the caller's copy stays as it is.
  package init(_ bytes: some Sequence<UInt8>) { storage = Storage(Array(bytes)) }

  /// The number of bytes.
  package var byteCount: Int { storage.bytes.count }

  /// Passes the bytes to `body`, which must not keep them.
  package func withBytes<Result, Failure: Error>(
    _ body: ([UInt8]) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(storage.bytes)
  }

  // Only `init` and `deinit` write, when there is one reference.
  private final class Storage: @unchecked Sendable {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    deinit {
      unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
  }
}

extension Secret: Equatable {
  /// Compares in constant time.
  package static func == (left: Secret, right: Secret) -> Bool {
    constantTimeEquals(left.storage.bytes, right.storage.bytes)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "…" }
  package var debugDescription: String { "…" }
  /// Has no children, so `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
