package import Core
package import LuaRuntime

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
  private var holds: [Identifier: FakeHold]
  /// What the ledger says of a hold that the decision has resolved.
  private var resolved: [Identifier: String] = [:]
  /// What the decision asked to be done, in that order.
  package private(set) var intents: [Intent] = []

  /// The host that `decision` sees.
  package init(fakes: Fakes, decision: DecisionDefinition) {
    self.fakes = fakes
    holds = fakes.holds
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
    if call.name == "ledger.settle" || call.name == "ledger.void",
      let problem = settlementProblem(argument, isVoid: call.name == "ledger.void")
    {
      return .failure(problem.code, "\(call.name): \(problem.text)")
    }
    if call.name == "token.sign", let refusal = tokenRefusal(argument) {
      return .failure(.runtime, "\(call.name): \(refusal.message)")
    }
    intents.append(Intent(call: call.name, argument: argument))
    if call.name == "token.sign" { return .value(JSON.string("token:\(intents.count)").bytes) }
    let id = Self.id(ofIntent: intents.count)
    if call.name == "ledger.hold" { holds[id] = FakeHold(json: argument) }
    return .value((["id": .string(id.description)] as JSON).bytes)
  }

  private static func id(ofIntent number: Int) -> Identifier {
    Identifier(high: 0x7000, low: 1 << 63 | UInt64(number))
  }

  /// What the ledger would say, and whether the decision may; resolves the hold when nothing is wrong.
  private func settlementProblem(
    _ settlement: JSON, isVoid: Bool
  ) -> (code: DecisionErrorCode, text: String)? {
    guard let id = settlement["hold"]?.string.flatMap({ Identifier($0) }) else {
      return (.runtime, "'hold' must be the id of a hold")
    }
    if let reason = resolved[id] { return (.refused, reason) }
    guard let hold = holds[id] else { return (.refused, "pending_transfer_not_found") }
    guard decision.mayDebit(hold.from) else {
      return (.forbidden, "\(decision.name) may not debit '\(hold.from)': it isn't in its 'debits'")
    }
    if !isVoid, let given = settlement["amount"], given != .null {
      guard let amount = Amount(json: given), amount.minor >= 0 else {
        return (.runtime, "'amount' must be an amount that isn't negative")
      }
      if amount.asset != hold.amount.asset { return (.refused, "pending_transfer_has_different_asset") }
      if amount.minor > hold.amount.minor { return (.refused, "exceeds_pending_transfer_amount") }
    }
    resolved[id] = isVoid ? "pending_transfer_already_voided" : "pending_transfer_already_posted"
    return nil
  }

  private func tokenRefusal(_ argument: JSON) -> TokenRequest.Refusal? {
    do throws(TokenRequest.Refusal) {
      _ = try TokenRequest(rule: argument)
      return nil
    } catch {
      return error
    }
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
