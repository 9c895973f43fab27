import Core
import Decisions
import Glibc
import NIOCore
import Synchronization
import Testing

@testable import Server

/// How connections begin and end, and how the port does.
struct DecisionPortLifeTests {
  @Test func `a connection over the limit is told to come back, and there is room again later`() async throws {
    var limits = DecisionPortLimits()
    (limits.connections.total, limits.connections.reserve) = (3, 0)
    try await DecisionPortFixture.serving(limits: limits) { port in
      try await ClientThreads.run {
        do {
          let clients = try (1...3).map { _ in try port.client() }
          for client in clients { #expect(try client.ask(Ask.double(1)).status == 200) }
          for _ in 1...5 {
            let client = try port.client()
            // It may have spoken already.
            try client.send(Ask.double(1))
            let response = try client.response()
            #expect((response.status, response.code) == (503, "too_many_connections"))
            #expect(response.field("retry-after") == "1")
            #expect(client.isClosed())
          }
          for client in clients { #expect(try client.ask(Ask.double(1)).status == 200) }
        }
        // Closing takes effect when the loop hears of it.
        var status = 503
        for _ in 1...10_000 where status == 503 { status = try port.client().ask(Ask.double(1)).status }
        #expect(status == 200)
      }
    }
  }

  @Test func `a silent connection is closed; one that owes a body is told`() async throws {
    var limits = DecisionPortLimits()
    limits.idle = .milliseconds(50)
    try await DecisionPortFixture.serving(limits: limits) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        #expect(try client.ask(Ask.double(1)).status == 200)
        #expect(client.isClosed())
      }
      try await port.talking { (client: DecisionPortClient) throws -> Void in #expect(client.isClosed()) }
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", ["Content-Length: 10"]) + "{")
        let response = try client.response()
        #expect((response.status, response.code) == (408, "request_timeout"))
        #expect(client.isClosed())
      }
    }
  }

  @Test func `a stop closes idle connections and lets accepted requests finish`() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    let effects = FakeEffects(gate: gates)
    let (begun, stopped) = (StoppedFlag(), StoppedFlag())
    // A busy machine may take long to come to each of them; how long they have is for other tests.
    var limits = DecisionPortLimits()
    (limits.shutdown, limits.patience.body) = (.seconds(120), .seconds(120))
    try await DecisionPortFixture.serving(limits: limits, effects: effects) { port in
      async let idle = port.talking { client throws in
        #expect(try client.ask(Ask.double(1)).status == 200)
        return client.isClosed()
      }
      async let half = port.talking { client throws in
        // One answer, so that the connection is the port's before the stop.
        #expect(try client.ask(Ask.double(1)).status == 200)
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", ["Content-Length: 21"]) + "{")
        begun.isSet.store(true, ordering: .releasing)
        while !stopped.isSet.load(ordering: .acquiring) { usleep(1000) }
        let response = try client.ask(#""input":{"value":8}}"# + " ")
        return (response, client.isClosed())
      }
      async let paid = port.talking { client throws in
        let fields = [
          "Authorization: Bearer \(port.token.secret)", "Idempotency-Key: 018bcfe5-6800-7000-8000-00000000000a",
        ]
        let response = try client.ask(
          Ask.decision("probe.pay", #"{"input":{"from":"citizen:somebody","amount":"1.00 USD/2"}}"#, fields))
        return (response, client.isClosed())
      }
      async let batch = port.talking { client throws in
        let lines = String(repeating: #"{"turns":20000}"# + "\n", count: 200)
        try client.send(Ask.batch("probe.work", lines))
        while !stopped.isSet.load(ordering: .acquiring) { usleep(1000) }
        return (try client.response(), client.isClosed())
      }
      try await port.talking { _ throws in
        while effects.asked.withLock({ $0.isEmpty }) || !begun.isSet.load(ordering: .acquiring) { usleep(1000) }
        for _ in 1...20 { #expect(try port.client().ask(Ask.double(1)).status == 200) }
      }
      await port.stop()
      // New ones find nobody; then the commit comes.
      try await ClientThreads.run { while (try? port.client()) != nil {} }
      // When the idle one is closed, the others are about to be told, too: as soon as their loops come to it.
      #expect(try await idle)
      for place in port.lanes.places + port.lanes.places { try await place.loop.submit {}.get() }
      stopped.isSet.store(true, ordering: .releasing)
      gate.yield()
      let (answer, answerIsLast) = try await half
      #expect(answer.json["result"]?["value"] == 16)
      #expect(answer.field("connection") == "close")
      #expect(answerIsLast)
      let (payment, paymentIsLast) = try await paid
      #expect(payment.status == 200)
      #expect(paymentIsLast)
      let (lines, linesAreLast) = try await batch
      #expect(lines.lines.count == 200)
      #expect(lines.lines.allSatisfy { $0["result"] != nil })
      #expect(linesAreLast)
    }
  }

  @Test func `who never finishes doesn't hold the stop for ever`() async throws {
    var limits = DecisionPortLimits()
    limits.shutdown = .milliseconds(50)
    try await DecisionPortFixture.serving(limits: limits) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", ["Content-Length: 10"]) + "{")
        for _ in 1...4 { #expect(try port.client().ask(Ask.double(1)).status == 200) }
      }
    }
  }

  @Test func `a probe of health may append a query, and a decision may not`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        #expect(try client.ask(Ask.head("GET", "/health?probe=1", [])).status == 200)
        let odd = try client.ask(Ask.decision("probe.double?x=1", #"{"input":{"value":1}}"#))
        #expect(odd.status == 422)
      }
    }
  }

  @Test func `a client that leaves in the middle breaks nothing`() async throws {
    try await DecisionPortFixture.serving { port in
      try await ClientThreads.run {
        let requests = [
          "", "GET", Ask.double(1), String(Ask.double(1).dropLast(3)),
          Ask.batch("probe.work", String(repeating: #"{"turns":50000}"# + "\n", count: 100)),
          Ask.decision("probe.text", #"{"input":{"length":900000}}"#),
        ]
        for turn in 0..<60 { try port.client().send(requests[turn % requests.count]) }
        let client = try port.client()
        for value in 1...20 { #expect(try client.ask(Ask.double(value)).status == 200) }
      }
    }
  }
}

/// Tells clients that the port has been stopped.
private final class StoppedFlag: Sendable {
  let isSet = Atomic(false)
}
