internal import Core
internal import Platform
internal import Synchronization

/// An issuer: its name and its key ring as last read. Reads memory only, except ``refresh(now:)``.
package final class Issuer: Sendable {
  /// The issuer's name in operators' tokens. It doesn't depend on the host's name, because one data directory makes and
  /// accepts them.
  package static let operatorName = "urn:cascade:operator"

  private struct State {
    var name: String
    var ring: KeyRing
    var keys: JSONWebKeySet
    var signature: FileSignature?
  }

  /// The file of the key ring.
  package let file: KeyRingFile
  private let state: Mutex<State>

  /// Opens the ring in `file`, with a first key if it has none. Waits for the disk. Throws when the file can't be read
  /// or written, or others may read it.
  package init(name: String, file: KeyRingFile, now: Int64) throws(TokenError) {
    self.file = file
    let ring = try file.current(now: now)
    state = Mutex(State(name: name, ring: ring, keys: try ring.keySet, signature: file.signature))
  }

  /// The `iss` of its tokens: the origin of the API without a trailing slash. Set once the port is known.
  package var name: String {
    get { state.withLock { $0.name } }
    set { state.withLock { $0.name = newValue } }
  }

  /// The keys that verify tokens, as published.
  package var keys: JSONWebKeySet { state.withLock { $0.keys } }

  /// The key ring as last read.
  package var ring: KeyRing { state.withLock { $0.ring } }

  /// The signing key. Throws when the ring has none, which never happens after a successful read.
  package func activeKey() throws(TokenError) -> JSONWebKey {
    guard let key = ring.active else { throw TokenError("the ring has no active key") }
    return key
  }

  /// Reads the ring again if the file changed or a rotation step is due at `now` (milliseconds since 1970); true when
  /// it did. Call it about once a second. Waits for the disk. Throws when the file can't be read or written or others
  /// may read it; the keys then stay as they are.
  package func refresh(now: Int64) throws(TokenError) -> Bool {
    let (known, next) = state.withLock { ($0.signature, $0.ring.nextStep(file.schedule)) }
    let isDue = next.map { now >= $0 } ?? false
    // A removed ring stays in use, so that signed tokens stay valid.
    guard let signature = file.signature, signature != known || isDue else { return false }
    let ring = try file.current(now: now)
    let keys = try ring.keySet
    let after = file.signature
    state.withLock { state in
      state.ring = ring
      state.keys = keys
      state.signature = after
    }
    return true
  }
}
