package import Core
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
    var version: KeyVersion?
  }

  /// The key ring as it is kept.
  package let stored: StoredKeyRing
  /// Its tokens that were issued earlier don't count any more, seconds since 1970: those of before a restore.
  package let tokensFrom: Int64
  private let state: Mutex<State>

  /// Reads the ring that is `stored`, with a first key if it has none; see ``tokensFrom``. Waits for the disk. Throws
  /// when it can't be read
  /// or written, or others may read it.
  package init(name: String, ring stored: StoredKeyRing, tokensFrom: Int64 = 0, now: Int64) throws(TokenError) {
    self.stored = stored
    self.tokensFrom = tokensFrom
    let ring = try stored.current(now: now)
    state = Mutex(State(name: name, ring: ring, keys: try ring.keySet, version: stored.version))
  }

  /// The `iss` of its tokens: the origin of the API without a trailing slash. Set once the port is known.
  package var name: String {
    get { state.withLock { $0.name } }
    set { state.withLock { $0.name = newValue } }
  }

  /// The keys that verify tokens, as published.
  package var keys: JSONWebKeySet { state.withLock { $0.keys } }

  /// Throws when a token with these claims is from before ``tokensFrom``.
  package func checkIssued(_ claims: JSON.Object) throws(TokenError) {
    if tokensFrom <= 0 { return }
    guard let issued = claims["iat"]?.number, issued >= Double(tokensFrom) else {
      throw TokenError("the token is from before this host was restored from a backup")
    }
  }

  /// The key ring as last read.
  package var ring: KeyRing { state.withLock { $0.ring } }

  /// The signing key. Throws when the ring has none, which never happens after a successful read.
  package func activeKey() throws(TokenError) -> JSONWebKey {
    guard let key = ring.active else { throw TokenError("the ring has no active key") }
    return key
  }

  /// Reads the ring again if it changed or a rotation step is due at `now` (milliseconds since 1970); true when
  /// it did. Call it about once a second. Waits for the disk. Throws when it can't be read or written or others
  /// may read it; the keys then stay as they are.
  package func refresh(now: Int64) throws(TokenError) -> Bool {
    let (known, next) = state.withLock { ($0.version, $0.ring.nextStep(stored.schedule)) }
    let isDue = next.map { now >= $0 } ?? false
    // A removed ring stays in use, so that signed tokens stay valid.
    guard let version = stored.version, version != known || isDue else { return false }
    let ring = try stored.current(now: now)
    let keys = try ring.keySet
    let after = stored.version
    state.withLock { state in
      state.ring = ring
      state.keys = keys
      state.version = after
    }
    return true
  }
}
