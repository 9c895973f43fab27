internal import Core
internal import Cryptography
internal import Synchronization

/// The public keys of every signed checkpoint, in one file: auditors use checkpoints for years, and the ring forgets
/// keys.
package final class CheckpointKeys: Sendable {
  private let file: PrivateFile
  private let known = Mutex<Set<String>>([])

  /// Names the file in a folder of keys; the first signed checkpoint creates it.
  package init(_ directory: KeyDirectory) { file = PrivateFile(path: directory.path + "/checkpoints.json") }

  /// The keys; nil when no checkpoint was signed yet. Waits for the disk. Throws when the file is unreadable or others
  /// may read it.
  package func keys() throws(TokenError) -> JSONWebKeySet? {
    guard let bytes = try file.read() else { return nil }
    return try JSONWebKeySet(parsing: bytes)
  }

  /// Adds the public part of `key`, unless the file has it already. Waits for the disk. Throws when the file can't be
  /// written.
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
