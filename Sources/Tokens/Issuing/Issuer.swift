internal import Core
internal import Synchronization

/// Who issues: a name, and the ring of keys as it was last read. Looks into memory only, except ``refresh(now:)``.
package final class Issuer: Sendable {
  /// The name in operators' tokens: they are made and taken beside one data directory, whatever the host is called.
  package static let operatorName = "urn:cascade:operator"

  private struct State {
    var name: String
    var ring: KeyRing
    var keys: JSONWebKeySet
    var stamp: PrivateFile.Stamp?
  }

  /// Where the ring is kept.
  package let file: KeyRingFile
  private let state: Mutex<State>

  /// The issuer of this name with the keys of `file`, which gets a first one when it has none. Waits for the disk.
  /// Throws when the file can't be read, trusted or written.
  package init(name: String, file: KeyRingFile, now: Int64) throws(TokenError) {
    self.file = file
    let ring = try file.current(now: now)
    state = Mutex(State(name: name, ring: ring, keys: try ring.keySet, stamp: file.stamp))
  }

  /// The `iss` of its tokens: the origin of the API, without a slash at its end. Set once the port is known.
  package var name: String {
    get { state.withLock { $0.name } }
    set { state.withLock { $0.name = newValue } }
  }

  /// The keys that tokens are checked with and that others may see.
  package var keys: JSONWebKeySet { state.withLock { $0.keys } }

  /// The ring as it was last read.
  package var ring: KeyRing { state.withLock { $0.ring } }

  /// The key that signs. Throws when there is none, which a ring that was read never lacks.
  package func activeKey() throws(TokenError) -> JSONWebKey {
    guard let key = ring.active else { throw TokenError("the ring has no active key") }
    return key
  }

  /// Reads the ring again when the file is another one, or a step is due at `now` (milliseconds since 1970): true when
  /// it did. To be called every second or so. Waits for the disk. Throws when the file can't be read, trusted or
  /// written; the keys stay as they are.
  package func refresh(now: Int64) throws(TokenError) -> Bool {
    let (known, next) = state.withLock { ($0.stamp, $0.ring.nextStep(file.schedule)) }
    let isDue = next.map { now >= $0 } ?? false
    // A ring that was removed stays in use: nothing that was signed becomes false by it.
    guard let stamp = file.stamp, stamp != known || isDue else { return false }
    let ring = try file.current(now: now)
    let keys = try ring.keySet
    let after = file.stamp
    state.withLock { state in
      state.ring = ring
      state.keys = keys
      state.stamp = after
    }
    return true
  }
}
