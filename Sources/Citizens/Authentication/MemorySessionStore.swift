package import Core
internal import Synchronization

/// Sessions that end with the process.
package final class MemorySessionStore: SessionStore {
  private struct Kept {
    var session: Session
    var order: Int
    var newest: [UInt8]
    var replaced: Set<[UInt8]> = []
    var access: [IssuedAccessToken]
  }

  private struct State {
    var kept: [Identifier: Kept] = [:]
    var begun = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// See ``SessionStore/begin(_:refresh:access:limit:now:)``.
  package func begin(
    _ session: Session, refresh digest: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) {
    try session.checkName()
    state.withLock { state in
      state.kept = state.kept.filter { $0.value.session.expiry > now }
      let own = state.kept.values.filter { $0.session.citizen.utf8.elementsEqual(session.citizen.utf8) }
      for old in own.sorted(by: { $0.order < $1.order }).dropLast(max(0, limit - 1)) {
        state.kept[old.session.id] = nil
      }
      state.begun += 1
      state.kept[session.id] = Kept(session: session, order: state.begun, newest: digest, access: [access])
    }
  }

  /// See ``SessionStore/count(now:)``.
  package func count(now: Int64) async throws(StoreError) -> Int {
    state.withLock { state in state.kept.values.count { $0.session.expiry > now } }
  }

  /// See ``SessionStore/state(ofRefresh:now:)``. O(sessions).
  package func state(ofRefresh digest: [UInt8], now: Int64) async throws(StoreError) -> RefreshState {
    state.withLock { Self.state(of: digest, $0, now) }
  }

  /// See ``SessionStore/rotate(_:to:access:limit:now:)``.
  package func rotate(
    _ old: [UInt8], to new: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) -> RefreshState {
    state.withLock { state in
      let before = Self.state(of: old, state, now)
      guard case .current(let session) = before, var kept = state.kept[session.id] else { return before }
      if session.refreshes >= limit { return .unknown }
      kept.replaced.insert(old)
      kept.session.refreshes += 1
      kept.newest = new
      kept.access = kept.access.filter { $0.expiry * 1000 > now } + [access]
      state.kept[session.id] = kept
      return before
    }
  }

  /// See ``SessionStore/give(_:to:now:)``.
  package func give(_ access: IssuedAccessToken, to session: Session, now: Int64) async throws(StoreError) -> Bool {
    state.withLock { state in
      guard let kept = state.kept[session.id], kept.session.expiry > now, kept.session.refreshes == session.refreshes
      else { return false }
      state.kept[session.id]?.access.append(access)
      return true
    }
  }

  /// See ``SessionStore/session(given:)``.
  package func session(given identity: Identifier) async throws(StoreError) -> Session? {
    state.withLock { state in
      state.kept.values.first { $0.access.contains { $0.identity == identity } }?.session
    }
  }

  /// See ``SessionStore/end(_:now:)``.
  package func end(_ session: Identifier, now: Int64) async throws(StoreError) -> [IssuedAccessToken] {
    state.withLock { state in
      state.kept.removeValue(forKey: session)?.access.filter { $0.expiry * 1000 > now } ?? []
    }
  }

  private static func state(of digest: [UInt8], _ state: State, _ now: Int64) -> RefreshState {
    for kept in state.kept.values where kept.session.expiry > now {
      if kept.newest == digest { return .current(kept.session) }
      if kept.replaced.contains(digest) { return .reused(kept.session) }
    }
    return .unknown
  }
}
