import Commerce
import Core
import Foundation
import StoreSQLite
import Testing
import TrustGraph

/// The number by which an older copy of a store's file is told from the newest.
struct StoreAgeTests {
  private let folder = StoreFolder()

  private func copy(_ name: String, to other: String) throws {
    let target = folder.path + "/" + other
    if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
    try FileManager.default.copyItem(atPath: folder.path + "/" + name, toPath: target)
  }

  private func row(_ number: Int) throws -> SnapshotChange {
    let row = try Relationship("ada\(number)", "bea\(number)", trust: 50)
    return try #require(TrustSnapshot().applying([row]).change(since: TrustSnapshot(), by: [row]))
  }

  private func save(_ number: Int, _ store: SQLiteRelationshipStore) async throws {
    var change = try row(number)
    let version = try await store.load().version
    (change.from, change.to) = (version, version + 1)
    try await store.save(change)
  }

  private var age: StoreAge? { StoreAge.read(.graph, in: folder.path) }

  @Test func `it goes up with each opening and after each change, and stays while nothing is written`() async throws {
    #expect(age == nil)
    let first = try SQLiteRelationshipStore(directory: folder.path)
    #expect(try await first.raisedAge()?.content == 1)
    #expect(try await first.raisedAge()?.content == 1)
    try await save(1, first)
    #expect(age?.content == 1, "it is raised when somebody asks, not with each write")
    #expect(try await first.raisedAge()?.content == 2)
    // What a killed host leaves: the number is in the log of writes, and not yet in the file.
    #expect(age?.content == 2)
    #expect((age?.file ?? 2) < 2)
    try await save(2, first)
    await first.close()
    #expect(age == StoreAge(content: 3, file: 3), "what was written last is seen from it, too")
    let second = try SQLiteRelationshipStore(directory: folder.path)
    #expect(try await second.raisedAge()?.content == 4)
    await second.close()
    #expect(age == StoreAge(content: 4, file: 4))
  }

  @Test func `an older file and a file without its log of writes are older, the same one isn't`() async throws {
    let first = try SQLiteRelationshipStore(directory: folder.path)
    await first.close()
    try copy("graph.sqlite", to: "early")
    let second = try SQLiteRelationshipStore(directory: folder.path)
    try await save(1, second)
    let noted = try #require(try await second.raisedAge())
    #expect(age?.follows(noted) == true)
    // As after a kill, of which the copy is all that is left.
    let copied = StoreFolder()
    try FileManager.default.createDirectory(atPath: copied.path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: folder.path + "/graph.sqlite", toPath: copied.path + "/graph.sqlite")
    #expect(StoreAge.read(.graph, in: copied.path)?.follows(noted) == false, "its log of writes is gone")
    await second.close()
    #expect(age?.follows(noted) == true)
    try copy("early", to: "graph.sqlite")
    #expect(age?.follows(noted) == false)
  }

  @Test func `an older file under a newer log of writes is older, though readers see the newest number`() {
    let noted = StoreAge(content: 9, file: 7)
    #expect(!StoreAge(content: 9, file: 5).follows(noted))
    #expect(!StoreAge(content: 8, file: 7).follows(noted))
    #expect(StoreAge(content: 9, file: 9).follows(noted))
    #expect(noted.follows(noted))
  }

  @Test func `a file that can't be read has no age, and says nothing else here`() throws {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try Data(repeating: 7, count: 8192).write(to: URL(filePath: folder.path + "/payments.sqlite"))
    #expect(StoreAge.read(.payments, in: folder.path) == nil)
    #expect(StoreAge.read(.sessions, in: folder.path) == nil)
  }

  @Test func `payments and sessions carry it, too, and a store that is only read doesn't raise it`() async throws {
    let payments = try SQLitePaymentStore(directory: folder.path)
    let sessions = try SQLiteSessionStore(directory: folder.path)
    #expect(try await payments.raisedAge()?.content == 1)
    #expect(try await sessions.raisedAge()?.content == 1)
    await payments.close()
    await sessions.close()
    let graph = try SQLiteRelationshipStore(directory: folder.path)
    await graph.close()
    let reading = try SQLiteRelationshipStore(reading: folder.path)
    _ = try await reading.load()
    await reading.close()
    #expect(age == StoreAge(content: 1, file: 1))
  }
}
