package import Core
package import Ledger
package import LuaRuntime
package import Rulebook

/// One run of a decision with effects: answers its host calls, and keeps what it wants done.
///
/// Nothing is done here. What a rule intends is not yet in the balances it reads. Confined to one thread.
package final class EffectJournal: HostCallHandler {
  /// What the run intends, in that order.
  package private(set) var intents: [EffectIntent] = []
  /// Every balance that was read, once each, with its version.
  package private(set) var reads: [BalanceRead] = []
  /// Every host call with its answer, in that order.
  package private(set) var calls: [RecordedCall] = []
  /// What ended the run, as the host didn't hold it.
  package private(set) var missing: MissingAnswer?
  /// Whether the run asked for more than a record may hold; then it was ended, and the calls beyond are in no record.
  package private(set) var isExhausted = false

  private let decision: DecisionDefinition
  private let id: Identifier
  private let balances: LedgerBalances?
  private let reader: any HostCallHandler
  private let tokens: any TokenIntentPort
  private var held: [AccountName: HeldAccount]
  private let holds: [Identifier: KnownHold]
  private var wasRead: Set<AccountName> = []
  private var tokenCount = 0
  private let limits: EffectLimits
  private var callBytes = 0
  /// What the names in a call's record take, about.
  private static let callOverhead = 64

  /// A journal of `decision` under `id`. An account is looked for in `held`, then in `balances`, when there are
  /// some; a hold among what the run holds itself, then in `holds`; `reader` answers what is neither ledger nor token.
  package init(
    decision: DecisionDefinition, id: Identifier, held: [AccountName: HeldAccount],
    holds: [Identifier: KnownHold] = [:], balances: LedgerBalances?, reader: any HostCallHandler,
    tokens: any TokenIntentPort, limits: EffectLimits = EffectLimits()
  ) {
    self.limits = limits
    self.decision = decision
    self.id = id
    self.held = held
    self.holds = holds
    self.balances = balances
    self.reader = reader.pinned()
    self.tokens = tokens
  }

  /// The answer to a call of `HostCallTable`. O(arguments).
  package func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    guard number < HostCallTable.calls.count, case let call = HostCallTable.calls[number],
      decision.uses.contains(call.name)
    else { return .failure(.forbidden, "\(decision.name) doesn't declare this host call in 'uses'") }
    callBytes += arguments.count + Self.callOverhead
    if calls.count >= limits.calls || callBytes > limits.callBytes {
      isExhausted = true
      // It ends the run, whatever the rule catches.
      return .failure(.memoryExhausted, "the record of its host calls is full")
    }
    guard let given = try? JSON(parsing: arguments), let list = given.array else {
      return .failure(.runtime, "its arguments can't be read")
    }
    let answer = answer(call, number, list, arguments)
    if case .value(let bytes) = answer { callBytes += bytes.count }
    if let recorded = RecordedCall(call: call.name, arguments: given, answer: answer) { calls.append(recorded) }
    return answer
  }

  private func answer(_ call: HostCall, _ number: Int, _ list: [JSON], _ arguments: [UInt8]) -> HostAnswer {
    switch call.name {
    case "ledger.balance": return balance(list.first)
    case TokenIntent.call: return token(list.first ?? .null)
    default:
      if call.hasEffect { return intend(call.name, list.first ?? .null) }
      return reader.answer(call: number, arguments: arguments)
    }
  }

  private func balance(_ argument: JSON?) -> HostAnswer {
    guard let text = argument?.string else { return .failure(.runtime, "the first argument must be a name") }
    guard let account = AccountName(text) else { return .failure(.runtime, "'\(text)' is no account's name") }
    // It has one set of totals for each asset, and no limit that a rule could ask about.
    if account.isWorld { return .value(JSON.null.bytes) }
    guard let known = held[account] ?? balances?.held(account) else {
      missing = .account(account)
      return .fetch
    }
    held[account] = known
    if wasRead.insert(account).inserted { reads.append(BalanceRead(account: account, version: known.version)) }
    return .value((known.available?.json ?? .null).bytes)
  }

  private func intend(_ call: String, _ argument: JSON) -> HostAnswer {
    let id = Identifier(intent: intents.count, of: self.id)
    do throws(IntentProblem) {
      var intent = try EffectIntent(call: call, argument: argument, id: id)
      if let hold = intent.event.pendingID {
        guard let known = known(hold) else {
          missing = .hold(hold)
          return .fetch
        }
        if case .keeps(let from) = known { intent.event.from = from }
      }
      if let from = intent.event.from, from.isWorld || !decision.mayDebit(from.text) {
        return .failure(.forbidden, "\(decision.name) may not debit '\(from)': it isn't in its 'debits'")
      }
      intents.append(intent)
      return .value((["id": .string(id.description)] as JSON).bytes)
    } catch {
      return .failure(error.code, error.message)
    }
  }

  /// What is known of a hold: one of this run's own, or one that was fetched; nil when it must be.
  private func known(_ hold: Identifier) -> KnownHold? {
    let own = intents.first { $0.event.id == hold }
    return own?.event.from.map { .keeps($0) } ?? holds[hold]
  }

  private func token(_ argument: JSON) -> HostAnswer {
    guard tokenCount < EffectLimits.tokens else {
      return .failure(.runtime, "a decision has at most \(EffectLimits.tokens) tokens signed")
    }
    do throws(TokenIntentError) {
      try tokens.checkAvailable()
    } catch {
      return .failure(.runtime, error.message)
    }
    do throws(TokenRequest.Refusal) {
      _ = try TokenRequest(rule: argument)
    } catch {
      return .failure(.runtime, error.message)
    }
    // After every transfer that a decision may have, so that the ids of both stay what they are.
    let identity = Identifier(intent: 1 << 32 + tokenCount, of: id)
    tokenCount += 1
    return .value(JSON.string(TokenIntent.placeholder(identity)).bytes)
  }
}
