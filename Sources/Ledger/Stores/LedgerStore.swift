package import Core

/// All that a ledger's driver can do. Whoever uses a ledger takes the part that it needs. Each driver passes one
/// conformance suite.
///
/// Every call is one transaction, and none asks for more than a page.
package protocol LedgerStore: LedgerWriting, LedgerReading, CommittedRecordReading, LedgerAuditing {
  /// Takes no more submissions and lets go of what the store holds; again is harmless.
  func close() async
}

/// Writing a ledger: what is returned is durable, and was decided by ``LedgerState``.
package protocol LedgerWriting: Sendable {
  /// Takes a submission in one transaction; returns when it is durable. O(events).
  func commit(_ submission: Submission) async throws(StoreError) -> Committed
  /// Takes a submission that is made when its turn has come, in a transaction that others may share; nil when it brings
  /// nothing. O(events), and what making it takes.
  func commit(_ late: LateSubmission) async throws(StoreError) -> Committed?
  /// Releases holds whose time is over; what that changed. Every commit does so too. Also removes the accounts of
  /// limits whose periods are over for ``LimitCounts/keptDays``, a page at a time.
  func sweep() async throws(StoreError) -> LedgerChanges
}

/// Looking at a ledger: by name, by id, or in order, a page at a time.
package protocol LedgerReading: Sendable {
  /// The name of this ledger, made when it began: what a checkpoint is about.
  var ledgerID: String { get }
  /// Ledger time, nanoseconds since 1970 and not before the last entry: by it, and by no other clock, holds are over.
  func now() async throws(StoreError) -> Int64
  /// Where the chain of hashes ends.
  func head() async throws(StoreError) -> LedgerHead
  /// The accounts of these names that are there, by key; of `world`, one for each asset. At most
  /// ``LedgerLimits/pageRows`` names. O(names · log accounts).
  func accounts(named names: [AccountName]) async throws(StoreError) -> [Account]
  /// The entry with this id.
  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry?
  /// The entries after `sequence` that resolve or reverse the one with this id, in order. O(limit).
  func entries(naming id: Identifier, after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry]
  /// Rows as they are kept, by place, after `sequence`. O(limit).
  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow]
  /// The steps of governance after `sequence`, in order. O(limit) where a driver finds them without the others.
  func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry]
  /// The hashes of the nodes of the tree over the entries, each with all its leaves, that these entries complete, as
  /// ``MerkleFrontier/append(_:)`` gave them; nothing for an entry that completes none, or isn't there. At most
  /// ``LedgerLimits/pageRows`` sequences. O(sequences · log entries).
  func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]]
  /// What an entry names as its attachment, by its hash in hexadecimal digits; nil when it isn't kept. O(bytes).
  func attachment(_ hash: String) async throws(StoreError) -> [UInt8]?
}

/// Looking at the records of decisions that committed with their effects.
package protocol CommittedRecordReading: Sendable {
  /// The decision record with this id.
  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]?
  /// The decision records with ids below this one, or from the last one on, the highest id first. O(limit).
  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord]
}

/// Going through all of a ledger.
package protocol LedgerAuditing: Sendable {
  /// Replays the whole ledger and holds it against what is kept, and against an old checkpoint when there is one.
  /// O(entries).
  func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport
  /// The accounts whose keys come after this one by their bytes, or from the first on, in that order. O(limit).
  func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account]
  /// The open holds with ids above this one, or from the lowest on, in that order. O(limit).
  func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold]
}

extension LedgerWriting {
  /// Commits the events as one chain, with the record of the decision that made them. A refused chain leaves no
  /// trace and no record. A repeated record answers ``Receipt/repeated(record:)``; changed reads, a conflict.
  package func commit(
    _ chain: [LedgerEvent], record: DecisionRecord?, reads: [BalanceRead] = []
  ) async throws(StoreError) -> Committed {
    try await commit(Submission(chain: chain, record: record, reads: reads))
  }
}

extension LedgerReading {
  /// The one account of this name; of `world`, the first by asset.
  package func account(_ name: AccountName) async throws(StoreError) -> Account? {
    try await accounts(named: [name]).first
  }

  /// The account of this name: one, none, or for `world` one for each asset.
  package func accounts(named name: AccountName) async throws(StoreError) -> [Account] {
    try await accounts(named: [name])
  }

  /// The first page of the entries that resolve or reverse the one with this id.
  package func entries(naming id: Identifier) async throws(StoreError) -> [StoredEntry] {
    try await entries(naming: id, after: 0, limit: LedgerLimits.pageRows)
  }

  /// Calls `body` with every entry in order, a page read at a time. Throws `corrupt` at one that can't be read.
  package func forEachEntry(_ body: (StoredEntry) throws(StoreError) -> Void) async throws(StoreError) {
    var last: Int64 = 0
    while true {
      let rows = try await rows(after: last, limit: LedgerLimits.pageRows)
      for row in rows {
        try body(try row.read())
        last = row.sequence
      }
      if rows.isEmpty { return }
    }
  }
}

extension LedgerAuditing {
  /// Calls `body` with every account by its key, a page read at a time: of what is written meanwhile, each page has its
  /// own moment. O(accounts).
  package func eachAccount(_ body: (Account) -> Void) async throws(StoreError) {
    var last: String?
    while true {
      let page = try await accounts(after: last, limit: LedgerLimits.pageRows)
      for account in page { body(account) }
      guard let final = page.last else { return }
      last = final.key.text
    }
  }

  /// Calls `body` with every open hold by its id, a page read at a time. O(holds).
  package func eachHold(_ body: (Hold) -> Void) async throws(StoreError) {
    var last: Identifier?
    while true {
      let page = try await openHolds(after: last, limit: LedgerLimits.pageRows)
      for hold in page { body(hold) }
      guard let final = page.last else { return }
      last = final.id
    }
  }
}

extension LedgerAuditing where Self: LedgerReading & CommittedRecordReading {
  /// A verification page by page, for stores that nobody writes meanwhile.
  package func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    var verifier = LedgerVerifier(
      ledgerID: ledgerID, checkpoint: checkpoint, recordedFrom: try await head().recordedFrom)
    var last: Int64 = 0
    while verifier.problem == nil {
      let rows = try await rows(after: last, limit: LedgerLimits.pageRows)
      guard let final = rows.last else { break }
      for row in rows {
        verifier.take(row)
        if let id = verifier.wantedRecord { verifier.take(record: try await record(id)) }
        if let hash = verifier.wantedAttachment { verifier.take(attachment: try await attachment(hash)) }
        if verifier.wantsNodes {
          verifier.take(nodes: try await treeNodes(completedBy: [row.sequence])[row.sequence])
        }
        try await place(wantedBy: &verifier)
      }
      last = final.sequence
    }
    verifier.endRows()
    try await place(wantedBy: &verifier)
    try await eachAccount { verifier.hold(against: $0) }
    var unknown: [Hold] = []
    try await eachHold { hold in if !verifier.hold(against: hold) { unknown.append(hold) } }
    for hold in unknown {
      verifier.findUnknown(hold, resolution: try await entries(naming: hold.id).first?.entry.sequence)
    }
    return verifier.finish()
  }

  private func place(wantedBy verifier: inout LedgerVerifier) async throws(StoreError) {
    while let id = verifier.wantedPlace { verifier.take(place: try await entry(id)?.entry.sequence) }
  }
}
