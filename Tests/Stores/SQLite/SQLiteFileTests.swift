import Citizens
import Commerce
import Core
import Foundation
import GRDB
import StoreSQLite
import Testing
import TrustGraph

/// What stores in files must do besides: outlive the process, be their owner's alone, say what is wrong.
struct SQLiteFileTests {
  private let folder = StoreFolder()

  private func id(_ number: UInt64) -> Identifier {
    Identifier(milliseconds: 1_700_000_000_000, random: (0, number))
  }

  private func payment(_ number: UInt64, intent: String? = nil) throws -> Payment {
    let ducats = try #require(Amount(text: "1.00 DUC/2"))
    var payment = Payment(
      PaymentOrder(payment: id(number), citizen: "alice", level: 0.5, wanted: .custom(ducats: ducats)), now: 10)
    payment.intent = intent
    return payment
  }

  @Test func `sessions outlast the process`() async throws {
    let session = Session(id: id(1), citizen: "alice", key: [1, 2, 3], expiry: 1_000_000)
    let first = try SQLiteSessionStore(directory: folder.path)
    try await first.begin(
      session, refresh: [1], access: IssuedAccessToken(identity: id(2), expiry: 9), limit: 5, now: 0)
    _ = try await first.rotate([1], to: [2], access: IssuedAccessToken(identity: id(3), expiry: 9), limit: 5, now: 5)
    await first.close()
    let second = try SQLiteSessionStore(directory: folder.path)
    var refreshed = session
    refreshed.refreshes = 1
    #expect(try await second.state(ofRefresh: [1], now: 5) == .reused(refreshed))
    #expect(try await second.state(ofRefresh: [2], now: 5) == .current(refreshed))
    await second.close()
  }

  @Test func `relationships outlive the process that stored them, and can be read beside it`() async throws {
    let row = try Relationship("ada", "bea", trust: 99.94)
    let first = try SQLiteRelationshipStore(directory: folder.path)
    let change = try #require(
      TrustSnapshot().applying([row]).change(since: TrustSnapshot(), by: [row]))
    try await first.save(change)
    let beside = try SQLiteRelationshipStore(reading: folder.path)
    #expect(try await beside.load().snapshot.relationship("ada", "bea")?.trust == 99.94)
    let refused = await #expect(throws: StoreError.self) { try await beside.save(change) }
    #expect(refused?.code == .closed)
    await beside.close()
    await first.close()
    let second = try SQLiteRelationshipStore(directory: folder.path)
    #expect(try await second.load().version == change.to)
    await second.close()
  }

  @Test func `a claim ends with the process, what was claimed doesn't`() async throws {
    let first = try SQLitePaymentStore(directory: folder.path)
    _ = try await first.insert(try payment(1))
    #expect(try await first.claim(.payment(id(1)), for: WorkClaim(owner: id(8), until: .max), at: 10))
    await first.close()
    let second = try SQLitePaymentStore(directory: folder.path)
    #expect(try await second.payment(id(1))?.revision == 1)
    #expect(try await second.claim(.payment(id(1)), for: WorkClaim(owner: id(9), until: .max), at: 10))
    await second.close()
  }

  @Test func `what many write at a time is all there, and one that fails fails alone`() async throws {
    let store = try SQLitePaymentStore(directory: folder.path)
    // Every third brings the intent of the first: a name that may stand once.
    let payments = try (0..<90 as Range<UInt64>).map { number in
      try payment(number, intent: number % 3 == 0 ? "pi_shared" : "pi_\(number)")
    }
    let written = await withTaskGroup(of: Identifier?.self) { group in
      for payment in payments {
        group.addTask {
          do { _ = try await store.insert(payment) } catch { return nil }
          return payment.id
        }
      }
      return await group.reduce(into: Set<Identifier>()) { all, id in if let id { all.insert(id) } }
    }
    #expect(written.count == 61)
    for payment in payments { #expect((try await store.payment(payment.id) != nil) == written.contains(payment.id)) }
    await store.close()
    let again = try SQLitePaymentStore(directory: folder.path)
    #expect(try await again.unfinished(until: 10, after: nil, limit: 100).count == 61)
    await again.close()
  }

  @Test func `a store says that its file doesn't take writes, until it takes one again`() async throws {
    let store = try SQLiteSessionStore(directory: folder.path)
    func begin(_ number: UInt64) async throws {
      let access = IssuedAccessToken(identity: id(100 + number), expiry: 9)
      let session = Session(id: id(number), citizen: "alice", key: [1], expiry: 1_000_000)
      try await store.begin(session, refresh: [UInt8(number)], access: access, limit: 5, now: 0)
    }
    try await begin(1)
    #expect(store.writeProblem == nil)
    var holding = Configuration()
    holding.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.path + "/sessions.sqlite", configuration: holding)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    let refused = await #expect(throws: StoreError.self) { try await begin(2) }
    #expect(refused?.code == .locked)
    #expect(store.writeProblem == .locked)
    // Reading goes on, and says nothing about writing.
    #expect(try await store.count(now: 5) == 1)
    #expect(store.writeProblem == .locked)
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    // Nothing is written for a token that nobody has.
    _ = try await store.rotate(
      [9], to: [10], access: IssuedAccessToken(identity: id(9), expiry: 9), limit: 5, now: 5)
    #expect(store.writeProblem == .locked)
    try await begin(3)
    #expect(store.writeProblem == nil)
    try other.close()
    await store.close()
  }

  @Test func `what a caller made of a name is no fault of the store's file`() async throws {
    let store = try SQLitePaymentStore(directory: folder.path)
    _ = try await store.insert(try payment(1, intent: "pi_shared"))
    await #expect(throws: StoreError.self) { _ = try await store.insert(try payment(2, intent: "pi_shared")) }
    #expect(store.writeProblem == nil)
    await store.close()
  }

  @Test func `files are their owner's alone, also those that earlier versions made`() async throws {
    let store = try SQLiteRelationshipStore(directory: folder.path)
    #expect(try folder.rights() == 0o700)
    #expect(try folder.rights("graph.sqlite") == 0o600)
    await store.close()
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path + "/graph.sqlite")
    let again = try SQLiteRelationshipStore(directory: folder.path)
    #expect(try folder.rights("graph.sqlite") == 0o600)
    for name in ["graph.sqlite-wal", "graph.sqlite-shm"] { #expect(try folder.rights(name) == 0o600) }
    await again.close()
  }

  @Test func `a directory that can't be made is said so, with its name`() throws {
    let attempts: [() throws -> Void] = [
      { _ = try SQLiteRelationshipStore(directory: "/dev/null/store") },
      { _ = try SQLiteSessionStore(directory: "/dev/null/store") },
      { _ = try SQLitePaymentStore(directory: "/dev/null/store") },
    ]
    for attempt in attempts {
      let error = #expect(throws: StoreError.self) { try attempt() }
      #expect(error?.code == .io)
      #expect(error?.message.contains("/dev/null/store") == true)
    }
    let missing = #expect(throws: StoreError.self) { try SQLiteRelationshipStore(reading: folder.path) }
    #expect(missing?.code == .io && missing?.message.contains(folder.path) == true)
  }

  @Test func `what a later version wrote is left to it, and what is no database is damaged`() async throws {
    let store = try SQLiteSessionStore(directory: folder.path)
    await store.close()
    let path = folder.path + "/sessions.sqlite"
    let file = try DatabaseQueue(path: path)
    try await file.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999')") }
    try file.close()
    let later = #expect(throws: StoreError.self) { try SQLiteSessionStore(directory: folder.path) }
    #expect(later?.code == .unsupportedVersion && later?.message.contains(path) == true)

    for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
    try Data(repeating: 7, count: 4096).write(to: URL(filePath: path))
    let damaged = #expect(throws: StoreError.self) { try SQLiteSessionStore(directory: folder.path) }
    #expect(damaged?.code == .corrupt)
  }

  @Test func `after its end a store says that it is closed`() async throws {
    let store = try SQLitePaymentStore(directory: folder.path)
    await store.close()
    await store.close()
    let payment = try payment(1)
    let error = await #expect(throws: StoreError.self) { _ = try await store.insert(payment) }
    #expect(error?.code == .closed)
  }
}
