internal import Core
package import LuaRuntime
internal import Rulebook

/// Answers the host calls that leave nothing behind; those that do are refused here, as they need a commit.
package final class HostReads: HostCallHandler, Sendable {
  private let balances: any BalancePort
  private let graph: any GraphPort
  private let sights: HostCallSights?

  /// Answers from these ports; without them, there are no accounts and no citizens. Each call is noted in `sights`.
  package init(
    balances: any BalancePort = EmptyHost(), graph: any GraphPort = EmptyHost(), sights: HostCallSights? = nil
  ) {
    self.balances = balances
    self.graph = graph
    self.sights = sights
  }

  /// The same over the graph's snapshot of this moment.
  package func pinned() -> any HostCallHandler {
    HostReads(balances: balances, graph: graph.pinned(), sights: sights)
  }

  /// The answer to a call by its number, see ``HostCallName``. O(arguments), and what the port costs.
  package func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    do throws(HostCallProblem) {
      guard let name = HostCallName(number: number) else {
        throw HostCallProblem("unknown host call", code: .forbidden)
      }
      sights?.note(name)
      if name.hasEffect { throw Self.needsCommit(name) }
      return try answer(HostCall(name, arguments: arguments))
    } catch {
      return .failure(error.code, error.message)
    }
  }

  private func answer(_ call: HostCall) throws(HostCallProblem) -> HostAnswer {
    switch call {
    case .balance(let account): return .value((balances.balance(of: account)?.json ?? .null).bytes)
    case .graph(let query):
      let answer = try Patience.during(HostCallTime.left) { () throws(HostCallProblem) in try graph.answer(query) }
      return .value((answer ?? .null).bytes)
    case .post, .hold, .settle, .void, .sign, .take: throw Self.needsCommit(call.name)
    }
  }

  private static func needsCommit(_ name: HostCallName) -> HostCallProblem {
    HostCallProblem("\(name.rawValue) needs a decision that commits", code: .forbidden)
  }
}
