package import Core
internal import Ledger
package import LuaRuntime

/// Answers the host calls of one run from ``Fakes`` and keeps what it intends, by the rules of a host in service: it
/// reads and refuses calls as that does. Confined to one thread.
package final class FakeHost: HostCallHandler {
  /// The effects that were asked for, in that order, each with the id that the rule was given.
  package private(set) var effects: [(call: HostCall, id: Identifier)] = []

  private let fakes: Fakes
  private let decision: DecisionDefinition
  private var intents: PlannedEffects

  /// The host that a run of `decision` under `id` sees.
  package init(fakes: Fakes, decision: DecisionDefinition, id: Identifier) {
    self.fakes = fakes
    self.decision = decision
    intents = PlannedEffects(of: decision, id: id)
  }

  /// Answers from the fakes, or notes what is asked for.
  package func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    do throws(HostCallProblem) {
      guard let name = HostCallName(number: number), decision.uses.contains(name) else {
        throw HostCallProblem.undeclared(by: decision.name)
      }
      return .value(try answer(HostCall(name, arguments: arguments)).bytes)
    } catch {
      return .failure(error.code, error.message)
    }
  }

  private func answer(_ call: HostCall) throws(HostCallProblem) -> JSON {
    switch call {
    case .balance(let account): return fakes.balances[account]?.json ?? .null
    case .graph(.metrics(let citizen, _)): return fakes.graph["metrics"]?[citizen] ?? .null
    case .graph(.nullModel(let citizen, _)): return fakes.graph["null_model"]?[citizen] ?? .null
    case .graph(.network): return fakes.graph["network"] ?? .null
    case .sign(let request):
      let id = try intents.add(token: request)
      effects.append((call, id))
      return .string("token:\(id)")
    case .take(let request):
      let id = intents.nextID
      let now = fakes.nowMilliseconds ?? WallClock.milliseconds()
      let standing = try intents.take(request, used: fakes.limits[ExactText(request.name)]?[request.period], now: now)
      effects.append((call, id))
      return standing
    case .post, .hold, .settle, .void:
      guard let id = try intents.add(call, hold: { fakes.holds[$0].map { .keeps($0.from) } ?? .absent }) else {
        throw HostCallProblem("a fake host has nothing to fetch")
      }
      effects.append((call, id))
      return ["id": .string(id.description)]
    }
  }

  /// Why the ledger, holding what the fakes say, would not do what was intended; nil when it would. `trace` tells
  /// where the rule asked for it, when it was traced. O(intents + events).
  package func refusal(_ trace: Trace = Trace()) -> LuaFailure? {
    let list = intents.list
    if list.isEmpty { return nil }
    do throws(UsageError) {
      let refused: (place: Int, reason: RefusalReason)?
      if let place = list.unknownHold {
        refused = (place, .pendingNotFound)
      } else {
        refused = list.refused(try FakeLedger(fakes).commit(list))
      }
      guard let refused else { return nil }
      var failure = list.refusal(of: refused.place, refused.reason)
      let calls = trace.calls { name in HostCallName(rawValue: name).map { $0 != .sign && $0.hasEffect } ?? false }
      if calls.count == list.count {
        (failure.file, failure.line) = (calls[refused.place].file, calls[refused.place].line)
      }
      return failure
    } catch {
      return LuaFailure(code: .runtime, message: error.message)
    }
  }
}

extension Trace {
  /// The host calls of these names that were answered, in order. O(events).
  fileprivate func calls(_ isWanted: (String) -> Bool) -> [TraceEvent] {
    events.filter { event in
      if case .host(let name, _, let answer) = event.kind { !answer.isEmpty && isWanted(name) } else { false }
    }
  }
}

/// A fake host for many runs of one decision: each begins anew.
package final class FakeHostOfMany: HostCallHandler {
  private let fakes: Fakes
  private let decision: DecisionDefinition

  /// The host that each run of `decision` sees.
  package init(fakes: Fakes, decision: DecisionDefinition) {
    self.fakes = fakes
    self.decision = decision
  }

  /// The host of one run.
  package func pinned() -> any HostCallHandler {
    FakeHost(fakes: fakes, decision: decision, id: DecisionRunner.usualID)
  }

  /// Never asked, as each run asks its own.
  package func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    pinned().answer(call: number, arguments: arguments)
  }
}
