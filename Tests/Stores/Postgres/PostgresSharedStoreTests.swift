internal import Citizens
internal import Commerce
internal import Core
internal import Cryptography
internal import DatabaseServers
internal import StoreConformance
internal import StorePostgres
internal import Testing
internal import Tokens

/// The stores of sessions, payments and keys in PostgreSQL keep the promises of their ports.
struct PostgresSharedStoreTests {
  @Test(arguments: SessionConformance.cases)
  func `sessions in PostgreSQL keep the promise`(_ promise: StoreCase<any SessionStore>) async throws {
    let store = try PostgresSessionStore(newDatabase())
    try await promise.run(store)
    await store.close()
  }

  @Test(arguments: PaymentConformance.cases)
  func `payments in PostgreSQL keep the promise`(_ promise: StoreCase<any PaymentStore>) async throws {
    let store = try PostgresPaymentStore(newDatabase())
    try await promise.run(store)
    await store.close()
  }

  @Test(arguments: KeyConformance.cases)
  func `keys in PostgreSQL keep the promise`(_ promise: StoreCase<any KeyStore>) async throws {
    let store = try PostgresKeyStore(newDatabase(), key: key(1))
    try await promise.run(store)
    store.close()
  }

  @Test func `what one host rotates, another knows`() async throws {
    let address = try newDatabase()
    let (one, other) = (try PostgresSessionStore(address), try PostgresSessionStore(address))
    let session = Session(id: id(1), citizen: "a", key: [1], expiry: 1_000)
    let first = IssuedAccessToken(identity: id(2), expiry: 9)
    try await one.begin(session, refresh: [1], access: first, limit: 9, now: 0)
    let access = IssuedAccessToken(identity: id(3), expiry: 9)
    #expect(try await other.rotate([1], to: [2], access: access, limit: 9, now: 0) == .current(session))
    guard case .reused = try await one.rotate([1], to: [3], access: access, limit: 9, now: 0) else {
      Issue.record("a token was used at two hosts")
      return
    }
    #expect(try await one.end(session.id, now: 0).count == 2)
    #expect(try await other.session(given: id(3)) == nil)
    await one.close()
    await other.close()
  }

  @Test func `of two hosts that change one revision of a payment one wins`() async throws {
    let address = try newDatabase()
    let hosts = (try PostgresPaymentStore(address), try PostgresPaymentStore(address))
    let claims = (1...2).map { WorkClaim(owner: id(UInt64($0)), until: 100) }
    #expect(try await hosts.0.claim(.round, for: claims[0], at: 0))
    #expect(try await !hosts.1.claim(.round, for: claims[1], at: 99))
    #expect(try await hosts.1.claim(.round, for: claims[1], at: 100))
    await hosts.0.close()
    await hosts.1.close()
  }

  @Test func `a key in PostgreSQL is read by no host with another key, and by nobody who reads the database`() throws {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let store = try PostgresKeyStore(PostgresAddress(address), key: key(1))
    try store.change(.ring) { _ in Array("a secret that stays one".utf8) }
    let error = #expect(throws: StoreError.self) { try PostgresKeyStore(PostgresAddress(address), key: key(2)) }
    #expect(error?.message.contains("--key-encryption-key-file") == true)
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    #expect(throws: (any Error).self) {
      // Fails when it divides by zero: no row has the secret in it.
      try server.execute(
        "SELECT 1 / count(*) FROM cascade.key_document WHERE position('stays one'::bytea IN sealed) > 0", in: database)
    }
    // What is sealed as one document is none in another's place.
    try server.execute(
      "INSERT INTO cascade.key_document SELECT 'note', 1, sealed FROM cascade.key_document", in: database)
    #expect(throws: TokenError.self) { try store.read(.note) }
    store.close()
  }

  @Test func `keys are reached again after the server was away`() throws {
    let server = try PostgresServer()
    let store = try PostgresKeyStore(PostgresAddress(server.newDatabase()), key: key(1))
    try store.append([1], to: .revoked)
    server.process?.stop()
    #expect(throws: TokenError.self) { try store.read(.revoked) }
    #expect(store.version(of: .revoked) == nil)
    try server.start()
    #expect(try store.read(.revoked) == [1])
    store.close()
    server.process?.stop()
  }

  private func key(_ byte: UInt8) throws -> SealingKey {
    try #require(SealingKey(Secret([UInt8](repeating: byte, count: 32))))
  }
}
