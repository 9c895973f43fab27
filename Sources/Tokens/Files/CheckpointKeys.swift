internal import Core
internal import Cryptography
internal import Synchronization

/// The public keys of every signed checkpoint, in one document: auditors use checkpoints for years; the ring forgets
/// keys.
package final class CheckpointKeys: Sendable {
  private let store: any KeyStore
  private let known = Mutex<Set<String>>([])

  /// The keys in `store`; the first signed checkpoint makes the document.
  package init(_ store: any KeyStore) { self.store = store }

  /// The keys; nil when no checkpoint was signed yet. Waits for the disk. Throws when they are unreadable or
  /// others may read them.
  package func keys() throws(TokenError) -> JSONWebKeySet? {
    try keys(in: try store.read(.checkpoints))
  }

  /// Adds the public part of `key`, unless it is there already. Waits for the disk. Throws when it can't be
  /// written.
  package func keep(_ key: JSONWebKey) throws(TokenError) {
    if known.withLock({ $0.contains(key.identifier) }) { return }
    try store.change(.checkpoints) { (bytes) throws(TokenError) in
      let kept = try keys(in: bytes)?.keys ?? []
      if kept.contains(where: { $0.identifier == key.identifier }) { return nil }
      return try JSONWebKeySet(kept + [key]).publicJSON.bytes
    }
    known.withLock { _ = $0.insert(key.identifier) }
  }

  private func keys(in bytes: [UInt8]?) throws(TokenError) -> JSONWebKeySet? {
    guard let bytes else { return nil }
    do throws(TokenError) {
      return try JSONWebKeySet(parsing: bytes)
    } catch {
      throw TokenError("\(store.place(of: .checkpoints)) is damaged: \(error.reason); put back a copy")
    }
  }
}
