import Core
import Decisions
import Glibc
import LoggedLines
import Logging
@testable import Server
import Testing

/// Clients that send a byte now and then, or hold connections that they don't use.
struct SlowRequestTests {
  /// A port of either kind, and how to ask it for something plain.
  private struct Port: Sendable {
    var number: Int
    var ask: String
    var body: String
  }

  /// Both ports, on which heads and bodies are soon late and silence never is.
  private func bothPorts(
    bytesPerSecond: Int = 1_000_000, _ body: @Sendable @escaping (Port) throws -> Void
  ) async throws {
    var patience = PatienceLimits()
    patience.head = .milliseconds(150)
    patience.body = .milliseconds(150)
    patience.bytesPerSecond = bytesPerSecond
    var limits = DecisionPortLimits()
    limits.patience = patience
    var apiLimits = APILimits()
    apiLimits.patience = patience
    let asked = apiLimits
    let token = OperatorFixture()
    try await DecisionPortFixture.serving(limits: limits, token: token) { decisions in
      try await token.serving(FakeHost(), limits: asked) { api in
        let ports = [
          Port(
            number: decisions.port, ask: Ask.double(1),
            body: Ask.head("POST", "/v1/decisions/probe.double", ["Content-Length: 40"])),
          Port(
            number: api, ask: Ask.head("GET", "/health/live", []),
            body: Ask.head("POST", "/v1/rulebook", ["Content-Length: 40"])),
        ]
        for port in ports { try await ClientThreads.run { try body(port) } }
      }
    }
  }

  /// Sends a byte, again and again, until the port has closed; what it said.
  private static func drip(_ client: DecisionPortClient, _ bytes: String) throws -> DecisionPortClient.Response {
    for byte in bytes.utf8 {
      // The port may be through with it.
      if (try? client.send([byte])) == nil { break }
      usleep(20_000)
    }
    return try client.response()
  }

  @Test func `a head that comes byte by byte is late, on both ports`() async throws {
    try await bothPorts { port in
      let client = try DecisionPortClient(port: port.number)
      let response = try Self.drip(client, "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: aaaaaaaaaaaaaaaaaa")
      #expect((response.status, response.code) == (408, "request_timeout"))
      #expect(client.isClosed())
    }
  }

  @Test func `the head of a second request is late, too`() async throws {
    try await bothPorts { port in
      let client = try DecisionPortClient(port: port.number)
      #expect(try client.ask(port.ask).status == 200)
      let response = try Self.drip(client, "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: aaaaaaaaaaaaaaaaaa")
      #expect((response.status, response.code) == (408, "request_timeout"))
      #expect(client.isClosed())
    }
  }

  @Test func `a body that comes byte by byte, or not at all, is late`() async throws {
    try await bothPorts { port in
      for bytes in ["", String(repeating: "x", count: 39)] {
        let client = try DecisionPortClient(port: port.number)
        try client.send(port.body)
        let response = try Self.drip(client, bytes)
        #expect((response.status, response.code) == (408, "request_timeout"), "\(bytes.utf8.count)")
        #expect(client.isClosed())
      }
    }
  }

  @Test func `a body that comes slowly but at its rate is no late one`() async throws {
    try await bothPorts(bytesPerSecond: 1) { port in
      let client = try DecisionPortClient(port: port.number)
      // Each byte earns a second.
      try client.send(port.body.replacing("40", with: "20"))
      let response = try Self.drip(client, #"{"input":{"value":1}"#)
      #expect(response.status != 408)
    }
  }

  @Test func `who says nothing between requests isn't late`() async throws {
    try await bothPorts { port in
      let client = try DecisionPortClient(port: port.number)
      for _ in 1...3 {
        #expect(try client.ask(port.ask).status == 200)
        usleep(300_000)
      }
    }
  }

  @Test func `a batch may wait between its lines, but not within one`() async throws {
    var limits = DecisionPortLimits()
    limits.patience.body = .milliseconds(150)
    limits.patience.bytesPerSecond = 1_000_000
    let head = Ask.head(
      "POST", "/v1/decisions/probe.double", ["Content-Type: application/x-ndjson", "Transfer-Encoding: chunked"])
    try await DecisionPortFixture.serving(limits: limits) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(head)
        for _ in 1...3 {
          try client.send("c\r\n{\"value\":11}\r\n1\r\n\n\r\n")
          usleep(300_000)
        }
        try client.send("0\r\n\r\n")
        #expect(try client.response().lines.count == 3)
      }
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(head + "c\r\n{\"value\":11}\r\n1\r\n\n\r\n")
        for _ in 1...50 where (try? client.send("1\r\n \r\n")) != nil { usleep(20_000) }
        let answers = String(decoding: (try? client.rest()) ?? [], as: UTF8.self)
        #expect(!answers.hasSuffix("0\r\n\r\n"))
      }
    }
  }

  @Test func `when all places are taken, health checks and operators are still answered`() async throws {
    var limits = DecisionPortLimits()
    (limits.connections.total, limits.connections.reserve) = (5, 2)
    var apiLimits = APILimits()
    (apiLimits.connections.total, apiLimits.connections.reserve) = (5, 2)
    let asked = apiLimits
    let token = OperatorFixture()
    try await DecisionPortFixture.serving(limits: limits, token: token) { decisions in
      try await token.serving(FakeHost(), limits: asked) { api in
        try await ClientThreads.run {
          let bearer = ["Authorization: Bearer \(token.secret)"]
          try Self.fill(
            decisions.port, anybody: Ask.double(1), health: Ask.head("GET", "/health", []),
            operators: Ask.decision("probe.double", #"{"input":{"value":1}}"#, bearer))
          try Self.fill(
            api, anybody: Ask.head("GET", "/openapi.json", []), health: Ask.head("GET", "/health/ready", []),
            operators: Ask.head("GET", "/openapi.json", bearer))
        }
      }
    }
  }

  private static func fill(_ port: Int, anybody: String, health: String, operators: String) throws {
    let clients = try (1...3).map { _ in try DecisionPortClient(port: port) }
    for client in clients { #expect(try client.ask(anybody).status == 200) }
    let reserved = try DecisionPortClient(port: port)
    #expect(try reserved.ask(health).status == 200)
    #expect(try reserved.ask(operators).status == 200)
    let other = try DecisionPortClient(port: port)
    let refused = try other.ask(anybody)
    #expect((refused.status, refused.code) == (503, "too_many_connections"))
    #expect(refused.field("retry-after") == "1")
    let last = try DecisionPortClient(port: port)
    #expect(try last.response().status == 503)
    for client in clients { #expect(try client.ask(anybody).status == 200) }
  }

  @Test func `a connection on the reserve has little time for its first head`() async throws {
    var limits = APILimits()
    (limits.connections.total, limits.connections.reserve) = (3, 2)
    limits.patience.reservedHead = .milliseconds(100)
    try await OperatorFixture().serving(FakeHost(), limits: limits) { port in
      try await ClientThreads.run {
        let first = try DecisionPortClient(port: port)
        #expect(try first.ask(Ask.head("GET", "/health", [])).status == 200)
        let silent = try DecisionPortClient(port: port)
        let response = try silent.response()
        #expect((response.status, response.code) == (408, "request_timeout"))
        #expect(silent.isClosed())
      }
    }
  }
}
