package import Core
package import Ledger

/// A ledger in a PostgreSQL database, which several hosts may write at the same time: one chain for all of them.
///
/// Whoever writes holds one row until its transaction has committed, and decides on what it loaded while it held it.
/// Nothing of the ledger stays in memory between two transactions. Ledger time is the server's clock.
package final class PostgresLedgerStore: LedgerStore {
  /// The name of this ledger.
  package let ledgerID: String
  private let writer: LedgerWriter
  private let reader: PostgresConnections
  /// Apart from the others, since a verification is long.
  private let verifier: PostgresConnections
  private let clock: LedgerClock?

  /// Opens the ledger at `address`, or begins one, and brings the tables up to date. `host` is what the server's list
  /// of sessions shows. With a `time`, that gives ledger time instead of the server, for tests.
  ///
  /// Blocks while it connects. Throws `unsupported_version` when a later version of Cascade made the tables, `io` when
  /// the server can't be reached or may lose what it acknowledged.
  package init(
    _ address: PostgresAddress, host: String = "", time: TimeSource? = nil, limits: LedgerLimits = LedgerLimits()
  ) throws(StoreError) {
    let head = try Self.open(address, PostgresSession(name: host, isWriting: false))
    ledgerID = head.identity.id
    let clock = time.map { LedgerClock($0, after: head.head.timestamp) }
    self.clock = clock
    writer = LedgerWriter(
      address, PostgresSession(name: "\(host) writer", isWriting: true), clock: clock, limits: limits)
    reader = PostgresConnections(
      address, PostgresSession(name: "\(host) reader", isWriting: false), connections: PostgresLimits.readers)
    let long = PostgresSession(name: "\(host) verifier", isWriting: false, statementTimeout: .seconds(600))
    verifier = PostgresConnections(address, long, connections: 1)
  }

  /// Brings the tables up to date and reads the head row, which a new ledger is given.
  private static func open(_ address: PostgresAddress, _ session: PostgresSession) throws(StoreError) -> HeadRow {
    let connection = try PostgresSchema.open(address, session)
    var random = SystemRandomNumberGenerator()
    let row: PostgresRow?
    do throws(PostgresFailure) {
      let clock = try connection.run(LedgerQueries.clock.with()).first?.integer(0) ?? 0
      let id = Identifier(milliseconds: clock / 1_000_000, random: (random.next(), random.next())).description
      let new = LedgerIdentity(id: id)
      // Another host may begin it at the same time.
      _ = try connection.run(
        LedgerQueries.beginLedger.with(.text(id), .bytes(new.tally), .bytes(new.hash), .bytes(Entry.firstHash)))
      row = try connection.run(LedgerQueries.head.with()).first
    } catch {
      throw StoreError(error, while: "opening the ledger")
    }
    let head = try HeadRow(row)
    do {
      if head.tree.size < head.head.sequence { try LedgerTree.complete(connection) }
    } catch {
      throw (error as? PostgresFailure).map { StoreError($0, while: "building the ledger's tree") }
        ?? error as? StoreError ?? StoreError(.io, "building the ledger's tree failed", cause: "\(error)")
    }
    return head
  }

  /// Ledger time; see ``LedgerReading/now()``.
  package func now() async throws(StoreError) -> Int64 {
    let clock = clock?.now
    return try await reader.run("reading the ledger's time") { connection in
      let row = try connection.run(LedgerQueries.now.with(.integer(clock))).first
      guard let now = row?.integer(0) else { throw StoreError(.corrupt, "the ledger has no head") }
      return now
    }
  }

  /// Takes a submission; see ``LedgerWriting/commit(_:)``.
  package func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    try await writer.commit(.ready(submission)) ?? Committed(.results([]), LedgerChanges())
  }

  /// The same for what is made when its turn has come, while this host holds the ledger.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    try await writer.commit(.late(late))
  }

  /// Releases holds whose time is over; what that changed.
  package func sweep() async throws(StoreError) -> LedgerChanges { try await writer.sweep() }

  /// Where the chain of hashes ends.
  package func head() async throws(StoreError) -> LedgerHead {
    try await read { try HeadRow($0.run(LedgerQueries.head.with()).first).head }
  }

  /// The accounts of these names, and those of `world`.
  package func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    let names = names.prefix(LedgerLimits.pageRows)
    let keys = names.filter { !$0.isWorld }.map(\.text)
    let hasWorld = names.contains(where: \.isWorld)
    return try await read { try $0.run(LedgerQueries.accounts.with(.texts(keys), .boolean(hasWorld))).accounts() }
  }

  /// The accounts after this key. O(limit).
  package func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account] {
    // No key is empty.
    let query = LedgerQueries.accountsAfter.with(.text(key ?? ""), Self.page(limit))
    return try await read { try $0.run(query).accounts() }
  }

  /// The open holds after this id. O(limit).
  package func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold] {
    let query =
      id.map { LedgerQueries.holdsAfter.with(.id($0), Self.page(limit)) }
      ?? LedgerQueries.firstHolds.with(Self.page(limit))
    return try await read { try $0.run(query).holds() }
  }

  /// The entry with this id.
  package func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? {
    try await read { try $0.run(LedgerStatements.entries.with(.ids([id]))).entries().first }
  }

  /// The entries after `sequence` that resolve or reverse the one with this id. O(limit).
  package func entries(
    naming id: Identifier, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredEntry] {
    let query = LedgerQueries.entriesNaming.with(.id(id), .integer(sequence), Self.page(limit))
    return try await read { try $0.run(query).entries() }
  }

  /// The decision record with this id.
  package func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? {
    try await read { try $0.run(LedgerStatements.records.with(.ids([id]))).first?.bytes(1) }
  }

  /// The decision records before this id, from the end. O(limit).
  package func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    let query =
      id.map { LedgerQueries.recordsBefore.with(.id($0), Self.page(limit)) }
      ?? LedgerQueries.lastRecords.with(Self.page(limit))
    return try await read { connection in
      try connection.run(query).all.compactMap { row in
        row.id(0).map { DecisionRecord(id: $0, bytes: row.bytes(1) ?? []) }
      }
    }
  }

  /// Rows after `sequence`. O(limit).
  package func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    let query = LedgerQueries.rowsAfter.with(.integer(sequence), Self.page(limit))
    return try await read { try $0.run(query).all.map { try LedgerRow($0) } }
  }

  /// The steps of governance after `sequence`. O(limit).
  package func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    let query = LedgerQueries.governance.with(.integer(sequence), Self.page(limit))
    return try await read { try $0.run(query).entries() }
  }

  /// What these entries complete of the tree over the entries.
  package func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] {
    let query = LedgerTree.nodes(completedBy: sequences)
    return try await read { try $0.run(query).treeNodes() }
  }

  /// What an entry names as its attachment. O(bytes).
  package func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? {
    try await read { try $0.run(LedgerQueries.attachment.with(.text(hash))).first?.bytes(0) }
  }

  /// Replays the ledger as one moment shows it, while hosts go on writing. O(entries).
  package func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    let id = ledgerID
    return try await verifier.run("verifying the ledger") { try LedgerVerification.run($0, id, against: checkpoint) }
  }

  /// Finishes what waits and closes the connections.
  package func close() async {
    await writer.close()
    await reader.close()
    await verifier.close()
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (PostgresConnection) throws -> Value
  ) async throws(StoreError) -> Value {
    try await reader.run("reading the ledger", body)
  }

  private static func page(_ limit: Int) -> PostgresValue { .integer(Int64(min(limit, LedgerLimits.pageRows))) }
}
