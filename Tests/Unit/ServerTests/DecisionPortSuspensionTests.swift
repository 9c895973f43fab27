import Core
import Decisions
import Governance
@testable import Server
import Testing

/// What an emergency refuses at the decision port.
struct DecisionPortSuspensionTests {
  private func suspension(_ points: Set<ExactText>, isEverything: Bool = false) -> Suspension {
    var suspension = Suspension()
    suspension.points = points
    suspension.isEverything = isEverything
    return suspension
  }

  @Test func `a suspended decision is refused for as long as the emergency lasts, others are made`() async throws {
    let gate = SuspensionGate()
    try await DecisionPortFixture.serving(gate: gate) { port in
      let batch = Ask.batch("probe.double", "{\"value\":1}\n{\"value\":2}\n")
      func statuses() async throws -> [Int] {
        try await port.talking { client throws in
          let others = Ask.decision("probe.markers", #"{"input":{}}"#)
          return [try client.ask(Ask.double(4)).status, try client.ask(batch).status, try client.ask(others).status]
        }
      }
      #expect(try await statuses() == [200, 200, 200])
      gate.apply(suspension(["probe.double"]))
      #expect(try await statuses() == [503, 503, 200])
      let problem = try await port.talking { client throws in try client.ask(Ask.double(4)) }
      #expect(problem.code == "suspended")
      #expect(problem.json["detail"] == "an emergency suspends 'probe.double'")
      gate.apply(Suspension())
      #expect(try await statuses() == [200, 200, 200])
    }
  }

  @Test func `whatever has effects is refused when all of it is suspended, or nobody confirms the rules`() async throws
  {
    let gate = SuspensionGate()
    let effects = FakeEffects()
    try await DecisionPortFixture.serving(effects: effects, gate: gate) { port in
      func statuses() async throws -> [Int] {
        try await port.talking { client throws in
          let body = #"{"input":{"from":"citizen:anna","amount":"1 DUC/2"}}"#
          let key = "Idempotency-Key: 0190a5b0-0000-7000-8000-000000000001"
          return [
            try client.ask(Ask.decision("probe.pay", body, [key, port.bearer])).status,
            try client.ask(Ask.double(4)).status,
          ]
        }
      }
      let before = try await statuses()
      #expect(before == [200, 200])
      gate.apply(suspension([], isEverything: true))
      #expect(try await statuses() == [503, 200])
      gate.apply(Suspension())
      #expect(try await statuses() == [200, 200])
      gate.apply(isStale: true)
      #expect(try await statuses() == [503, 200])
      gate.apply(isStale: false)
      #expect(try await statuses() == [200, 200])
    }
  }
}
