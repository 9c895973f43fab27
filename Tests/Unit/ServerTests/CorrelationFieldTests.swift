import Core
import Decisions
import Foundation
import Hummingbird
import LoggedLines
@testable import Server
import Synchronization
import Testing

/// `X-Request-Id` and `traceparent`, in and out, on both ports.
struct CorrelationFieldTests {
  private static let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  private static let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
  private static let brought = ["X-Request-Id: mine.7", "traceparent: \(sampled)"]

  // MARK: The API port

  @Test(arguments: ["/health", "/nothing/here", "/v1/decisions/none.such"])
  func `each answer of the API names its request`(path: String) async throws {
    let api = APIFixture()
    let made = try await api.ask(.get, path)
    let id = try #require(made.field("x-request-id").flatMap { RequestID($0) })
    #expect(made.field("traceparent") == nil)
    #expect(try await api.ask(.get, path).field("x-request-id") != id.description)
    let taken = try await api.ask(.get, path, ["x-request-id": "mine.7", "traceparent": Self.sampled])
    #expect(taken.field("x-request-id") == "mine.7")
    #expect(taken.field("traceparent") == Self.unsampled, "an anonymous caller doesn't say what is sampled")
    #expect(taken.status == made.status)
  }

  @Test(arguments: ["", " ", "a b", "ünïcode", "<script>", String(repeating: "x", count: 65)])
  func `an id of another form is replaced`(id: String) async throws {
    let reply = try await APIFixture().ask(.get, "/health", ["x-request-id": id])
    let made = try #require(reply.field("x-request-id"))
    #expect(made != id && RequestID(made) != nil && reply.status == 200)
  }

  @Test(arguments: [sampled + "-more", sampled.uppercased(), "01" + sampled.dropFirst(2), "nonsense"])
  func `a trace of another form is dropped, and so is what comes beside one`(trace: String) async throws {
    let fields = ["traceparent": trace, "tracestate": "a=1", "baggage": "b=2"]
    let reply = try await APIFixture().ask(.get, "/health", fields)
    #expect(reply.status == 200)
    for name in fields.keys { #expect(reply.field(name) == nil) }
  }

  @Test func `an operator says what is sampled`() async throws {
    let api = APIFixture()
    let fields = api.authorization.merging(["traceparent": Self.sampled]) { $1 }
    #expect(try await api.ask(.post, "/v1/rulebook", fields).field("traceparent") == Self.sampled)
    let refused = ["authorization": "Bearer no.such.token", "traceparent": Self.sampled]
    #expect(try await api.ask(.post, "/v1/rulebook", refused).field("traceparent") == Self.unsampled)
  }

  @Test func `handlers know the request they serve`() async throws {
    let seen = Mutex<[String]>([])
    let endpoint = Endpoint(
      .get, "/v1/probe", name: "probe", summary: "-", answer: Endpoint.Answer("-", schema: [:], example: [:])
    ) { _, _ in
      seen.withLock { $0.append(Correlation.current?.id?.description ?? "none") }
      return Response(json: [:])
    }
    let reply = try await APIFixture(endpoints: [endpoint]).ask(.get, "/v1/probe", ["x-request-id": "probe-1"])
    #expect(reply.status == 200 && seen.withLock { $0 } == ["probe-1"])
  }

  @Test func `each request is a line of the access log, where there is one, and its query isn't`() async throws {
    let lines = LogLines()
    let api = APIFixture(accessLog: lines.logger)
    _ = try await api.ask(.get, "/health?secret=1", peer: "192.0.2.7")
    _ = try await api.ask(.get, "/nothing", peer: "192.0.2.7")
    #expect(lines.all == ["info: GET /health 200", "info: GET /nothing 404"])
  }

  // MARK: The decision port

  @Test func `a decision's answer names the request when the request does`() async throws {
    try await DecisionPortFixture.serving(effects: FakeEffects()) { port in
      try await port.talking { client in
        let plain = try client.ask(Ask.double(1))
        #expect(plain.status == 200 && plain.field("x-request-id") == nil && plain.field("traceparent") == nil)
        let requests = [
          Ask.double(2, Self.brought), Ask.batch("probe.double", "{\"value\":1}", Self.brought),
          Ask.decision("none.such", "{}", Self.brought), Ask.get("/health", Self.brought),
          Ask.get("/nothing", Self.brought),
        ]
        for request in requests {
          let answer = try client.ask(request)
          #expect(
            answer.field("x-request-id") == "mine.7" && answer.field("traceparent") == Self.unsampled, "\(answer)")
        }
        let after = try client.ask(Ask.double(3))
        #expect(after.status == 200 && after.field("x-request-id") == nil, "the request before is over")
      }
    }
  }

  @Test func `ids of another form, and two of them, are replaced by one`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { client in
        for fields in [["X-Request-Id: a b"], ["X-Request-Id: a", "X-Request-Id: b"], ["x-request-id:"]] {
          let answer = try client.ask(Ask.double(1, fields))
          let id = try #require(answer.field("x-request-id"))
          #expect(answer.status == 200 && RequestID(id) != nil && id.count == 36, "\(id)")
        }
        let twice = try client.ask(Ask.double(1, ["traceparent: \(Self.sampled)", "traceparent: \(Self.sampled)"]))
        #expect(twice.status == 200 && twice.field("traceparent") == nil && twice.field("x-request-id") == nil)
      }
    }
  }

  @Test func `what is committed knows the request, and an operator's trace is sampled`() async throws {
    let effects = FakeEffects()
    try await DecisionPortFixture.serving(effects: effects) { port in
      try await port.talking { client in
        let fields = Self.brought + [port.bearer, "Idempotency-Key: 018bcfe5-6800-7000-8000-000000000001"]
        let answer = try client.ask(Ask.decision("probe.pay", #"{"input":{}}"#, fields))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.field("traceparent") == Self.sampled && answer.field("x-request-id") == "mine.7")
      }
    }
    let asked = try #require(effects.asked.withLock { $0.first })
    #expect(asked.request?.description == "mine.7" && asked.trace?.description == Self.sampled)
  }

  @Test func `a request with a token gets an id, whether the token is good or not`() async throws {
    let effects = FakeEffects()
    try await DecisionPortFixture.serving(effects: effects) { port in
      try await port.talking { client in
        let key = "Idempotency-Key: 018bcfe5-6800-7000-8000-000000000002"
        let paid = try client.ask(Ask.decision("probe.pay", #"{"input":{}}"#, [port.bearer, key]))
        let id = try #require(paid.field("x-request-id"))
        #expect(paid.status == 200 && id.count == 36 && paid.field("traceparent") == nil)
        #expect(effects.asked.withLock { $0.first?.request?.description } == id)
        let bad = ["Authorization: Bearer e30.e30.e30", key]
        let refused = try client.ask(Ask.decision("probe.pay", #"{"input":{}}"#, bad))
        let other = try #require(refused.field("x-request-id"))
        #expect(refused.status == 401 && other.count == 36 && other != id)
        #expect(try client.ask(Ask.double(3)).field("x-request-id") == nil, "the request before is over")
      }
    }
  }

  @Test func `a record holds id and trace of the request that brought them, and nothing else`() async throws {
    let directory = "/tmp/cascade-port-correlation-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let log = try RecordLog(directory: directory)
    try await DecisionPortFixture.serving(records: RecordKeeping(.all, in: log)) { port in
      try await port.talking { client in
        _ = try client.ask(Ask.double(1))
        _ = try client.ask(Ask.double(2, Self.brought))
        _ = try client.ask(Ask.batch("probe.double", "{\"value\":3}", [Self.brought[0]]))
      }
    }
    var records: [String: JSON] = [:]
    _ = try log.reader.verify { bytes throws(StoreError) in
      let bytes = Array(bytes)
      let record = RecordedDecision(bytes: bytes)
      // The same bytes come out as went in: both ways to print a record are one.
      #expect(record?.json.bytes == bytes)
      records[record?.input["value"]?.text ?? "none"] = record?.json
    }
    await log.close()
    #expect(records.count == 3)
    #expect(records["1"]?["request"] == nil && records["1"]?["trace"] == nil)
    #expect(records["2"]?["request"] == "mine.7" && records["2"]?["trace"] == .string(Self.unsampled))
    #expect(records["3"]?["request"] == "mine.7" && records["3"]?["trace"] == nil)
  }
}
