import Core
import Decisions
import Foundation
import Hummingbird
import Ledger
import LuaRuntime
@testable import Server
import Testing

/// `/v1/records`.
struct RecordRouteTests {
  /// A log and a ledger with records, and a server over both.
  private final class Fixture {
    let directory = "/tmp/cascade-records-\(UUID().uuidString)"
    let store = MemoryLedgerStore(time: TimeSource(wall: { 1_700_000_000_000_000_000 }, boot: { 0 }))
    let log: RecordLog
    let api: APIFixture

    init(_ limits: RecordLimits = RecordLimits()) throws {
      log = try RecordLog(directory: directory, limits: limits)
      api = APIFixture(endpoints: Endpoint.records(DecisionRecords(ledger: store, log: log.reader)))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func keep(_ record: RecordedDecision) async throws {
      _ = try await store.commit(Submission([], record: DecisionRecord(id: record.id, bytes: record.json.bytes)))
    }

    func ask(_ query: String) async throws -> Reply {
      try await api.ask(.get, "/v1/records" + query, api.authorization)
    }

    /// The ids of all pages of `limit`, and how many pages there were.
    func walk(_ query: String, limit: Int) async throws -> (ids: [Identifier], pages: Int) {
      var (ids, pages, before) = ([Identifier](), 0, "")
      while true {
        let reply = try await ask("?limit=\(limit)\(query)\(before)")
        #expect(reply.status == 200)
        pages += 1
        let json = try JSON(parsing: reply.body, limits: RecordLimits.parsing)
        let records = json["records"]?.array ?? []
        #expect(records.count <= limit)
        ids += records.compactMap { $0["id"]?.string.flatMap { Identifier($0) } }
        guard let next = json["next"]?.string else { return (ids, pages) }
        before = "&before=\(next)"
      }
    }
  }

  private static func record(_ id: Identifier, _ point: String = "tier.assign") -> RecordedDecision {
    var record = RecordedDecision(
      id: id, point: point, generation: 1, digest: "sha256:0", input: ["social_class": "Nobili"])
    record.result = ["tier": "enterprise"]
    return record
  }

  private static func id(_ milliseconds: Int64) -> Identifier {
    Identifier(milliseconds: 1_700_000_000_000 + milliseconds, random: (0, .random(in: 0 ... .max)))
  }

  @Test func `records of the ledger and of the log come merged, the latest first, page by page`() async throws {
    var limits = RecordLimits()
    limits.segmentBytes = 4_000
    let fixture = try Fixture(limits)
    var expected: [Identifier] = []
    for number in 0..<600 as Range<Int64> {
      // Lanes hand over a little out of order, and a caller's key may be any UUID.
      let id = number % 50 == 7 ? Identifier(high: .random(in: 0 ... .max), low: 1 << 63) : Self.id(number ^ 3)
      expected.append(id)
      let record = Self.record(id, number % 3 == 0 ? "sprint.spend" : "tier.assign")
      if number % 3 == 0 { try await fixture.keep(record) } else { await fixture.log.append(record) }
    }
    expected.sort(by: >)
    for limit in [1_000, 100, 7] {
      let walk = try await fixture.walk("", limit: limit)
      #expect(walk.ids == expected)
      #expect(walk.pages <= 600 / limit + 2)
    }
    let spent = try await fixture.walk("&point=sprint.spend", limit: 50).ids
    #expect(spent.count == 200)
    #expect(spent == spent.sorted(by: >))
    #expect(try await fixture.walk("&point=sprint", limit: 50).ids == [])
    #expect(
      try await fixture.ask("?before=\(expected[9])&limit=1").json["records"]?.array?.first?["id"]?.string
        == expected[10].description)
    await fixture.log.close()
  }

  @Test func `records are asked by subject and by time, from the ledger and from the log`() async throws {
    let fixture = try Fixture()
    var expected: [Identifier] = []
    for number in 0..<40 as Range<Int64> {
      var record = Self.record(Self.id(number))
      record.subject = number % 4 == 0 ? "anna" : "bruno"
      // Before records named their subject it was the input's citizen.
      if number == 8 { (record.subject, record.input) = (nil, ["citizen": "anna"]) }
      if number % 4 == 0, number >= 20 { expected.insert(record.id, at: 0) }
      if number % 8 == 0 { try await fixture.keep(record) } else { await fixture.log.append(record) }
    }
    #expect(try await fixture.walk("&subject=anna&since=1700000000020", limit: 3).ids == expected)
    #expect(try await fixture.walk("&subject=anna", limit: 100).ids.count == 10)
    #expect(try await fixture.walk("&subject=ann", limit: 100).ids == [])
    #expect(try await fixture.walk("&since=1700000000030", limit: 4).ids.count == 10)
    await fixture.log.close()
  }

  @Test func `records are asked by how they ended, by a member and until a time`() async throws {
    let fixture = try Fixture()
    for number in 0..<40 as Range<Int64> {
      var record = Self.record(Self.id(number))
      record.result = ["tier": .string(number % 4 == 0 ? "observer" : "creator"), "usd": .integer(number)]
      if number % 10 == 3 {
        record.result = nil
        record.failure = LuaFailure(
          code: .refused, message: "no", reason: number == 3 ? "limit_exceeded" : "below_minimum")
      }
      if number == 5 { (record.result, record.failure) = (nil, LuaFailure(code: .runtime, message: "oh")) }
      if number % 3 == 0 { try await fixture.keep(record) } else { await fixture.log.append(record) }
    }
    func times(_ query: String) async throws -> [Int64] {
      try await fixture.walk(query, limit: 3).ids.map { Int64($0.high >> 16) - 1_700_000_000_000 }
    }
    #expect(try await times("&refused=true") == [33, 23, 13, 3])
    #expect(try await times("&refused=true&until=1700000000023") == [13, 3])
    #expect(try await times("&reason=limit_exceeded") == [3])
    #expect(try await times("&where=result.tier%3Dobserver&since=1700000000020") == [36, 32, 28, 24, 20])
    #expect(try await times("&where=result.usd%3D7") == [7])
    #expect(try await times("&where=error.code%3Druntime") == [5])
    #expect(try await times("&where=input.none%3D1") == [])
    #expect(try await times("&refused=false&until=1700000000003") == [2, 1, 0])
    for wrong in ["refused=yes", "until=x", "where=result", "where=.%3D1"] {
      #expect(try await fixture.ask("?" + wrong).status == 422, "\(wrong)")
    }
    let unknown = try await fixture.ask("?name=anna&%66oo&limit=3")
    #expect(unknown.status == 422)
    let detail = unknown.json["detail"]?.string ?? ""
    #expect(detail.hasPrefix("unknown query parameter 'foo', 'name'; it takes point, subject, "), "\(detail)")
    #expect(try await fixture.ask("/\(Self.id(3))?x").json["detail"]?.string?.hasSuffix("this path takes none") == true)
    await fixture.log.close()
  }

  @Test func `a record is found by its id, as it was written`() async throws {
    let fixture = try Fixture()
    let (kept, logged) = (Self.record(Self.id(1), "sprint.spend"), Self.record(Self.id(2)))
    try await fixture.keep(kept)
    await fixture.log.append(logged)
    for record in [kept, logged] {
      let reply = try await fixture.ask("/\(record.id)")
      #expect(reply.status == 200)
      #expect(reply.body == record.json.bytes)
    }
    for missing in ["\(Self.id(3))", "none"] {
      let reply = try await fixture.ask("/" + missing)
      #expect(reply.status == 404)
      #expect(reply.json["code"] == "not_found")
    }
    await fixture.log.close()
  }

  @Test func `under a key that was tried again stands what came last, and what committed before all`() async throws {
    let fixture = try Fixture()
    let key = Self.id(1)
    var failed = Self.record(key, "sprint.spend")
    failed.result = nil
    for attempt in 1...3 as ClosedRange<UInt64> {
      failed.fuel = attempt
      await fixture.log.append(failed)
      #expect(try await fixture.ask("/\(key)").json["fuel"] == .integer(Int64(attempt)))
      #expect(try await fixture.ask("").json["records"]?.array?.map { $0["fuel"] } == [.integer(Int64(attempt))])
    }
    try await fixture.keep(Self.record(key, "sprint.spend"))
    #expect(try await fixture.ask("/\(key)").json["result"] == ["tier": "enterprise"])
    #expect(try await fixture.ask("").json["records"]?.array?.count == 1)
    await fixture.log.close()
  }

  @Test func `only an operator sees records`() async throws {
    let fixture = try Fixture()
    for path in ["/v1/records", "/v1/records/\(Self.id(1))"] {
      let reply = try await fixture.api.ask(.get, path)
      #expect(reply.status == 401)
      #expect(reply.json["code"] == "unauthorized")
    }
    await fixture.log.close()
  }

  @Test(arguments: ["limit=0", "limit=1001", "limit=x", "limit=", "before=7", "before=", "since=x", "since=-1"])
  func `what can't be asked is named`(query: String) async throws {
    let fixture = try Fixture()
    let reply = try await fixture.ask("?" + query)
    #expect(reply.status == 422)
    #expect(reply.json["code"] == "invalid_input")
    #expect(reply.json["detail"]?.string?.hasPrefix(query.prefix { $0 != "=" }) == true)
    await fixture.log.close()
  }

  @Test func `a damaged record is unavailable, and the answer doesn't say where it lies`() async throws {
    let fixture = try Fixture()
    let id = Self.id(1)
    await fixture.log.append(Self.record(id))
    try Data(repeating: 0xFF, count: 300).write(to: URL(filePath: fixture.directory + "/effects/000000000001.records"))
    let reply = try await fixture.ask("/\(id)")
    #expect(reply.status == 503)
    #expect(reply.json["code"] == "unavailable")
    #expect(!reply.text.contains(fixture.directory))
    // A page goes on without what can't be read.
    #expect(try await fixture.ask("").json["records"] == [])
    await fixture.log.close()
  }

  @Test func `a page ends when it is large`() async throws {
    let fixture = try Fixture()
    for number in 0..<8 as Range<Int64> {
      var record = Self.record(Self.id(number))
      record.input = .string(String(repeating: "x", count: 1 << 20))
      await fixture.log.append(record)
    }
    let walk = try await fixture.walk("", limit: 100)
    #expect(walk.ids.count == 8)
    #expect(walk.pages > 1)
    await fixture.log.close()
  }
}
