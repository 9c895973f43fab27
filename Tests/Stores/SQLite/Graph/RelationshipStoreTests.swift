import Foundation
import StoreSQLite
import Testing
import TrustGraph

/// What every store of relationships must do, and what the one on a disk must do besides.
struct RelationshipStoreTests {
  enum Driver: CaseIterable { case memory, sqlite }

  final class Folder {
    let path = NSTemporaryDirectory() + "graph-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func store(_ driver: Driver) throws -> any RelationshipStore {
      switch driver {
      case .memory: MemoryRelationshipStore()
      case .sqlite: try SQLiteRelationshipStore(directory: path)
      }
    }
  }

  private static func rows() throws -> [Relationship] {
    [
      try Relationship("ada", "bea", trust: 99.94, strength: 12.5, lastInteraction: "2026-01-02"),
      try Relationship("Zoë", "ada", trust: nil), try Relationship("bea", "Zoë", trust: 0.1 + 0.2),
    ]
  }

  /// Stores what `rows` add to the snapshot that is stored, and gives the new one.
  private static func add(_ rows: [Relationship], to store: any RelationshipStore) throws -> TrustSnapshot {
    let before = try store.load().snapshot
    let next = before.applying(rows)
    if let change = next.change(since: before, by: rows) { try store.save(change) }
    return next
  }

  @Test(arguments: Driver.allCases) func `what was stored comes back bit by bit`(driver: Driver) throws {
    let folder = Folder()
    let store = try folder.store(driver)
    defer { store.close() }
    #expect(try store.load().snapshot.nodeCount == 0)
    let snapshot = try Self.add(try Self.rows(), to: store)
    let loaded = try store.load().snapshot
    #expect(loaded.version == snapshot.version)
    #expect((0..<3).map(loaded.name(of:)) == (0..<3).map(snapshot.name(of:)))
    for row in try Self.rows() {
      let found = try #require(loaded.relationship(row.citizen1, row.citizen2))
      #expect(found.trust == row.trust && found.strength == row.strength)
      #expect(found.lastInteraction == row.lastInteraction)
    }
  }

  @Test(arguments: Driver.allCases) func `a later meeting replaces a relationship`(driver: Driver) throws {
    let folder = Folder()
    let store = try folder.store(driver)
    defer { store.close() }
    _ = try Self.add(try Self.rows(), to: store)
    let newer = try Relationship("bea", "ada", trust: 10, lastInteraction: "2026-02-01")
    _ = try Self.add([newer], to: store)
    let loaded = try store.load()
    #expect(loaded.relationships.count == 3)
    #expect(loaded.snapshot.relationship("ada", "bea")?.trust == 10)
  }

  @Test(arguments: Driver.allCases) func `a change that doesn't follow is refused whole`(driver: Driver) throws {
    let folder = Folder()
    let store = try folder.store(driver)
    defer { store.close() }
    _ = try Self.add(try Self.rows(), to: store)
    let stale = SnapshotChange(from: 1, to: 9, citizens: ["carlo"], relationships: [])
    #expect(throws: GraphError.self) { try store.save(stale) }
    let unknown = SnapshotChange(
      from: try store.load().version, to: 9, citizens: ["carlo"],
      relationships: [try Relationship("carlo", "nobody", trust: 1)])
    #expect(throws: GraphError.self) { try store.save(unknown) }
    #expect(try store.load().citizens.contains("carlo") == false)
  }

  @Test func `relationships outlive the process that stored them`() throws {
    let folder = Folder()
    let first = try folder.store(.sqlite)
    let snapshot = try Self.add(try Self.rows(), to: first)
    first.close()
    let second = try folder.store(.sqlite)
    defer { second.close() }
    let loaded = try second.load().snapshot
    #expect(loaded.version == snapshot.version)
    #expect(loaded.relationship("ada", "bea")?.trust == 99.94)
  }

  @Test func `a directory that can't be made is said so`() throws {
    let error = #expect(throws: GraphError.self) { try SQLiteRelationshipStore(directory: "/dev/null/graph") }
    #expect(error?.code == .storage)
    #expect(error?.message.contains("/dev/null/graph") == true)
  }
}
