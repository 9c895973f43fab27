internal import Core
package import LuaRuntime
internal import Rulebook

/// Answers the host calls that leave nothing behind; those that do are refused here, as they need a commit.
package final class HostReads: HostCallHandler, Sendable {
  private let balances: any BalancePort
  private let graph: any GraphPort

  /// Answers from these ports; without them, there are no accounts and no citizens.
  package init(balances: any BalancePort = EmptyHost(), graph: any GraphPort = EmptyHost()) {
    self.balances = balances
    self.graph = graph
  }

  /// The same over the graph's snapshot of this moment.
  package func pinned() -> any HostCallHandler { HostReads(balances: balances, graph: graph.pinned()) }

  /// The answer to a call of `HostCallTable`. O(arguments), and what the port costs.
  package func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    guard HostCallTable.calls.indices.contains(call) else { return .failure(.forbidden, "unknown host call") }
    let call = HostCallTable.calls[call]
    if call.hasEffect { return .failure(.forbidden, "\(call.name) needs a decision that commits") }
    guard let arguments = (try? JSON(parsing: arguments))?.array else {
      return .failure(.runtime, "\(call.name): its arguments can't be read")
    }
    do throws(GraphPortError) {
      return try answer(call.name, arguments)
    } catch {
      return .failure(.runtime, error.message)
    }
  }

  private func answer(_ call: String, _ arguments: [JSON]) throws(GraphPortError) -> HostAnswer {
    if call == "graph.network" { return .value(try graph.network(options: arguments.first ?? [:]).bytes) }
    guard let name = arguments.first?.string else {
      return .failure(.runtime, "the first argument must be a name")
    }
    let options = arguments.count > 1 ? arguments[1] : [:]
    switch call {
    case "ledger.balance":
      guard let account = AccountName(name) else { return .failure(.runtime, "'\(name)' is no account's name") }
      return .value((balances.balance(of: account)?.json ?? .null).bytes)
    case "graph.metrics": return .value((try graph.metrics(of: name, options: options) ?? .null).bytes)
    case "graph.null_model": return .value((try graph.nullModel(of: name, options: options) ?? .null).bytes)
    default: return .failure(.forbidden, "the host does not answer this call")
    }
  }
}
