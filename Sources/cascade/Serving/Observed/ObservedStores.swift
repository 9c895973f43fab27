import Citizens
import Core
import Observability
import Tokens
import TrustGraph

/// What a part of the host keeps, with its calls noted as that part's.
protocol ObservedStore: Sendable {
  /// The part that calls.
  static var part: String { get }
  var tally: CallTally { get }
}

extension ObservedStore {
  /// Makes a call to the store; what its driver can't do is the store's fault, but not what callers made of it between
  /// them.
  func observed<Value: Sendable>(
    _ work: () async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await tally.observe(
      SelfCall(Self.part, "store"),
      problem: { (error: StoreError) -> String? in
        error.code == .conflict ? nil : "the store of \(Self.part) fails: \(error.code.rawValue)"
      }, work)
  }
}

/// Sessions whose calls to the store are noted as identity's.
struct ObservedSessions: SessionStore, ObservedStore {
  static let part = "identity"
  let sessions: any SessionStore
  let tally: CallTally

  func begin(
    _ session: Session, refresh digest: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) {
    try await observed { () async throws(StoreError) in
      try await sessions.begin(session, refresh: digest, access: access, limit: limit, now: now)
    }
  }

  func state(ofRefresh digest: [UInt8], now: Int64) async throws(StoreError) -> RefreshState {
    try await observed { () async throws(StoreError) in try await sessions.state(ofRefresh: digest, now: now) }
  }

  func rotate(
    _ old: [UInt8], to new: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) -> RefreshState {
    try await observed { () async throws(StoreError) in
      try await sessions.rotate(old, to: new, access: access, limit: limit, now: now)
    }
  }

  func give(_ access: IssuedAccessToken, to session: Session, now: Int64) async throws(StoreError) -> Bool {
    try await observed { () async throws(StoreError) in try await sessions.give(access, to: session, now: now) }
  }

  func session(given identity: Identifier) async throws(StoreError) -> Session? {
    try await observed { () async throws(StoreError) in try await sessions.session(given: identity) }
  }

  func end(_ session: Identifier, now: Int64) async throws(StoreError) -> [IssuedAccessToken] {
    try await observed { () async throws(StoreError) in try await sessions.end(session, now: now) }
  }

  /// Asked by whoever watches the host, and not by identity.
  func count(now: Int64) async throws(StoreError) -> Int { try await sessions.count(now: now) }
}

/// Relationships whose calls to the store are noted as the graph's.
struct ObservedRelationships: RelationshipStore, ObservedStore {
  static let part = "graph"
  let relationships: any RelationshipStore
  let tally: CallTally
  /// Tells other hosts of what was saved.
  let notices: any Notices

  func load() async throws(StoreError) -> StoredGraph {
    try await observed { () async throws(StoreError) in try await relationships.load() }
  }

  func changes(after version: Int, limit: Int) async throws(StoreError) -> SnapshotChange {
    try await observed { () async throws(StoreError) in
      try await relationships.changes(after: version, limit: limit)
    }
  }

  func save(_ change: SnapshotChange) async throws(StoreError) {
    try await observed { () async throws(StoreError) in try await relationships.save(change) }
    await notices.tell(.graph)
  }

  func close() async { await relationships.close() }
}
