package import Core
package import LuaRuntime

/// What a decision finds instead of the host, in specs and on the command line.
///
/// `{"now":…,"ledger":{"balances":{account: amount}},"graph":{"metrics":{citizen: …},"null_model":{citizen: …},
/// "network": …}}`; every part may be left out, and what isn't there is nil to the rule.
package struct Fakes: Sendable, Equatable {
  /// The clock, milliseconds since 1970.
  package var nowMilliseconds: Int64?
  /// What accounts have available.
  package var balances: [String: Amount] = [:]
  /// The graph's answers by kind.
  package var graph: JSON = [:]

  /// A host without anything.
  package init() {}

  /// Reads fakes; throws what is wrong with them, naming the member. O(size).
  package init(json: JSON) throws(FakesError) {
    guard let members = json.members else { throw FakesError("the fakes must be an object") }
    for (name, value) in members {
      switch name {
      case "now":
        guard let now = value.integer else { throw FakesError("'now' must be integer milliseconds since 1970") }
        nowMilliseconds = now
      case "ledger":
        guard let ledger = value.members else { throw FakesError("'ledger' must be an object") }
        for (name, value) in ledger {
          guard name == "balances", let balances = value.members else {
            throw FakesError("'ledger' holds 'balances', an object of amounts by account; not '\(name)'")
          }
          for (account, value) in balances {
            guard let amount = Amount(json: value) ?? value.string.flatMap(Amount.init(text:)) else {
              throw FakesError("the balance of '\(account)' must be an amount")
            }
            self.balances[account] = amount
          }
        }
      case "graph":
        guard value.members != nil else { throw FakesError("'graph' must be an object") }
        graph = value
      default:
        throw FakesError("unknown member '\(name)'; fakes have now, ledger and graph")
      }
    }
  }
}

/// What is wrong with fakes.
package struct FakesError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence.
  package var message: String
  init(_ message: String) { self.message = message }
  /// The message.
  package var description: String { message }
}

/// Answers the host calls of one decision from ``Fakes`` and keeps its intents. Confined to one thread.
package final class FakeHost: HostCallHandler {
  /// Something a decision asked to be done.
  package struct Intent: Sendable, Equatable {
    /// `ledger.post`
    package var call: String
    /// What it was given.
    package var argument: JSON
  }

  private let fakes: Fakes
  private let decision: DecisionDefinition
  /// What the decision asked to be done, in that order.
  package private(set) var intents: [Intent] = []

  /// The host that `decision` sees.
  package init(fakes: Fakes, decision: DecisionDefinition) {
    self.fakes = fakes
    self.decision = decision
  }

  /// Answers from the fakes; effects are noted when the decision has declared them.
  package func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    guard call < HostCallTable.calls.count, case let call = HostCallTable.calls[call],
      decision.uses.contains(call.name)
    else { return .failure(.forbidden, "\(decision.name) doesn't declare this host call in 'uses'") }
    guard let given = try? JSON(parsing: arguments), let arguments = given.array else {
      return .failure(.runtime, "\(call.name): its arguments can't be read")
    }
    if call.hasEffect { return note(call, arguments.first ?? .null) }
    return read(call, arguments)
  }

  private func read(_ call: HostCall, _ arguments: [JSON]) -> HostAnswer {
    if call.name == "graph.network" { return .value((fakes.graph["network"] ?? .null).bytes) }
    guard let name = arguments.first?.string else {
      return .failure(.runtime, "\(call.name): its first argument must be a name")
    }
    switch call.name {
    case "ledger.balance": return .value((fakes.balances[name]?.json ?? .null).bytes)
    case "graph.metrics": return .value((fakes.graph["metrics"]?[name] ?? .null).bytes)
    case "graph.null_model": return .value((fakes.graph["null_model"]?[name] ?? .null).bytes)
    default: return .failure(.runtime, "\(call.name): there is no fake for it")
    }
  }

  private func note(_ call: HostCall, _ argument: JSON) -> HostAnswer {
    guard argument.members != nil else { return .failure(.runtime, "\(call.name): takes a table") }
    if call.name == "ledger.post" || call.name == "ledger.hold", let problem = transferProblem(argument) {
      return .failure(problem.code, "\(call.name): \(problem.text)")
    }
    intents.append(Intent(call: call.name, argument: argument))
    if call.name == "token.sign" { return .value(JSON.string("token:\(intents.count)").bytes) }
    let id = Identifier(high: 0x7000, low: 1 << 63 | UInt64(intents.count))
    return .value((["id": .string(id.description)] as JSON).bytes)
  }

  private func transferProblem(_ transfer: JSON) -> (code: DecisionErrorCode, text: String)? {
    for side in ["from", "to"] where transfer[side]?.string.flatMap({ AccountName($0) }) == nil {
      return (.runtime, "'\(side)' must be an account's name")
    }
    guard let amount = Amount(json: transfer["amount"]), amount.minor >= 0 else {
      return (.runtime, "'amount' must be an amount that isn't negative")
    }
    let from = transfer["from"]?.string ?? ""
    return decision.mayDebit(from)
      ? nil : (.forbidden, "\(decision.name) may not debit '\(from)': it isn't in its 'debits'")
  }
}
