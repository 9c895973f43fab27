import Citizens
import Core
import Foundation
import StoreSQLite
import Testing

/// What every store of sessions must do.
struct SessionStoreTests {
  enum Driver: CaseIterable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { self == .memory ? "memory" : "SQLite" }

    /// A store, and how to open it again.
    func make(_ folder: Folder) throws -> any SessionStore {
      self == .memory ? MemorySessionStore() : try SQLiteSessionStore(directory: folder.path)
    }
  }

  /// A folder that goes away with the test.
  final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "sessions-\(UUID().uuidString)").path()
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder = Folder()

  private func id(_ number: UInt64) -> Identifier { Identifier(high: 1, low: number) }

  private func session(_ number: UInt64, _ citizen: String = "alice", expiry: Int64 = 1_000_000) -> Session {
    Session(id: id(number), citizen: citizen, key: [1, 2, 3], expiry: expiry)
  }

  private func access(_ number: UInt64, expiry: Int64 = 1800) -> GivenAccess {
    GivenAccess(identity: id(number), expiry: expiry)
  }

  private func begin(_ store: any SessionStore, _ session: Session, _ digest: [UInt8], limit: Int = 5) async throws {
    let access = GivenAccess(identity: id(session.id.low + 100), expiry: 1800)
    try await store.begin(session, refresh: digest, access: access, limit: limit, now: 0)
  }

  @Test(arguments: Driver.allCases)
  func `the newest token is current, those before are reused, others unknown`(driver: Driver) async throws {
    let store = try driver.make(folder)
    try await begin(store, session(1), [1])
    #expect(try await store.state(ofRefresh: [1], now: 0) == .current(session(1)))
    #expect(try await store.state(ofRefresh: [9], now: 0) == .unknown)
    #expect(try await store.rotate([1], to: [2], access: access(2), limit: 9, now: 5) == .current(session(1)))
    #expect(try await store.rotate([1], to: [3], access: access(3), limit: 9, now: 5) == .reused(session(1)))
    #expect(try await store.state(ofRefresh: [2], now: 5) == .current(session(1)))
    #expect(try await store.state(ofRefresh: [3], now: 5) == .unknown, "what lost was not kept")
    #expect(try await store.state(ofRefresh: [2], now: 1_000_000) == .unknown, "over")
  }

  @Test(arguments: Driver.allCases)
  func `of many that refresh with one token at the same time one wins`(driver: Driver) async throws {
    let store = try driver.make(folder)
    try await begin(store, session(1), [1])
    let given = (0..<20).map { access(UInt64($0) + 500) }
    let outcomes = try await withThrowingTaskGroup(of: RefreshState.self) { group in
      for (index, access) in given.enumerated() {
        group.addTask { try await store.rotate([1], to: [7, UInt8(index)], access: access, limit: 99, now: 0) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .current(session(1)) } == 1)
    #expect(outcomes.count { $0 == .reused(session(1)) } == 19)
  }

  @Test(arguments: Driver.allCases)
  func `an ended session gives the access tokens that still hold`(driver: Driver) async throws {
    let store = try driver.make(folder)
    try await begin(store, session(1), [1])
    try await begin(store, session(2), [2])
    _ = try await store.rotate([1], to: [3], access: access(7, expiry: 3000), limit: 9, now: 5)
    #expect(try await store.session(given: id(7)) == session(1))
    #expect(try await store.session(given: id(101)) == session(1))
    #expect(try await store.session(given: id(99)) == nil)
    #expect(try await Set(store.end(id(1), now: 0)) == [access(101), access(7, expiry: 3000)])
    #expect(try await store.end(id(1), now: 0).isEmpty)
    for digest: [UInt8] in [[1], [3]] { #expect(try await store.state(ofRefresh: digest, now: 0) == .unknown) }
    #expect(try await store.session(given: id(7)) == nil)
    #expect(try await store.state(ofRefresh: [2], now: 0) == .current(session(2)))
    #expect(try await store.end(id(2), now: 1_800_000).isEmpty, "what has expired needs no revoking")
  }

  @Test(arguments: Driver.allCases)
  func `a citizen's oldest session makes way, another citizen's doesn't`(driver: Driver) async throws {
    let store = try driver.make(folder)
    try await begin(store, session(50, "bob"), [50], limit: 3)
    for number: UInt64 in 1...5 { try await begin(store, session(number), [UInt8(number)], limit: 3) }
    var open: [UInt8] = []
    for digest: UInt8 in [1, 2, 3, 4, 5, 50] where try await store.state(ofRefresh: [digest], now: 0) != .unknown {
      open.append(digest)
    }
    #expect(open == [3, 4, 5, 50])
  }

  @Test(arguments: Driver.allCases)
  func `a session refreshed too often is unknown`(driver: Driver) async throws {
    let store = try driver.make(folder)
    try await begin(store, session(1), [0])
    for number: UInt8 in 0..<3 {
      let state = try await store.rotate([number], to: [number + 1], access: access(UInt64(number)), limit: 3, now: 0)
      #expect(state == .current(session(1)))
    }
    #expect(try await store.rotate([3], to: [4], access: access(9), limit: 3, now: 0) == .unknown)
  }

  @Test func `sessions outlast the process, and their file is their owner's alone`() async throws {
    var store = try SQLiteSessionStore(directory: folder.path)
    try await begin(store, session(1), [1])
    _ = try await store.rotate([1], to: [2], access: access(2), limit: 9, now: 5)
    store.close()
    store = try SQLiteSessionStore(directory: folder.path)
    #expect(try await store.state(ofRefresh: [1], now: 5) == .reused(session(1)))
    #expect(try await store.state(ofRefresh: [2], now: 5) == .current(session(1)))
    let file = try FileManager.default.attributesOfItem(atPath: folder.path + "/sessions.sqlite")
    #expect((file[.posixPermissions] as? NSNumber)?.intValue == 0o600)
  }
}
