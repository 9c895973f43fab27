import Core
import Foundation
import GRDB
import StoreConformance
import StoreSQLite
import Testing

/// A database that is followed from outside while it is written, and the copy that comes of it.
struct DatabaseFollowerTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "follow-\(UUID().uuidString)")
  private var source: String { folder.appending(path: "source.sqlite").path() }
  private var copy: String { folder.appending(path: "copy.sqlite").path() }

  /// A writer as the stores have one, with a table of rows.
  private func writer() throws -> DatabaseQueue {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var configuration = Configuration()
    configuration.prepareDatabase {
      try $0.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF")
    }
    let writer = try DatabaseQueue(path: source, configuration: configuration)
    try writer.write { try $0.execute(sql: "CREATE TABLE rows (id INTEGER PRIMARY KEY, text BLOB NOT NULL)") }
    return writer
  }

  private static func insert(_ count: Int, _ writer: DatabaseQueue) throws {
    for _ in 0..<count {
      try writer.write { try $0.execute(sql: "INSERT INTO rows (text) VALUES (randomblob(300))") }
    }
  }

  /// What the rows come to.
  private static func sum(_ database: Database) throws -> String {
    try String.fetchOne(
      database, sql: "SELECT count(*) || ' ' || coalesce(group_concat(hex(substr(text, 1, 4))), '') FROM rows") ?? ""
  }

  private func arrived() throws -> String {
    var configuration = Configuration()
    configuration.readonly = true
    let reader = try DatabaseQueue(path: "file:\(copy)?immutable=1", configuration: configuration)
    defer { try? reader.close() }
    return try reader.read { database in
      #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
      return try Self.sum(database)
    }
  }

  /// Brings what changed into the copy, commit by commit; how many commits those were.
  private func take(_ follower: DatabaseFollower) throws -> Int {
    let changes = try follower.changes()
    for commit in changes.commits { try commit.apply(to: copy, pageBytes: changes.pageBytes) }
    return changes.commits.count
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `whatever is written, brought into the file and begun anew, the copy has it`(seed: UInt64) throws {
    let writer = try writer()
    try DatabaseCopy.make(of: source, at: copy)
    let follower = DatabaseFollower(source, copy: copy)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: _ = try writer.writeWithoutTransaction { try $0.checkpoint(.passive) }
        case 1: try writer.write { try $0.execute(sql: "UPDATE rows SET text = randomblob(200) WHERE id % 7 = 0") }
        case 2: try writer.write { try $0.execute(sql: "DELETE FROM rows WHERE id % 5 = 0") }
        default: try Self.insert(Int.random(in: 1...20, using: &random), writer)
        }
      }
      if Int.random(in: 0..<20, using: &random) == 0 { follower.letGo() }
      _ = try take(follower)
      #expect(try arrived() == writer.read(Self.sum))
    }
    follower.letGo()
    try writer.close()
    try? FileManager.default.removeItem(at: folder)
  }

  @Test func `each commit comes alone, and nothing comes where nothing was written`() throws {
    let writer = try writer()
    try DatabaseCopy.make(of: source, at: copy)
    let follower = DatabaseFollower(source, copy: copy)
    _ = try take(follower)
    try Self.insert(5, writer)
    let changes = try follower.changes()
    #expect(changes.commits.count == 5)
    for (place, commit) in changes.commits.enumerated() {
      try commit.apply(to: copy, pageBytes: changes.pageBytes)
      #expect(try arrived().hasPrefix("\(place + 1) "))
    }
    #expect(try take(follower) == 0)
    // As one, they come to the same.
    let whole = try #require(DatabaseCommit.joined(changes.commits))
    let before = try Data(contentsOf: URL(filePath: copy))
    try whole.apply(to: copy, pageBytes: changes.pageBytes)
    #expect(try Data(contentsOf: URL(filePath: copy)) == before)
    try? FileManager.default.removeItem(at: folder)
  }

  @Test func `a reading doesn't keep the log from beginning anew for ever, and none is missed by that`() throws {
    let writer = try writer()
    try DatabaseCopy.make(of: source, at: copy)
    let follower = DatabaseFollower(source, copy: copy)
    var sizes: Set<Int> = []
    for _ in 0..<30 {
      try Self.insert(3, writer)
      _ = try take(follower)
      // All is in the file, and the follower has read it: the next commit may begin the log anew.
      _ = try writer.writeWithoutTransaction { try $0.checkpoint(.passive) }
      _ = try take(follower)
      let log = try Data(contentsOf: URL(filePath: source + "-wal"))
      sizes.insert(log.count)
      #expect(try arrived() == writer.read(Self.sum))
    }
    #expect((sizes.max() ?? 0) < 200_000, "\(sizes)")
    try? FileManager.default.removeItem(at: folder)
  }

  @Test func `a database that is gone or cut is an error, and what arrived stays`() throws {
    let writer = try writer()
    try DatabaseCopy.make(of: source, at: copy)
    let follower = DatabaseFollower(source, copy: copy)
    try Self.insert(3, writer)
    _ = try take(follower)
    let before = try arrived()
    try writer.close()
    follower.letGo()
    try Data("no database".utf8).write(to: URL(filePath: source))
    #expect(throws: StoreError.self) { try follower.changes() }
    try FileManager.default.removeItem(atPath: source)
    #expect(throws: StoreError.self) { try follower.changes() }
    #expect(try arrived() == before)
    try? FileManager.default.removeItem(at: folder)
  }
}
