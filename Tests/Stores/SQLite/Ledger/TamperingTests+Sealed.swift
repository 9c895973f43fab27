internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

/// What somebody changes who knows the form of the chain, and what stands beside it.
extension TamperingTests {
  /// The first bad sequence after `meddle` had its way with a filled ledger.
  private func firstBad(
    withCheckpoint: Bool = true, after more: (SQLiteLedgerStore) async throws -> Void = { _ in },
    _ meddle: @Sendable @escaping (Database) throws -> Void
  ) async throws -> Int64? {
    var found: Int64?
    try await withDataDirectory { directory in
      let checkpoint = try await fill(directory)
      let writer = try SQLiteLedgerStore(directory: directory)
      try await more(writer)
      await writer.close()
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      try await connection.write(meddle)
      try connection.close()
      let store = try SQLiteLedgerStore(reading: directory)
      found = try await store.verify(against: withCheckpoint ? checkpoint : nil).problem?.sequence
      await store.close()
    }
    return found
  }

  private static func canonical(_ sequence: Int64, in database: Database) throws -> [UInt8] {
    let sql = "SELECT canonical FROM entries WHERE sequence = ?"
    return Array(try #require(try Data.fetchOne(database, sql: sql, arguments: [sequence])))
  }

  private static func seal(_ entry: Entry, after previous: [UInt8], in database: Database) throws {
    let bytes = entry.canonicalBytes(after: previous)
    try database.execute(
      sql: "UPDATE entries SET canonical = ?, hash = ? WHERE sequence = ?",
      arguments: [Data(bytes), Data(Entry.hash(bytes)), entry.sequence])
  }

  @Test(arguments: [1, 4, 7, 8, 9] as [Int64])
  func `an entry that was changed and sealed again is named, not the one after it`(sequence: Int64) async throws {
    let bad = try await firstBad { database in
      let decoded = try #require(Entry.decode(try Self.canonical(sequence, in: database)))
      var entry = decoded.entry
      entry.reference = "changed"
      try Self.seal(entry, after: decoded.previous, in: database)
    }
    #expect(bad == sequence)
  }

  @Test func `an entry that was given another one to follow is named itself`() async throws {
    let bad = try await firstBad { database in
      let (entry, _) = try #require(Entry.decode(try Self.canonical(5, in: database)))
      try Self.seal(entry, after: [UInt8](repeating: 7, count: 32), in: database)
    }
    #expect(bad == 5)
  }

  @Test func `an inserted entry that fits into the chain is named`() async throws {
    let bad = try await firstBad { database in
      let decoded = try #require(Entry.decode(try Self.canonical(3, in: database)))
      var entry = decoded.entry
      entry.id = id(77)
      entry.reference = "inserted"
      let bytes = entry.canonicalBytes(after: decoded.previous)
      try database.execute(
        sql: """
          UPDATE entries SET sequence = -sequence WHERE sequence > 2;
          UPDATE entries SET sequence = 1 - sequence WHERE sequence < 0;
          """)
      try database.execute(
        sql: """
          INSERT INTO entries SELECT 3, ?, NULL, NULL, ?, ?, balances FROM entries WHERE sequence = 4
          """, arguments: [Data(id(77).bytes), Data(bytes), Data(Entry.hash(bytes))])
    }
    #expect(bad == 3)
  }

  @Test func `a cut tail shows without a checkpoint where the accounts were left`() async throws {
    #expect(
      try await firstBad(withCheckpoint: false) { try $0.execute(sql: "DELETE FROM entries WHERE sequence > 6") } == 7)
  }

  @Test func `of several changed accounts the one that was touched first is named`() async throws {
    let bad = try await firstBad { database in
      try database.execute(sql: "UPDATE accounts SET credits_posted = credits_posted + 1 WHERE key IN ('bob', 'carol')")
    }
    #expect(bad == 6)
    let later = try await firstBad { try $0.execute(sql: "UPDATE accounts SET version = 1 << 40 WHERE key = 'carol'") }
    #expect(later == 6)
  }

  @Test(
    arguments: [
      ("DELETE FROM open_holds", 10), ("INSERT INTO open_holds SELECT id FROM entries WHERE sequence = 7", 8),
      ("INSERT INTO open_holds VALUES (randomblob(16))", 12),
    ] as [(String, Int64)])
  func `a hold that is missing or stands open again is named by its entry`(sql: String, sequence: Int64) async throws {
    let bad = try await firstBad(
      after: { store in
        _ = try await store.send(
          .pending(id(9), from: account("alice"), to: account("bob"), ducats(10)),
          .posted(id(10), from: account("alice"), to: account("bob"), ducats(10)))
      }, { try $0.execute(sql: sql) })
    #expect(bad == sequence)
  }
}
