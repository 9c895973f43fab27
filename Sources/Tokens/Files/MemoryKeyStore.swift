internal import Synchronization

/// Keys that end with the process.
package final class MemoryKeyStore: KeyStore {
  private struct State {
    var documents: [KeyDocument: [UInt8]] = [:]
    var versions: [KeyDocument: Int] = [:]

    mutating func keep(_ bytes: [UInt8], as document: KeyDocument) {
      documents[document] = bytes
      versions[document, default: 0] += 1
    }
  }

  private let state = Mutex(State())

  /// A store without any document.
  package init() {}

  /// See ``KeyStore/place(of:)``.
  package func place(of document: KeyDocument) -> String { "memory:" + document.rawValue }

  /// See ``KeyStore/version(of:)``.
  package func version(of document: KeyDocument) -> KeyVersion? {
    state.withLock { $0.versions[document] }.map { .number($0) }
  }

  /// See ``KeyStore/read(_:)``.
  package func read(_ document: KeyDocument) throws(TokenError) -> [UInt8]? {
    state.withLock { $0.documents[document] }
  }

  /// See ``KeyStore/change(_:_:)``. `body` must not call the store.
  package func change(
    _ document: KeyDocument, _ body: ([UInt8]?) throws(TokenError) -> [UInt8]?
  ) throws(TokenError) {
    try state.withLock { (state) throws(TokenError) in
      if let bytes = try body(state.documents[document]) { state.keep(bytes, as: document) }
    }
  }

  /// See ``KeyStore/append(_:to:)``.
  package func append(_ bytes: [UInt8], to document: KeyDocument) throws(TokenError) {
    state.withLock { $0.keep(($0.documents[document] ?? []) + bytes, as: document) }
  }
}
