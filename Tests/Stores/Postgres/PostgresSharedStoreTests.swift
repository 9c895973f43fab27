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

  @Test func `what one host does with payments another finds, also when an older transaction ends later`()
    async throws
  {
    let server = try PostgresServer.shared.get()
    let text = try server.newDatabase()
    let address = try PostgresAddress(text)
    let (one, other) = (try PostgresPaymentStore(address), try PostgresPaymentStore(address))
    let first = try await inserted(1, one)
    var (payments, position): ([Payment], Int64) = try await other.changes(since: nil)
    // From now on.
    #expect(payments.isEmpty)
    (payments, position) = try await other.changes(since: position)
    let repeated = payments.filter { $0 != first }
    #expect(repeated.isEmpty)

    let database = String(text.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    try server.execute("CREATE TABLE may_end (now boolean)", in: database)
    let slow = Task.detached {
      try server.execute(
        """
        BEGIN; UPDATE cascade.payment SET revision = 2, changed = pg_current_xact_id()::text::bigint;
        SELECT pg_advisory_xact_lock(1);
        DO $$ BEGIN FOR look IN 1..6000 LOOP EXIT WHEN EXISTS (SELECT FROM may_end); PERFORM pg_sleep(0.01); END LOOP;
        END $$; COMMIT
        """, in: database)
    }
    // Until it holds its lock; this fails while it doesn't.
    let isUnderWay = """
      DO $$ BEGIN ASSERT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND l.objid = 1 AND d.datname = current_database()); END $$
      """
    for _ in 0..<500 {
      if (try? server.execute(isUnderWay, in: database)) != nil { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    let second = try await inserted(2, one)
    (payments, position) = try await other.changes(since: position)
    #expect(payments.filter { $0 != first } == [second])
    try server.execute("INSERT INTO may_end VALUES (true)", in: database)
    try await slow.value
    (payments, position) = try await other.changes(since: position)
    #expect(payments.map(\.revision) == [2, 1] && payments.map(\.id) == [first.id, second.id])
    // Once no transaction of before is under way there is nothing more, whatever others on the server do.
    for _ in 0..<500 where !payments.isEmpty {
      try await Task.sleep(for: .milliseconds(10))
      (payments, position) = try await other.changes(since: position)
    }
    #expect(payments.isEmpty)
    await one.close()
    await other.close()
  }

  @Test func `more payments than are asked for at once are found in the order of their transactions`() async throws {
    let server = try PostgresServer.shared.get()
    let text = try server.newDatabase()
    let store = try PostgresPaymentStore(try PostgresAddress(text))
    let position = try await store.changes(since: nil).transaction
    let first = try await inserted(1, store)
    let database = String(text.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    // Of one transaction, with the ids in another order than those of the rows.
    try server.execute(
      """
      INSERT INTO cascade.payment (id, body, is_unfinished, updated, citizen, revision, changed)
      SELECT ('018bcfe5-6800-7000-9000-' || lpad(to_hex(5000 - n), 12, '0'))::uuid,
        convert_to(replace(convert_from(body, 'UTF8'), id::text,
          '018bcfe5-6800-7000-9000-' || lpad(to_hex(5000 - n), 12, '0')), 'UTF8'),
        true, 1, citizen, 1, pg_current_xact_id()::text::bigint
      FROM cascade.payment, generate_series(1, 2500) AS n
      """, in: database)
    let found = try await store.changes(since: position).payments
    #expect(found.count == 2501 && Set(found.map(\.id)).count == 2501 && found.first == first)
    #expect(found.dropFirst().map(\.id) == found.dropFirst().map(\.id).sorted())
    await store.close()
  }

  private func inserted(_ number: UInt64, _ store: PostgresPaymentStore) async throws -> Payment {
    let order = PaymentOrder(
      payment: id(number), citizen: "c\(number)", level: 0.25,
      wanted: .custom(ducats: try #require(Amount(text: "5.00 DUC/2"))))
    guard case .inserted(let payment) = try await store.insert(Payment(order, now: 10)) else {
      throw StoreError(.conflict, "the payment \(number) is there")
    }
    return payment
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
