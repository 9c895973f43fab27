internal import Core
internal import DatabaseServers
internal import Decisions
internal import Foundation
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct PostgresDecisionLogTests {
  @Test(arguments: DecisionLogConformance.cases)
  func `logs of decisions in PostgreSQL keep the promise`(_ promise: StoreCase<any DecisionLog>) async throws {
    let store = try PostgresDecisionLog(newDatabase())
    try await promise.run(store)
    await store.close()
  }

  @Test func `a week of days has its room before it comes, with an index that summarises itself`() async throws {
    let server = try PostgresServer.shared.get()
    let text = try server.newDatabase()
    let store = try PostgresDecisionLog(PostgresAddress(text))
    try await store.makeDays(from: 1_764_000_000_000)
    try await store.makeDays(from: 1_764_000_000_000)
    let database = String(text.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    // psql fails where the check does.
    try server.execute(
      """
      DO $$ BEGIN
        ASSERT (SELECT count(*) FROM pg_inherits WHERE inhparent = 'cascade.decision_log'::regclass) = 8;
        ASSERT (SELECT count(*) FROM pg_class WHERE relkind = 'i' AND 'autosummarize=on' = ANY(reloptions)) = 8;
      END $$
      """, in: database)
    await store.close()
  }

  /// A host's records, and what stores them for all.
  private struct Shipped {
    let directory = NSTemporaryDirectory() + "shipping-" + UUID().uuidString
    let address: PostgresAddress
    let store: PostgresDecisionLog

    init() throws {
      address = try newDatabase()
      store = try PostgresDecisionLog(address)
    }

    func open() async throws -> RecordLog {
      var limits = RecordLimits()
      limits.segmentBytes = 20_000
      let anchors = try await RecordShipper.anchors(
        RecordAnchors(), in: store, host: "one", directory: directory)
      return try RecordLog(directory: directory, anchors: anchors, limits: limits)
    }

    func write(_ numbers: ClosedRange<Int>, to log: RecordLog) async throws {
      for number in numbers {
        var record = RecordedDecision(
          id: Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | UInt64(number)), point: "a.b", generation: 1,
          digest: "",
          input: ["citizen": .string("c\(number % 7)"), "padding": .string(String(repeating: "x", count: 300))])
        record.timeMilliseconds = 1_764_000_000_000
        #expect(await log.append(record))
      }
    }

    /// Rounds until everything is stored.
    func ship(_ log: RecordLog) async throws -> Int64 {
      let shipper = RecordShipper(log, to: store, host: "one")
      var count: Int64 = 0
      while true {
        let round = try await shipper.round()
        #expect(round.faults.isEmpty)
        count += round.shipped
        if !round.isUnfinished { return count }
      }
    }

    /// Segments that are left of the log of what no lane decides.
    var segments: Set<String> {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/effects")) ?? []
      return Set(names.map { String($0.prefix { $0.isNumber }) })
    }

    func end() async {
      await store.close()
      try? FileManager.default.removeItem(atPath: directory)
    }
  }

  @Test func `records are shipped in order, once each, and their files go when all of them is stored`() async throws {
    let shipped = try Shipped()
    var log = try await shipped.open()
    try await shipped.write(1...300, to: log)
    #expect(try await shipped.ship(log) == 300)
    #expect(try await shipped.ship(log) == 0)
    var whole = LogVerification()
    whole.records = 300
    #expect(try await shipped.store.verify("one/effects", after: nil) == whole)
    #expect(shipped.segments.count <= 2)
    // The next run of the host goes on where it was.
    await log.close()
    log = try await shipped.open()
    #expect(log.count == 300)
    try await shipped.write(301...500, to: log)
    #expect(try await shipped.ship(log) == 200)
    whole.records = 500
    #expect(try await shipped.store.verify("one/effects", after: nil) == whole)
    #expect(try await shipped.store.page(before: nil, subject: nil, limit: 1_000).count == 500)
    await log.close()
    await shipped.end()
  }

  @Test func `a host that ends between storing and removing loses nothing and stores nothing twice`() async throws {
    let shipped = try Shipped()
    var log = try await shipped.open()
    try await shipped.write(1...200, to: log)
    // The store has it, and nobody was told.
    let failing = FailingLog(store: shipped.store)
    await #expect(throws: StoreError.self) { try await RecordShipper(log, to: failing, host: "one").round() }
    await log.close()
    log = try await shipped.open()
    #expect(log.count == 200)
    _ = try await shipped.ship(log)
    #expect(log.count == 200)
    #expect(try await shipped.store.verify("one/effects", after: nil).records == 200)
    #expect(try await shipped.store.page(before: nil, subject: nil, limit: 1_000).count == 200)
    await log.close()
    await shipped.end()
  }

  @Test func `the room of days that are gone goes, and comes back for a record that is late`() async throws {
    let server = try PostgresServer.shared.get()
    let text = try server.newDatabase()
    let address = try PostgresAddress(text)
    let (store, other) = (try PostgresDecisionLog(address), try PostgresDecisionLog(address))
    let (start, day): (Int64, Int64) = (1_764_000_000_000, 86_400_000)
    try await store.makeDays(from: start)
    func append(_ number: Int, at milliseconds: Int64, to log: String, _ store: PostgresDecisionLog) async throws {
      let before = try await store.end(of: log)
      let piece = DecisionLogConformance.piece([number], after: before, milliseconds: milliseconds)
      try await store.append(piece.records, to: log, after: before, end: piece.end)
    }
    for number in 0..<3 { try await append(number, at: start + Int64(number) * day, to: "one/0", store) }
    try await append(10, at: start, to: "two/0", other)

    let anchor = try await store.old("one/0", after: nil, before: start + 2 * day)
    #expect(anchor?.last == 2)
    try await store.remove("one/0", through: 2)
    try await store.removeDays(before: start + 2 * day)
    let database = String(text.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    func hasParts(_ count: Int) throws {
      // psql fails where the check does.
      try server.execute(
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_inherits WHERE inhparent = 'cascade.decision_log'::regclass) = "
          + "\(count); END $$", in: database)
    }
    // The second host has a record of the first day.
    try hasParts(7)
    #expect(try await store.page(before: nil, subject: nil, limit: 9).count == 2)
    try await store.remove("two/0", through: 1)
    try await store.removeDays(before: start + 2 * day)
    try hasParts(6)
    // This one takes the day's room to be there until it has tried.
    await #expect(throws: StoreError.self) { try await append(11, at: start, to: "two/0", other) }
    try await append(11, at: start, to: "two/0", other)
    try hasParts(7)
    #expect(try await store.entry(DecisionLogConformance.id(11)) != nil)
    await store.close()
    await other.close()
  }

  @Test func `two hosts of one name don't write one log`() async throws {
    let (first, second) = (try Shipped(), try Shipped())
    let log = try await first.open()
    try await first.write(1...10, to: log)
    _ = try await first.ship(log)
    let other = try await second.open()
    try await second.write(11...40, to: other)
    let round = try await RecordShipper(other, to: first.store, host: "one").round()
    #expect(round.shipped == 0 && round.faults.isEmpty == false)
    #expect(try await first.store.verify("one/effects", after: nil).records == 10)
    await log.close()
    await other.close()
    await first.end()
    await second.end()
  }
}

/// Stores what it is given, and says that it failed.
private struct FailingLog: DecisionLog {
  let store: PostgresDecisionLog

  func append(
    _ records: [LoggedRecord], to log: String, after before: LogEnd, end: LogEnd
  ) async throws(StoreError) {
    try await store.append(records, to: log, after: before, end: end)
    throw StoreError(.io, "the connection is gone")
  }
  func end(of log: String) async throws(StoreError) -> LogEnd { try await store.end(of: log) }
  func logs() async throws(StoreError) -> [String] { try await store.logs() }
  func entry(_ id: Identifier) async throws(StoreError) -> [UInt8]? { try await store.entry(id) }
  func page(
    before id: Identifier?, subject: UInt32?, limit: Int
  ) async throws(StoreError) -> [LoggedRecord] { try await store.page(before: id, subject: subject, limit: limit) }
  func hash(of log: String, at sequence: Int64) async throws(StoreError) -> [UInt8]? {
    try await store.hash(of: log, at: sequence)
  }
  func verify(_ log: String, after anchor: RecordAnchor?) async throws(StoreError) -> LogVerification {
    try await store.verify(log, after: anchor)
  }
  func old(
    _ log: String, after anchor: RecordAnchor?, before milliseconds: Int64
  ) async throws(StoreError) -> RecordAnchor? { try await store.old(log, after: anchor, before: milliseconds) }
  func remove(_ log: String, through sequence: Int64) async throws(StoreError) {
    try await store.remove(log, through: sequence)
  }
}
