import Core
import Decisions
import HTTPTypes
import Ledger
import Testing

@testable import Server

/// `/v1/stream`, and the logs behind it.
struct StreamRouteTests {
  private static func api(_ hub: StreamHub) -> APIFixture {
    let token = OperatorFixture()
    return APIFixture(
      token: token, endpoints: Endpoint.stream(hub, operators: token.guarding, authentication: nil))
  }

  /// Asks, and lets the host stop once somebody reads.
  private static func ask(
    _ hub: StreamHub, _ query: String = "", _ fields: [String: String] = [:]
  ) async throws -> Reply {
    let api = api(hub)
    async let reply = api.ask(.get, "/v1/stream" + query, api.authorization.merging(fields) { $1 })
    while !hub.hasReaders { try await Task.sleep(for: .milliseconds(2)) }
    hub.beginStop()
    return try await reply
  }

  @Test func `an operator gets the stream as events, from its first to its last`() async throws {
    let log = MemoryStreamLog()
    log.add(2)
    let hub = StreamReading.hub([log])
    let reply = try await Self.ask(hub, "?last_event_id=oldest")
    #expect(reply.status == 200)
    #expect(reply.field("content-type") == "text/event-stream")
    #expect(reply.field("cache-control") == "no-store")
    #expect(reply.field("x-accel-buffering") == "no")
    let events = reply.text.words(at: "\n").compactMap { $0.rest(behind: "event: ").map { String($0) } }
    #expect(events == ["hello", "decision", "decision", "live", "bye"])
    #expect(reply.text.begins(with: "retry: 2000\nid: "))
    #expect(!hub.hasReaders)
  }

  @Test func `lines are JSON where they are asked for, and a header's id wins`() async throws {
    let log = MemoryStreamLog()
    log.add(2)
    let hub = StreamReading.hub([log])
    let id = StreamCursor(epoch: hub.epoch, ["records": 10]).text
    let fields = ["accept": "application/x-ndjson", "last-event-id": id]
    let reply = try await Self.ask(hub, "?topics=decisions&last_event_id=oldest", fields)
    #expect(reply.field("content-type") == "application/x-ndjson")
    let lines = try reply.text.words(at: "\n").filter { !$0.isEmpty }.map { try JSON(parsing: String($0)) }
    #expect(lines.compactMap { $0["event"]?.string } == ["hello", "decision", "live", "bye"])
    // After how long to come again stands beside what is told, as it does in the other form.
    #expect(lines.first?["retry"] == 2_000)
    #expect((1_000...10_000).contains(lines.last?["retry"]?.integer ?? 0))
    #expect(lines.filter { $0["retry"] != nil }.count == 2)
  }

  @Test func `nobody reads without a token`() async throws {
    let hub = StreamReading.hub([])
    for fields in [[:], ["authorization": "Bearer x"]] {
      let reply = try await Self.api(hub).ask(.get, "/v1/stream", fields)
      #expect(reply.status == 401)
    }
    #expect(!hub.hasReaders)
  }

  @Test func `who finds no place is told when to come again`() async throws {
    let api = Self.api(StreamReading.hub([]) { $0.readers = 0 })
    let reply = try await api.ask(.get, "/v1/stream", api.authorization)
    #expect(reply.status == 503)
    #expect(reply.field("retry-after") == "5")
  }

  @Test func `a question about the head leaves no reader behind`() async throws {
    let hub = StreamReading.hub([])
    let api = Self.api(hub)
    #expect(try await api.ask(.head, "/v1/stream", api.authorization).status == 200)
    #expect(!hub.hasReaders)
  }

  @Test func `each entry of the ledger comes once, and behind the first of a decision its record`() async throws {
    let store = MemoryLedgerStore(time: TimeSource(wall: { 1_700_000_000_000_000_000 }, boot: { 0 }))
    func transfer(_ number: UInt64) throws -> LedgerEvent {
      let amount = Amount(1, try #require(Asset("DUC/2")))
      let world = try #require(AccountName("world")), citizen = try #require(AccountName("citizen:one"))
      return .posted(Identifier(high: 7, low: number), from: world, to: citizen, amount)
    }
    func record(_ number: UInt64) -> DecisionRecord {
      let id = Identifier(high: 1 << 12, low: 1 << 63 | number)
      let record = RecordedDecision(id: id, point: "sprint.spend", generation: 1, digest: "sha256:0", input: [:])
      return DecisionRecord(id: id, bytes: record.json.bytes)
    }
    func commit(_ numbers: UInt64..., record: DecisionRecord? = nil) async throws {
      let submission = Submission(
        try numbers.map { .event(try transfer($0)) }, record: record, authority: .operator,
        idempotencyKey: record?.id.description ?? "")
      _ = try await store.commit(submission)
    }
    try await commit(1)
    try await commit(2, 3, record: record(1))
    try await commit(4, record: record(2))
    try await commit(5)
    let log = LedgerStreamLog(store)
    let all = try await log.read(after: 0, limit: 100)
    #expect(all.events.map(\.name) == ["entry", "entry", "decision", "entry", "entry", "decision", "entry"])
    #expect(all.isEnd)
    #expect(try await log.bounds().end == all.next)
    for limit in 1...4 {
      for event in [0] + all.events.map(\.position) {
        var (rest, place) = ([UInt64](), event)
        while true {
          let page = try await log.read(after: place, limit: limit)
          rest += page.events.map(\.position)
          if page.isEnd { break }
          #expect(page.next > place)
          place = page.next
        }
        #expect(rest == all.events.map(\.position).filter { $0 > event }, "after \(event), \(limit) at once")
      }
    }
  }

  @Test func `a generation comes when it serves, and those nobody saw are a gap`() async throws {
    let host = FakeHost()
    let log = RulebookStreamLog(host)
    let first = UInt64(host.status.generation)
    #expect(try await log.read(after: first, limit: 10).events.isEmpty)
    _ = try await host.reload(runSpecs: false, allowRemoval: false)
    let next = try await log.read(after: first, limit: 10)
    #expect(next.events.map(\.position) == [first + 1])
    #expect(next.gap == nil)
    _ = try await host.reload(runSpecs: false, allowRemoval: false)
    let last = try await log.read(after: first, limit: 10)
    #expect(last.events.map(\.position) == [first + 2])
    #expect(last.gap?.to == first + 1)
  }
}
