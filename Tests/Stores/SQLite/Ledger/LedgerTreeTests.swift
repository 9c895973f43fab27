internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

/// The tree over the entries in a file: built where an earlier version kept none, and held against the entries.
struct LedgerTreeTests {
  /// A file as the version before the tree left it.
  private static func makeOlder(_ directory: String) throws {
    let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
    try connection.write {
      try $0.execute(sql: "DROP TABLE tree; DELETE FROM grdb_migrations WHERE identifier = '5'")
    }
    try connection.close()
  }

  private static func fill(_ directory: String, _ numbers: Range<UInt64>) async throws {
    let store = try SQLiteLedgerStore(directory: directory)
    for number in numbers {
      _ = try await store.send(.posted(id(number), from: account("world"), to: account("alice"), ducats(1)))
    }
    await store.close()
  }

  @Test func `a ledger of an earlier version is given its tree when a host opens it, and goes on with it`() async throws
  {
    try await withDataDirectory { directory in
      try await Self.fill(directory, 1..<38)
      let before = try SQLiteLedgerStore(reading: directory)
      let root = try await before.treeRoot(of: 37)
      await before.close()
      try Self.makeOlder(directory)

      let older = try SQLiteLedgerStore(reading: directory)
      #expect(try await older.verify(against: nil).problem == nil)
      let refused = await #expect(throws: StoreError.self) { _ = try await older.proof(of: 3, in: 37) }
      #expect(refused?.code == .corrupt)
      #expect(refused?.message.contains("a host of this version builds it when it starts") == true)
      await older.close()

      try await Self.fill(directory, 38..<45)
      let store = try SQLiteLedgerStore(reading: directory)
      #expect(try await store.treeRoot(of: 37) == root)
      #expect(try await store.proof(of: 20, in: 44) != nil)
      #expect(try await store.verify(against: nil).problem == nil)
      await store.close()
    }
  }

  @Test func `a ledger of an earlier version that lacks an entry is given no tree`() async throws {
    try await withDataDirectory { directory in
      try await Self.fill(directory, 1..<10)
      try Self.makeOlder(directory)
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      try await connection.write { try $0.execute(sql: "DELETE FROM entries WHERE sequence = 4") }
      try connection.close()
      let error = #expect(throws: StoreError.self) { try SQLiteLedgerStore(directory: directory) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains("entry 4 is missing") == true)
    }
  }

  @Test(
    arguments: [
      ("UPDATE tree SET nodes = zeroblob(32) WHERE sequence = 6", 6, true),
      ("UPDATE tree SET nodes = CAST(nodes || zeroblob(32) AS BLOB) WHERE sequence = 8", 8, true),
      ("DELETE FROM tree WHERE sequence = 4", 4, false), ("INSERT INTO tree VALUES (5, zeroblob(32))", 12, true),
      ("INSERT INTO tree VALUES (20, zeroblob(32))", 12, true), ("DELETE FROM tree WHERE sequence = 8", 8, false),
    ] as [(String, Int64, Bool)])
  func `a changed tree is named, and no host goes on with one that lacks what comes next needs`(
    sql: String, sequence: Int64, opens: Bool
  ) async throws {
    try await withDataDirectory { directory in
      try await Self.fill(directory, 1..<12)
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      try await connection.write { try $0.execute(sql: sql) }
      try connection.close()
      let store = try SQLiteLedgerStore(reading: directory)
      #expect(try await store.verify(against: nil).problem?.sequence == sequence)
      await store.close()
      if opens || sequence != 8 { return }
      // Of eleven entries the next one needs what the eighth and the tenth completed.
      let error = #expect(throws: StoreError.self) { try SQLiteLedgerStore(directory: directory) }
      #expect(error?.code == .corrupt)
    }
  }
}
