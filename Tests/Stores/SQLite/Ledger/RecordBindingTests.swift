internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

/// Whoever can write the file changes a record and everything in the file that counts it. Also: files of versions in
/// which entries named no records.
struct RecordBindingTests {
  /// A row of the table `ledger`: counts of refusals and records, and of records that no entry names, with the entry
  /// from which on they are named. Earlier versions have the first two.
  private struct Identity {
    var tallies: [[UInt8]]
    var from: Int64?

    static func tally(_ hashes: [[UInt8]]) -> [UInt8] {
      let sum = hashes.reduce([UInt8](repeating: 0, count: 32)) { sum, hash in zip(sum, hash).map { $0 ^ $1 } }
      return bytes(Int64(hashes.count)) + sum
    }

    static func bytes(_ number: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }

    func write(_ database: Database) throws {
      let id = try #require(try String.fetchOne(database, sql: "SELECT id FROM ledger"))
      let tally = tallies.flatMap(\.self) + (from.map { Self.bytes($0) } ?? [])
      try database.execute(
        sql: "UPDATE ledger SET tally = ?, hash = ?",
        arguments: [Data(tally), Data(Entry.hash(Array(id.utf8) + tally))])
    }
  }

  private static func hashes(_ table: String, _ database: Database) throws -> [[UInt8]] {
    try Data.fetchAll(database, sql: "SELECT hash FROM \(table)").map { Array($0) }
  }

  private static func keep(_ record: DecisionRecord, _ database: Database) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO records (id, bytes, hash) VALUES (?, ?, ?)",
      arguments: [Data(record.id.bytes), Data(record.bytes), Data(Entry.hash(record.id.bytes + record.bytes))])
  }

  /// Makes the counts fit what is there.
  private static func count(_ database: Database, from: Int64 = 2) throws {
    let tallies = try ["refusals", "records"].map { Identity.tally(try hashes($0, database)) }
    try Identity(tallies: tallies + [Identity.tally([])], from: from).write(database)
  }

  private static func write(_ directory: String, _ body: @Sendable @escaping (Database) throws -> Void) async throws {
    let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
    try await connection.write(body)
    try connection.close()
  }

  private static func report(_ directory: String, _ checkpoint: Checkpoint? = nil) async throws -> VerificationReport {
    let store = try SQLiteLedgerStore(reading: directory)
    let report = try await store.verify(against: checkpoint)
    await store.close()
    return report
  }

  /// Four entries: money, a decision that moves some, a transfer, and a decision that moves none.
  private static func fill(_ directory: String) async throws -> Checkpoint {
    let store = try SQLiteLedgerStore(directory: directory)
    try await store.fund("alice", 1_000)
    _ = try await store.commit(
      [.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))],
      record: record(50, effects: [1], note: "for bob"))
    _ = try await store.send(.posted(id(2), from: account("alice"), to: account("bob"), ducats(10)))
    _ = try await store.commit([], record: record(51, note: "refused"))
    let checkpoint = Checkpoint(ledger: store.ledgerID, head: try await store.head())
    await store.close()
    return checkpoint
  }

  @Test(
    arguments: [
      ("who was paid and why", record(50, effects: [1], note: "for zoe"), 2),
      ("another effect", record(50, effects: [2]), 2), ("no effect", record(50), 2),
      ("why it was refused", record(51, note: "granted"), 4), ("one more", record(52), 5),
    ] as [(String, DecisionRecord, Int64)])
  func `a record that is rewritten together with all that counts it is named`(
    what: String, forged: DecisionRecord, sequence: Int64
  ) async throws {
    try await withDataDirectory { directory in
      let checkpoint = try await Self.fill(directory)
      try await Self.write(directory) { database in
        try Self.count(database)
      }
      #expect(try await Self.report(directory, checkpoint).problem == nil)
      try await Self.write(directory) { database in
        try Self.keep(forged, database)
        try Self.count(database)
      }
      #expect(try await Self.report(directory, checkpoint).problem?.sequence == sequence, "\(what)")
    }
  }

  @Test(arguments: [(50, 2), (51, 4)] as [(UInt64, Int64)])
  func `a record that is deleted together with all that counts it is named`(
    number: UInt64, sequence: Int64
  ) async throws {
    try await withDataDirectory { directory in
      _ = try await Self.fill(directory)
      try await Self.write(directory) { database in
        try database.execute(sql: "DELETE FROM records WHERE id = ?", arguments: [Data(id(number).bytes)])
        try Self.count(database)
      }
      #expect(try await Self.report(directory).problem?.sequence == sequence)
    }
  }

  @Test(arguments: [0, 1, 3, 4, 5] as [Int64])
  func `another beginning of what is covered is named`(from: Int64) async throws {
    try await withDataDirectory { directory in
      let checkpoint = try await Self.fill(directory)
      #expect(checkpoint.recordedFrom == 2)
      try await Self.write(directory) { try Self.count($0, from: from) }
      #expect(try await Self.report(directory).problem?.sequence == 2)
    }
  }

  @Test func `a checkpoint that says another beginning is no checkpoint of this ledger`() async throws {
    try await withDataDirectory { directory in
      var checkpoint = try await Self.fill(directory)
      checkpoint.recordedFrom = 3
      #expect(try await Self.report(directory, checkpoint).problem?.sequence == 4)
      checkpoint.recordedFrom = nil
      #expect(try await Self.report(directory, checkpoint).problem == nil)
    }
  }

  /// As the version before wrote it: entries that name no record.
  private static func fillEarlier(_ directory: String, version: Int) async throws -> Checkpoint {
    let store = try SQLiteLedgerStore(directory: directory)
    try await store.fund("alice", 1_000)
    _ = try await store.send(.posted(id(9), from: account("bob"), to: account("alice"), ducats(1)))
    _ = try await store.commit(
      Submission(
        [.event(.posted(id(1), from: account("alice"), to: account("bob"), ducats(10)))],
        idempotencyKey: id(50).description))
    let checkpoint = Checkpoint(ledger: store.ledgerID, head: try await store.head())
    await store.close()
    try await write(directory) { database in
      // Its bytes were of no form that the ledger knew.
      try keep(DecisionRecord(id: id(50), bytes: [1, 2, 3]), database)
      try keep(DecisionRecord(id: id(51), bytes: [4]), database)
      let tallies = try ["refusals", "records"].map { Identity.tally(try hashes($0, database)) }
      try Identity(tallies: tallies).write(database)
      try database.execute(
        sql: """
          DROP INDEX entries_governance; DROP TABLE attachments; DROP TABLE tree;
          DELETE FROM grdb_migrations WHERE identifier IN ('3', '4', '5')
          """)
      if version > 1 { return }
      try database.execute(
        sql: """
          ALTER TABLE ledger DROP COLUMN tally; ALTER TABLE ledger DROP COLUMN hash;
          DELETE FROM grdb_migrations WHERE identifier = '2'
          """)
    }
    return checkpoint
  }

  @Test(arguments: [1, 2])
  func `a ledger of an earlier version verifies, and what is decided from now on is covered`(
    version: Int
  ) async throws {
    try await withDataDirectory { directory in
      var checkpoint = try await Self.fillEarlier(directory, version: version)
      checkpoint.recordedFrom = nil
      var report = try await Self.report(directory, checkpoint)
      #expect(report.problem == nil && report.uncovered == 1)
      let store = try SQLiteLedgerStore(directory: directory)
      #expect(try await store.head().recordedFrom == 0)
      #expect(try await store.verify(against: checkpoint).problem == nil)
      _ = try await store.commit(
        [.posted(id(2), from: account("alice"), to: account("bob"), ducats(10))], record: record(60, effects: [2]))
      #expect(try await store.head().recordedFrom == 3)
      await store.close()
      let again = try SQLiteLedgerStore(directory: directory)
      #expect(try await again.head().recordedFrom == 3)
      await again.close()
      report = try await Self.report(directory, checkpoint)
      #expect(report.problem == nil && report.uncovered == 1 && report.entries == 3)
      try await Self.write(directory) { try $0.execute(sql: "DELETE FROM refusals") }
      #expect(
        try await Self.report(directory, checkpoint).problem?.message
          == "there are 0 refusals, and not the 1 that were written")
    }
  }

  @Test func `of an earlier version too the records are counted`() async throws {
    try await withDataDirectory { directory in
      _ = try await Self.fillEarlier(directory, version: 2)
      await (try SQLiteLedgerStore(directory: directory)).close()
      #expect(try await Self.report(directory).problem == nil)
      try await Self.write(directory) {
        try $0.execute(sql: "DELETE FROM records WHERE id = ?", arguments: [Data(id(51).bytes)])
      }
      #expect(
        try await Self.report(directory).problem?.message == "there are 1 records, and not the 2 that were written")
    }
  }
}
