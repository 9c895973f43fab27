internal import Core
internal import Foundation
internal import GRDB
internal import Ledger

// Writing a ledger's tables, inside a transaction of the writer.

/// The statements that a batch runs for each event.
struct LedgerStatements {
  private let entryByID: PlainStatement
  private let refusalByID: PlainStatement
  private let insertEntry: PlainStatement
  private let keepAccount: PlainStatement

  init(_ database: Database) throws {
    entryByID = try PlainStatement("SELECT \(LedgerRow.columns) FROM entries WHERE id = ?", in: database)
    refusalByID = try PlainStatement("SELECT reason FROM refusals WHERE id = ?", in: database)
    insertEntry = try PlainStatement(
      "INSERT INTO entries (\(LedgerRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)", in: database)
    keepAccount = try PlainStatement(
      """
      INSERT OR REPLACE INTO accounts (key, name, asset, debits_pending, debits_posted, credits_pending,
        credits_posted, floor, closed, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, in: database)
  }

  /// The entry with this id.
  func entry(_ id: Identifier) throws -> StoredEntry? {
    entryByID.bind(1, id.bytes)
    return try entryByID.first { LedgerRow($0) }?.read()
  }

  /// Why this id was refused for good.
  func refusal(_ id: Identifier) throws -> RefusalReason? {
    refusalByID.bind(1, id.bytes)
    return try refusalByID.first { $0.text(0) }.map { try RefusalReason(stored: $0, of: id) }
  }

  /// Adds an entry.
  func write(_ stored: StoredEntry) throws {
    insertEntry.bind(1, stored.entry.sequence)
    insertEntry.bind(2, stored.entry.id.bytes)
    insertEntry.bind(3, stored.entry.pendingID?.bytes)
    insertEntry.bind(4, stored.entry.reverses?.bytes)
    try insertEntry.run(stored.canonicalBytes, stored.hash, stored.balanceBytes, from: 5)
  }

  /// Adds or replaces an account.
  func write(_ account: Account) throws {
    keepAccount.bind(1, account.key.text)
    keepAccount.bind(2, account.name.text)
    keepAccount.bind(3, account.asset?.name)
    keepAccount.bind(4, account.totals.debitsPending)
    keepAccount.bind(5, account.totals.debitsPosted)
    keepAccount.bind(6, account.totals.creditsPending)
    keepAccount.bind(7, account.totals.creditsPosted)
    keepAccount.bind(8, account.floor)
    keepAccount.bind(9, account.isClosed ? 1 : 0)
    keepAccount.bind(10, account.version)
    try keepAccount.run()
  }
}

extension RefusalReason {
  /// The reason that the store has for `id`. Throws `corrupt` when it is none.
  init(stored text: String, of id: Identifier) throws(StoreError) {
    guard let reason = RefusalReason(rawValue: text) else {
      throw StoreError(.corrupt, "the refusal of \(id) has an unknown reason")
    }
    self = reason
  }
}

extension Database {
  /// Loads what `submission` may ask of the past into `state`, unless it is there. O(events · log entries).
  func load(
    for submission: Submission, into state: inout LedgerState, _ statements: LedgerStatements,
    _ known: KnownIdentifiers
  ) throws {
    if let id = submission.record?.id, state.history.records[id] == nil, let bytes = try record(id) {
      state.history.records[id] = bytes
    }
    for case .event(let event) in submission.events.prefix(state.limits.events) {
      if !known.isNew(event.id) { try load(event.id, into: &state, statements) }
      if !known.isNew(event.id), state.history.entries[event.id] == nil, state.history.refusals[event.id] == nil,
        let reason = try statements.refusal(event.id)
      {
        state.history.refusals[event.id] = reason
      }
      if let hold = event.pendingID, state.openHolds[hold] == nil {
        try load(hold, into: &state, statements)
        if state.history.resolutions[hold] == nil { state.history.resolutions[hold] = try resolution(of: hold) }
      }
      if let original = event.reverses, state.history.reversed[original] == nil {
        try load(original, into: &state, statements)
        let reversals = try reversals(of: original).filter { $0.entry.kind == .reversal }
        if !reversals.isEmpty {
          state.history.reversed[original] = reversals.reduce(0) { sum, reversal in
            sum + (reversal.entry.postings.first?.amount.minor ?? 0)
          }
        }
      }
    }
  }

  private func load(_ id: Identifier, into state: inout LedgerState, _ statements: LedgerStatements) throws {
    if state.history.entries[id] == nil, let entry = try statements.entry(id) { state.history.entries[id] = entry }
  }

  /// Writes everything that changed, and counts it in `identity`.
  func write(_ changes: LedgerChanges, _ statements: LedgerStatements, _ identity: inout LedgerIdentity) throws {
    for stored in changes.entries { try statements.write(stored) }
    for account in changes.accounts.values { try statements.write(account) }
    for refusal in changes.refusals {
      let statement = try cachedStatement(sql: "INSERT INTO refusals (id, reason, hash) VALUES (?, ?, ?)")
      let hash = Entry.hash(refusal.id.bytes + refusal.reason.rawValue.utf8)
      try statement.execute(arguments: [refusal.id.data, refusal.reason.rawValue, Data(hash)])
      identity.refusals.add(hash)
    }
    for hold in changes.opened {
      try cachedStatement(sql: "INSERT INTO open_holds (id) VALUES (?)").execute(arguments: [hold.id.data])
    }
    for id in changes.closed {
      try cachedStatement(sql: "DELETE FROM open_holds WHERE id = ?").execute(arguments: [id.data])
    }
    for record in changes.records {
      let statement = try cachedStatement(sql: "INSERT INTO records (id, bytes, hash) VALUES (?, ?, ?)")
      let hash = Entry.hash(record.id.bytes + record.bytes)
      try statement.execute(arguments: [record.id.data, Data(record.bytes), Data(hash)])
      identity.records.add(hash)
    }
    if !changes.refusals.isEmpty || !changes.records.isEmpty { try identity.update(in: self) }
  }
}
