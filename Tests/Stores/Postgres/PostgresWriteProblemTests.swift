internal import Citizens
internal import Commerce
internal import Core
internal import DatabaseServers
internal import StoreConformance
internal import StorePostgres
internal import Testing
internal import Tokens
internal import TrustGraph

/// Stores on PostgreSQL say that it doesn't take what they write, until it takes something again.
struct PostgresWriteProblemTests {
  private let server: PostgresServer
  private let address: PostgresAddress
  private let database: String

  init() throws {
    server = try PostgresServer.shared.get()
    let url = try server.newDatabase()
    address = try PostgresAddress(url)
    database = String(url.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
  }

  /// From now on, or not any more, nothing comes into the table, as on a full disk.
  private func fill(_ table: String, _ isFull: Bool) throws {
    try server.execute(
      isFull
        ? """
        CREATE FUNCTION cascade.no_room() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT ON cascade.\(table) EXECUTE FUNCTION cascade.no_room()
        """ : "DROP FUNCTION cascade.no_room() CASCADE", in: database)
  }

  @Test func `sessions that can't be written are told until one is`() async throws {
    let store = try PostgresSessionStore(address)
    func begin(_ number: UInt64) async throws {
      let access = IssuedAccessToken(identity: id(100 + number), expiry: 9)
      let session = Session(id: id(number), citizen: "alice", key: [1], expiry: 1_000_000)
      try await store.begin(session, refresh: [UInt8(number)], access: access, limit: 5, now: 0)
    }
    try await begin(1)
    #expect(store.writeProblem == nil)
    try fill("session", true)
    let refused = await #expect(throws: StoreError.self) { try await begin(2) }
    #expect(refused?.code == .full)
    #expect(store.writeProblem == .full)
    // Reading goes on, and says nothing about writing.
    #expect(try await store.count(now: 5) == 1)
    #expect(store.writeProblem == .full)
    try fill("session", false)
    // Nothing is written for a token that nobody has.
    let access = IssuedAccessToken(identity: id(9), expiry: 9)
    _ = try await store.rotate([9], to: [10], access: access, limit: 5, now: 5)
    #expect(store.writeProblem == .full)
    try await begin(3)
    #expect(store.writeProblem == nil)
    await store.close()
  }

  @Test func `the graph that can't be written is told until it is, and a change that came too late is no fault`()
    async throws
  {
    let store = try PostgresRelationshipStore(address)
    var version = try await store.load().version
    func add(_ name: String) async throws {
      try await store.save(SnapshotChange(from: version, to: version + 1, citizens: [name]))
      version += 1
    }
    try await add("ada")
    try fill("citizen", true)
    let refused = await #expect(throws: StoreError.self) { try await add("bea") }
    #expect(refused?.code == .full)
    #expect(store.writeProblem == .full)
    try fill("citizen", false)
    try await add("bea")
    #expect(store.writeProblem == nil)
    let late = await #expect(throws: StoreError.self) {
      try await store.save(SnapshotChange(from: version + 7, to: version + 8, citizens: ["carl"]))
    }
    #expect(late?.code == .conflict)
    #expect(store.writeProblem == nil)
    await store.close()
  }

  @Test func `payments that can't be written are told until one is, and an intent that another has is no fault`()
    async throws
  {
    let store = try PostgresPaymentStore(address)
    func insert(_ number: UInt64, intent: String? = nil) async throws {
      let ducats = try #require(Amount(text: "5.00 DUC/2"))
      let order = PaymentOrder(payment: id(number), citizen: "c\(number)", level: 0.25, wanted: .custom(ducats: ducats))
      var payment = Payment(order, now: 10)
      payment.intent = intent
      _ = try await store.insert(payment)
    }
    try await insert(1, intent: "pi_shared")
    try await insert(2)
    var second = try #require(try await store.payment(id(2)))
    second.intent = "pi_shared"
    let taken = second
    await #expect(throws: StoreError.self) { _ = try await store.update(taken, ifRevision: 1, credit: nil) }
    #expect(store.writeProblem == nil)
    try fill("payment", true)
    await #expect(throws: StoreError.self) { try await insert(3) }
    #expect(store.writeProblem == .full)
    try fill("payment", false)
    try await insert(3)
    #expect(store.writeProblem == nil)
    await store.close()
  }

  @Test func `a server that went away is told, and not any more once it took a write`() async throws {
    let server = try PostgresServer()
    let store = try PostgresRelationshipStore(PostgresAddress(server.newDatabase()))
    let version = try await store.load().version
    let change = SnapshotChange(from: version, to: version + 1, citizens: ["ada"])
    server.process?.stop()
    await #expect(throws: StoreError.self) { try await store.save(change) }
    #expect(store.writeProblem == .io)
    try server.start()
    try await store.save(change)
    #expect(store.writeProblem == nil)
    await store.close()
    server.process?.stop()
  }
}
