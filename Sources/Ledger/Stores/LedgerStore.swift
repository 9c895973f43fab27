package import Core

/// Where a ledger is kept. Each driver passes one conformance suite.
///
/// A store has one writer; what it returns is durable and was decided by ``LedgerState``.
package protocol LedgerStore: Sendable {
  /// The name of this ledger, made when it began: what a checkpoint is about.
  var ledgerID: String { get }
  /// Ledger time, nanoseconds since 1970: by it, and by no other clock, holds are over.
  var now: Int64 { get }
  /// Takes a submission in one transaction; returns when it is durable. O(events).
  func commit(_ submission: Submission) async throws(StoreError) -> Receipt
  /// Takes a submission that is made when its turn has come, in a transaction that others may share; nil when it brings
  /// nothing. O(events), and what making it takes.
  func commit(_ late: LateSubmission) async throws(StoreError) -> Receipt?
  /// Releases holds whose time is over; how many. Every commit does so too.
  func sweep() async throws(StoreError) -> Int
  /// Where the chain of hashes ends.
  func head() async throws(StoreError) -> LedgerHead
  /// The account of this name: one, none, or for `world` one per asset.
  func accounts(named name: AccountName) async throws(StoreError) -> [Account]
  /// All accounts by key. O(accounts).
  func allAccounts() async throws(StoreError) -> [Account]
  /// All open holds. O(holds).
  func openHolds() async throws(StoreError) -> [Hold]
  /// The entry with this id.
  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry?
  /// The entries that resolve or reverse the one with this id, in order.
  func entries(naming id: Identifier) async throws(StoreError) -> [StoredEntry]
  /// The decision record with this id.
  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]?
  /// The decision records with ids below this one, or from the last one on, the highest id first. O(limit).
  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord]
  /// Rows as they are kept, by place, after `sequence`. O(limit).
  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow]
  /// Replays the whole ledger and holds it against what is kept, and against an old checkpoint when there is one.
  /// O(entries).
  func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport
  /// Takes no more submissions and lets go of what the store holds; again is harmless.
  func close() async
}

extension LedgerStore {
  /// Commits the events as one chain, with the record of the decision that made them. A refused chain leaves no
  /// trace and no record. A repeated record answers ``Receipt/repeated(record:)``; changed reads, a conflict.
  package func commit(
    _ chain: [LedgerEvent], record: DecisionRecord?, reads: [BalanceRead] = [], authority: Authority = .rule
  ) async throws(StoreError) -> Receipt {
    try await commit(Submission(chain: chain, record: record, reads: reads, authority: authority))
  }

  /// The one account of this name; of `world`, the first by asset.
  package func account(_ name: AccountName) async throws(StoreError) -> Account? {
    try await accounts(named: name).first
  }

  /// Calls `body` with every entry in order, a thousand read at a time. Throws `corrupt` at one that can't be read.
  package func forEachEntry(_ body: (StoredEntry) throws(StoreError) -> Void) async throws(StoreError) {
    var last: Int64 = 0
    while true {
      let rows = try await rows(after: last, limit: 1_000)
      for row in rows {
        guard let stored = row.stored else {
          throw StoreError(.corrupt, "entry \(row.sequence) can't be read; run 'cascade ledger verify'")
        }
        try body(stored)
        last = row.sequence
      }
      if rows.isEmpty { return }
    }
  }

  /// A verification page by page, for stores that nobody writes meanwhile.
  package func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    var verifier = LedgerVerifier(ledgerID: ledgerID, checkpoint: checkpoint)
    var last: Int64 = 0
    while verifier.problem == nil {
      let rows = try await rows(after: last, limit: 1_000)
      guard let final = rows.last else { break }
      for row in rows { verifier.take(row) }
      last = final.sequence
    }
    let (accounts, holds) = (try await allAccounts(), try await openHolds())
    var resolutions: [Identifier: Int64] = [:]
    for hold in holds where !verifier.isOpen(hold.id) {
      resolutions[hold.id] = try await entries(naming: hold.id).first?.entry.sequence
    }
    return verifier.finish(accounts: accounts, holds: holds, resolutions: resolutions)
  }
}

/// An entry's row as a store keeps it, unread.
package struct LedgerRow: Sendable, Equatable {
  /// Its place.
  package var sequence: Int64
  /// The columns beside the canonical bytes, there to be looked up by.
  package var id: [UInt8]
  /// The hold it resolves, 16 bytes.
  package var pendingID: [UInt8]?
  /// The entry it reverses, 16 bytes.
  package var reverses: [UInt8]?
  /// What was hashed.
  package var canonicalBytes: [UInt8]
  /// SHA-256 of that.
  package var hash: [UInt8]
  /// The balances it left, as ``StoredEntry/balanceBytes`` has them.
  package var balanceBytes: [UInt8]

  /// A row of these columns.
  package init(
    sequence: Int64, id: [UInt8], pendingID: [UInt8]?, reverses: [UInt8]?, canonicalBytes: [UInt8], hash: [UInt8],
    balanceBytes: [UInt8]
  ) {
    self.sequence = sequence
    self.id = id
    self.pendingID = pendingID
    self.reverses = reverses
    self.canonicalBytes = canonicalBytes
    self.hash = hash
    self.balanceBytes = balanceBytes
  }

  /// The row that keeps `stored`.
  package init(_ stored: StoredEntry) {
    self.init(
      sequence: stored.entry.sequence, id: stored.entry.id.bytes, pendingID: stored.entry.pendingID?.bytes,
      reverses: stored.entry.reverses?.bytes, canonicalBytes: stored.canonicalBytes, hash: stored.hash,
      balanceBytes: stored.balanceBytes)
  }

  /// The entry; nil when the bytes are not what a ledger writes.
  package var stored: StoredEntry? {
    StoredEntry(canonicalBytes: canonicalBytes, hash: hash, balanceBytes: balanceBytes)
  }
}
