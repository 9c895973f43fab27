internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

struct TamperingTests {
  @Test(arguments: [
    (
      "an edited entry",
      "UPDATE entries SET canonical = CAST(replace(canonical, 'gift', 'loan') AS BLOB) WHERE sequence = 4", 4
    ),
    ("a deleted entry", "DELETE FROM entries WHERE sequence = 5", 5),
    (
      "a swapped order",
      """
      UPDATE entries SET sequence = -6 WHERE sequence = 6; UPDATE entries SET sequence = 6 WHERE sequence = 7;
      UPDATE entries SET sequence = 7 WHERE sequence = -6
      """, 6
    ),
    (
      "an inserted entry",
      """
      UPDATE entries SET sequence = -sequence WHERE sequence > 2; UPDATE entries SET sequence = 1 - sequence
      WHERE sequence < 0; INSERT INTO entries SELECT 3, randomblob(16), NULL, NULL, canonical, hash, balances
      FROM entries WHERE sequence = 2
      """, 3
    ),
    ("a changed id", "UPDATE entries SET id = randomblob(16) WHERE sequence = 2", 2),
    ("a changed resolution", "UPDATE entries SET pending_id = randomblob(16) WHERE sequence = 8", 8),
    (
      "changed balances",
      "UPDATE entries SET balances = (SELECT balances FROM entries WHERE sequence = 1) WHERE sequence = 3", 3
    ),
    ("a changed hash", "UPDATE entries SET hash = zeroblob(32) WHERE sequence = 6", 6),
    ("a changed total", "UPDATE accounts SET credits_posted = credits_posted + 1 WHERE key = 'bob'", 8),
    ("a missing account", "DELETE FROM accounts WHERE key = 'carol'", 6),
    ("a changed floor", "UPDATE accounts SET floor = -1 WHERE key = 'carol'", 6),
    ("a cut tail", "DELETE FROM entries WHERE sequence > 6; DELETE FROM accounts", 7),
    ("a changed refusal", "UPDATE refusals SET reason = 'account_closed'", 10),
    ("a changed record", "UPDATE records SET bytes = zeroblob(3)", 2),
    ("a deleted refusal", "DELETE FROM refusals", 10),
    ("the deleted record of a decision that moved money", "DELETE FROM records WHERE rowid = 1", 2),
    ("the deleted record of a decision that moved none", "DELETE FROM records WHERE rowid = 2", 9),
    ("another name", "UPDATE ledger SET id = '018bcfe5-6800-7000-8000-00000000000b'", 9),
    ("a second name", "INSERT INTO ledger SELECT * FROM ledger", 10),
    ("no name", "UPDATE ledger SET tally = x''", 10),
    ("a changed migration", "UPDATE grdb_migrations SET identifier = '0' WHERE identifier = '1'", 10),
    ("a missing migration", "DELETE FROM grdb_migrations WHERE identifier = '2'", 10),
    ("no migration", "DELETE FROM grdb_migrations", 10),
    ("an added trigger", "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM refusals; END", 10),
    ("an added table", "CREATE TABLE more (id)", 10),
    ("a missing index", "DROP INDEX entries_reverses", 10),
    (
      "a changed table",
      """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_master SET sql = replace(sql, 'closed INTEGER NOT NULL', 'closed INTEGER') WHERE name = 'accounts'
      """, 10
    ),
    ("another user_version", "PRAGMA user_version = 1", 10),
    ("another application_id", "PRAGMA application_id = 1", 10),
  ])
  func `verify names the first bad sequence`(what: String, sql: String, sequence: Int64) async throws {
    try await withDataDirectory { directory in
      let checkpoint = try await fill(directory)
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      try await connection.write { try $0.execute(sql: sql) }
      try connection.close()
      let store = try SQLiteLedgerStore(reading: directory)
      #expect(try await store.verify(against: checkpoint).problem?.sequence == sequence, "\(what)")
      await store.close()
    }
  }

  @Test func `without a checkpoint too another name of the ledger is named`() async throws {
    try await withDataDirectory { directory in
      _ = try await fill(directory)
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      try await connection.write { try $0.execute(sql: "UPDATE ledger SET id = replace(id, '-7', '-6')") }
      try connection.close()
      let store = try SQLiteLedgerStore(reading: directory)
      #expect(
        try await store.verify(against: nil).problem?.message == "the name of the ledger or its tally was changed")
      await store.close()
      #expect { try SQLiteLedgerStore(directory: directory) } throws: { ($0 as? StoreError)?.code == .corrupt }
    }
  }

  @Test func `one bit flipped in any column of an entry is named`() async throws {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    try await withDataDirectory { directory in
      let checkpoint = try await fill(directory)
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      let store = try SQLiteLedgerStore(reading: directory)
      for _ in 0..<200 {
        let sequence = Int64.random(in: 1...9, using: &generator)
        // The last one leaves no balances.
        let columns = ["id", "canonical", "hash"] + (sequence < 9 ? ["balances"] : [])
        let column = columns[Int.random(in: 0..<columns.count, using: &generator)]
        // In the half that all ids here share, so that no flip makes one of the other ids.
        let places = column == "id" ? UInt64(63) : .max
        let place = UInt64.random(in: 0...places, using: &generator)
        try await connection.write { try flip(column, sequence, place, in: $0) }
        #expect(try await store.verify(against: checkpoint).problem?.sequence == sequence, "\(column) of \(sequence)")
        try await connection.write { try flip(column, sequence, place, in: $0) }
      }
      #expect(try await store.verify(against: checkpoint).problem == nil)
      try connection.close()
      await store.close()
    }
  }

  @Test(arguments: [
    ("accounts", "key", 40), ("accounts", "name", 40), ("accounts", "asset", 40), ("accounts", "debits_pending", 63),
    ("accounts", "debits_posted", 63), ("accounts", "credits_pending", 63), ("accounts", "credits_posted", 63),
    ("accounts", "floor", 63), ("accounts", "closed", 1), ("accounts", "version", 63), ("refusals", "id", 128),
    ("refusals", "reason", 120), ("refusals", "hash", 256), ("open_holds", "id", 128), ("records", "id", 128),
    ("records", "bytes", 24), ("records", "hash", 256), ("ledger", "id", 288),
  ])
  func `one bit flipped in any column of another table is named`(table: String, column: String, bits: Int) async throws
  {
    try await withDataDirectory { directory in
      let checkpoint = try await fill(directory)
      let writer = try SQLiteLedgerStore(directory: directory)
      _ = try await writer.send(.pending(id(9), from: account("alice"), to: account("bob"), ducats(10)))
      await writer.close()
      let path = "\(directory)/ledger.sqlite"
      let last = try DatabaseQueue(path: path)
      _ = try await last.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try last.close()
      let good = try Data(contentsOf: URL(filePath: path))
      // All of them in the long form.
      let step = ProcessInfo.processInfo.environment["CASCADE_FAULTS"] == nil ? 11 : 1
      for bit in stride(from: 0, to: bits, by: step) {
        try good.write(to: URL(filePath: path))
        let connection = try DatabaseQueue(path: path)
        try await connection.write { try flip(table, column, bit, in: $0) }
        try connection.close()
        #expect(try await problem(in: directory, checkpoint) != nil, "bit \(bit)")
      }
      try good.write(to: URL(filePath: path))
      #expect(try await problem(in: directory, checkpoint) == nil)
    }
  }

  private func problem(in directory: String, _ checkpoint: Checkpoint) async throws -> String? {
    let store = try SQLiteLedgerStore(reading: directory)
    let problem = try await store.verify(against: checkpoint).problem
    await store.close()
    return problem?.message
  }

  /// Flips a bit of the first row.
  private func flip(_ table: String, _ column: String, _ bit: Int, in database: Database) throws {
    try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
    let value = try #require(try DatabaseValue.fetchOne(database, sql: "SELECT \(column) FROM \(table)"))
    var flipped = value
    // Text may no longer be any; a cast lets it through as it is.
    var form = "?"
    switch value.storage {
    case .int64(let number): flipped = (number ^ 1 << Int64(bit)).databaseValue
    case .string(let text):
      flipped = Self.flipped(Data(text.utf8), bit).databaseValue
      form = "CAST(? AS TEXT)"
    case .blob(let bytes): flipped = Self.flipped(bytes, bit).databaseValue
    default: Issue.record("\(table).\(column) has no value")
    }
    try database.execute(
      sql: "UPDATE \(table) SET \(column) = \(form) WHERE \(column) = ?", arguments: [flipped, value])
  }

  private static func flipped(_ bytes: Data, _ bit: Int) -> Data {
    var bytes = bytes
    bytes[bytes.startIndex + bit / 8 % bytes.count] ^= 1 << UInt8(bit % 8)
    return bytes
  }

  private func flip(_ column: String, _ sequence: Int64, _ place: UInt64, in database: Database) throws {
    let select = "SELECT \(column) FROM entries WHERE sequence = ?"
    var bytes = try #require(try Data.fetchOne(database, sql: select, arguments: [sequence]))
    bytes[Int(place / 8 % UInt64(bytes.count))] ^= 1 << UInt8(place % 8)
    try database.execute(sql: "UPDATE entries SET \(column) = ? WHERE sequence = ?", arguments: [bytes, sequence])
  }

  /// Nine entries, a refusal and two records; the checkpoint after them.
  func fill(_ directory: String) async throws -> Checkpoint {
    let store = try SQLiteLedgerStore(directory: directory)
    try await store.fund("alice", 1_000)
    _ = try await store.commit(
      [.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))],
      record: record(50, effects: [1]))
    _ = try await store.send(
      .posted(id(2), from: account("alice"), to: account("bob"), ducats(10)),
      .posted(id(3), from: account("alice"), to: account("bob"), ducats(10), metadata: ["why": "gift"]),
      .posted(id(4), from: account("alice"), to: account("bob"), ducats(10)),
      .posted(id(5), from: account("alice"), to: account("carol"), ducats(10)),
      .pending(id(6), from: account("alice"), to: account("bob"), ducats(10)), .post(id(7), id(6)),
      .posted(id(8), from: account("carol"), to: account("bob"), ducats(100)))
    _ = try await store.commit([], record: record(51))
    let checkpoint = Checkpoint(ledger: store.ledgerID, head: try await store.head())
    try same(try await store.verify(against: checkpoint).problem, nil)
    await store.close()
    return checkpoint
  }
}
