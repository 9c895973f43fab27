internal import COpenSSL

/// Bytes that nobody may see: they print as `…`, compare in constant time and are wiped when the last copy goes.
package struct Secret: Sendable {
  private let storage: Storage

  /// A secret of these bytes.
  package init(_ bytes: some Sequence<UInt8>) { storage = Storage(Array(bytes)) }

  /// How many bytes it has.
  package var byteCount: Int { storage.bytes.count }

  /// Gives `body` the bytes; they must not outlive the call.
  package func withBytes<Result, Failure: Error>(
    _ body: ([UInt8]) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(storage.bytes)
  }

  // Written only by `init` and `deinit`, when there is one reference.
  private final class Storage: @unchecked Sendable {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    deinit {
      unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
  }
}

extension Secret: Equatable {
  /// Equal in length and bytes; takes as long wherever they differ.
  package static func == (left: Secret, right: Secret) -> Bool {
    constantTimeEquals(left.storage.bytes, right.storage.bytes)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `…`.
  package var description: String { "…" }
  /// `…`.
  package var debugDescription: String { "…" }
  /// A mirror without children.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
