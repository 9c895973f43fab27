internal import Core
internal import GRDB
internal import Ledger

// Writing a ledger's tables, inside a transaction of the writer.

/// The statements that a batch runs for each event.
struct LedgerStatements {
  private let entryByID: PlainStatement
  private let refusalByID: PlainStatement
  private let insertEntry: PlainStatement
  private let keepAccount: PlainStatement
  let tree: TreeStatement

  init(_ database: Database) throws {
    entryByID = try PlainStatement("SELECT \(LedgerRow.columns) FROM entries WHERE id = ?", in: database)
    refusalByID = try PlainStatement("SELECT reason FROM refusals WHERE id = ?", in: database)
    insertEntry = try PlainStatement(
      "INSERT INTO entries (\(LedgerRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)", in: database)
    tree = try TreeStatement(database)
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

  /// Adds an entry's row.
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
  /// Loads what `needs` names of the past; all else is in memory. O(ids · log entries).
  func load(
    _ needs: LedgerNeeds, into past: inout Past, _ statements: LedgerStatements, _ known: KnownIdentifiers
  ) throws {
    for id in needs.records { past.records.keep(try record(id), of: id) }
    for id in needs.entries { past.entries.keep(known.isNew(id) ? nil : try statements.entry(id), of: id) }
    for id in needs.refusals {
      let isNone = known.isNew(id) || past.entries[id] != nil
      past.refusals.keep(isNone ? nil : try statements.refusal(id), of: id)
    }
    for id in needs.resolutions { past.resolutions.keep(known.isNew(id) ? nil : try resolution(of: id), of: id) }
    for id in needs.reversals {
      let reversals = known.isNew(id) ? [] : try reversals(of: id).filter { $0.entry.kind == .reversal }
      let sum = reversals.reduce(0) { $0 + ($1.entry.postings.first?.amount.minor ?? 0) }
      past.reversed.keep(reversals.isEmpty ? nil : sum, of: id)
    }
  }

  /// Writes everything that changed on the way to `state`, counts it in `identity` and adds the entries to `tree`.
  func write(
    _ changes: LedgerChanges, of state: LedgerState, _ statements: LedgerStatements, _ identity: inout LedgerIdentity,
    _ tree: inout MerkleFrontier
  ) throws {
    for stored in changes.entries {
      try statements.write(stored)
      try statements.tree.write(stored.canonicalBytes, into: &tree)
    }
    for account in changes.accounts where state.isCurrent(account) { try statements.write(account) }
    for refusal in changes.refusals {
      let hash = Entry.hash(refusal.id.bytes + refusal.reason.rawValue.utf8)
      try run(
        "INSERT INTO refusals (id, reason, hash) VALUES (?, ?, ?)", refusal.id, refusal.reason.rawValue, hash)
      identity.refusals.add(hash)
    }
    for hold in changes.opened {
      try run("INSERT INTO open_holds (id) VALUES (?)", hold.id)
    }
    for id in changes.closed {
      try run("DELETE FROM open_holds WHERE id = ?", id)
    }
    for attachment in changes.attachments {
      try run("INSERT OR IGNORE INTO attachments (hash, bytes) VALUES (?, ?)", attachment.hash, attachment.bytes)
    }
    for record in changes.records {
      let hash = Entry.hash(record.id.bytes + record.bytes)
      try run("INSERT INTO records (id, bytes, hash) VALUES (?, ?, ?)", record.id, record.bytes, hash)
      identity.records.add(hash)
    }
  }
}
