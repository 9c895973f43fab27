import Citizens
import Core
import Decisions
import LuaRuntime
import Rulebook
import Testing
import TrustGraph

/// Host calls that only read.
struct HostReadsTests {
  private struct Balances: BalancePort {
    func balance(of account: AccountName) -> Amount? {
      account.text == "citizen:rich" ? Asset("USD/2").map { Amount(9750, $0) } : nil
    }
  }

  private func graph() throws -> SnapshotGraph {
    SnapshotGraph(
      TrustSnapshot([
        try Relationship("anna", "bruno", trust: 80), try Relationship("bruno", "carla", trust: 90),
        try Relationship("anna", "carla", trust: 70),
      ]))
  }

  private func answer(_ call: String, _ arguments: JSON) throws -> HostAnswer {
    let number = try #require(HostCallName(rawValue: call)?.number)
    return HostReads(balances: Balances(), graph: try graph()).answer(call: number, arguments: arguments.bytes)
  }

  private func value(_ call: String, _ arguments: JSON) throws -> JSON? {
    guard case .value(let bytes) = try answer(call, arguments) else { return nil }
    return try JSON(parsing: bytes)
  }

  private func failure(_ call: String, _ arguments: JSON) throws -> DecisionErrorCode? {
    guard case .failure(let code, _) = try answer(call, arguments) else { return nil }
    return code
  }

  private static let options: JSON = ["window": 50, "neutral": 50, "crystal_mean": 60, "top": 3]

  @Test func `a balance is an amount, or null when there is no such account`() throws {
    #expect(try value("ledger.balance", ["citizen:rich"]) == ["asset": "USD/2", "minor": 9750])
    #expect(try value("ledger.balance", ["citizen:poor"]) == .null)
    #expect(try failure("ledger.balance", ["no account's name"]) == .refused)
    #expect(try failure("ledger.balance", []) == .runtime)
    #expect(try failure("ledger.balance", [5]) == .runtime)
  }

  @Test func `every call of the table is answered here when it only reads, and refused when it does not`() throws {
    for call in HostCallName.allCases {
      if call.hasEffect {
        #expect(try failure(call.rawValue, ["anna"]) == .forbidden, "\(call.rawValue)")
      } else {
        #expect(try value(call.rawValue, arguments(of: call.rawValue)) != nil, "\(call.rawValue)")
      }
    }
  }

  private func arguments(of call: String) -> JSON {
    switch call {
    case "ledger.balance": ["citizen:rich"]
    case "graph.network": [Self.options]
    case "graph.null_model": ["anna", ["window": 50, "neutral": 50, "samples": 5, "seed": 1]]
    default: ["anna", Self.options]
    }
  }

  @Test func `a number outside the table, and arguments that are no list, fail`() throws {
    let reads = HostReads(balances: Balances(), graph: try graph())
    for number in [HostCallName.allCases.count, 63, -1] {
      guard case .failure(.forbidden, _) = reads.answer(call: number, arguments: Array("[]".utf8)) else {
        Issue.record("call \(number) was answered")
        continue
      }
    }
    for text in ["", "{}", "[", "null"] {
      guard case .failure(.runtime, _) = reads.answer(call: 0, arguments: Array(text.utf8)) else {
        Issue.record("\(text) was answered")
        continue
      }
    }
  }

  @Test func `each call is noted once, also one that is refused, and by runs that were pinned before`() throws {
    let sights = HostCallSights()
    let reads = HostReads(balances: Balances(), graph: try graph(), sights: sights)
    #expect(sights.take().isEmpty)
    let pinned = reads.pinned()
    for _ in 0..<3 {
      _ = reads.answer(call: HostCallName.balance.number, arguments: (["citizen:rich"] as JSON).bytes)
      _ = pinned.answer(call: HostCallName.metrics.number, arguments: (["nobody"] as JSON).bytes)
    }
    _ = pinned.answer(call: HostCallName.post.number, arguments: [])
    _ = pinned.answer(call: HostCallName.allCases.count, arguments: [])
    #expect(sights.take() == [.balance, .post, .metrics])
    #expect(sights.take().isEmpty)
  }

  @Test func `the graph answers from its snapshot`() throws {
    let graph = try graph()
    let before = try graph.answer(.metrics(of: "anna", options: Self.options))
    #expect(before?.object != nil)
    #expect(try graph.answer(.metrics(of: "nobody", options: Self.options)) == nil)
    #expect(try graph.answer(.nullModel(of: "nobody", options: ["window": 50, "samples": 5, "seed": 1])) == nil)
  }

  @Test func `options that don't fit are a failure that names them`() throws {
    #expect(try failure("graph.metrics", ["anna"]) == .runtime)
    #expect(try failure("graph.network", []) == .runtime)
    guard case .failure(_, let message) = try answer("graph.metrics", ["anna", ["window": 50]]) else {
      Issue.record("was answered")
      return
    }
    #expect(message.contains("neutral"))
  }
}
