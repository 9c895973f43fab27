internal import Core
internal import Cryptography
internal import Synchronization

/// The public keys that ever signed a checkpoint, in one file: a checkpoint is held up for years, and the ring forgets
/// its keys.
package final class CheckpointKeys: Sendable {
  private let file: PrivateFile
  private let known = Mutex<Set<String>>([])

  /// The file in a folder of keys; it is made when the first checkpoint is signed.
  package init(_ directory: KeyDirectory) { file = PrivateFile(path: directory.path + "/checkpoints.json") }

  /// The keys; nil when none ever signed. Waits for the disk. Throws when the file can't be read or trusted.
  package func keys() throws(TokenError) -> JSONWebKeySet? {
    guard let bytes = try file.read() else { return nil }
    return try JSONWebKeySet(parsing: bytes)
  }

  /// Keeps the public part of `key`; one that is kept already costs nothing. Waits for the disk. Throws when it can't
  /// be written.
  package func keep(_ key: JSONWebKey) throws(TokenError) {
    if known.withLock({ $0.contains(key.identifier) }) { return }
    try file.locked { () throws(TokenError) in
      let kept = try keys()?.keys ?? []
      if !kept.contains(where: { $0.identifier == key.identifier }) {
        try file.replace(with: JSONWebKeySet(kept + [key]).publicJSON.bytes)
      }
    }
    known.withLock { _ = $0.insert(key.identifier) }
  }
}
