package import Core
package import Ledger
package import LuaRuntime
package import Rulebook
internal import Tokens

/// One run of a decision with effects: answers its host calls, and keeps what it wants done.
///
/// Nothing is done here. What a rule intends is not yet in the balances it reads. Confined to one thread.
package final class EffectJournal: HostCallHandler {
  /// What the run intends, in that order.
  package var intents: [PlannedEffect] { effects.list }
  /// Every balance that was read, once each, with its version.
  package private(set) var reads: [BalanceRead] = []
  /// Every host call with its answer, in that order.
  package private(set) var calls: [RecordedCall] = []
  /// What ended the run, as the host didn't hold it.
  package private(set) var missing: MissingAnswer?
  /// Whether the run asked for more than a record may hold; then it was ended, and the calls beyond are in no record.
  package private(set) var isExhausted = false

  private let decision: DecisionDefinition
  private var effects: PlannedEffects
  private let balances: BalanceCache?
  private let reader: any HostCallHandler
  private let tokens: any TokenPort
  private var held: [AccountName: CachedBalance]
  private let holds: [Identifier: KnownHold]
  private var wasRead: Set<AccountName> = []
  private let limits: EffectLimits
  private let nowMilliseconds: Int64
  private var callBytes = 0
  /// Roughly how many bytes a call's record takes beside arguments and answer.
  private static let callOverhead = 64

  /// A journal of `decision` under `id`. An account is looked for in `held`, then in `balances`, when there are
  /// some; a hold among what the run holds itself, then in `holds`; `reader` answers what is neither ledger nor token.
  /// Limits are taken of the periods that `nowMilliseconds` falls into, since 1970.
  package init(
    decision: DecisionDefinition, id: Identifier, held: [AccountName: CachedBalance],
    holds: [Identifier: KnownHold] = [:], balances: BalanceCache?, reader: any HostCallHandler,
    tokens: any TokenPort, limits: EffectLimits = EffectLimits(),
    nowMilliseconds: Int64 = WallClock.milliseconds()
  ) {
    self.limits = limits
    self.nowMilliseconds = nowMilliseconds
    self.decision = decision
    effects = PlannedEffects(of: decision, id: id)
    self.held = held
    self.holds = holds
    self.balances = balances
    self.reader = reader.pinned()
    self.tokens = tokens
  }

  /// The answer to a call by its number, see ``HostCallName``. O(arguments).
  package func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    guard let name = HostCallName(number: number), decision.uses.contains(name) else {
      let problem = HostCallProblem.undeclared(by: decision.name)
      return .failure(problem.code, problem.message)
    }
    callBytes += arguments.count + Self.callOverhead
    if calls.count >= limits.calls || callBytes > limits.callBytes {
      isExhausted = true
      // It ends the run, whatever the rule catches.
      return .failure(.memoryExhausted, "the record of its host calls is full")
    }
    let given = RecordedCall.kept(arguments)
    // Failed calls are recorded too, because a replay makes the same calls in the same order.
    let answer: HostAnswer =
      given.array.map { self.answer(name, $0, arguments) } ?? .failure(.runtime, "its arguments can't be read")
    if case .value(let bytes) = answer { callBytes += bytes.count }
    if let recorded = RecordedCall(call: name.rawValue, arguments: given, answer: answer) { calls.append(recorded) }
    return answer
  }

  private func answer(_ name: HostCallName, _ list: [JSON], _ arguments: [UInt8]) -> HostAnswer {
    do throws(HostCallProblem) {
      if name == .sign { try checkTokens() }
      let call = try HostCall(name, list)
      switch call {
      case .balance(let account): return balance(account)
      case .sign(let request):
        return .value(JSON.string(PlannedToken.placeholder(try effects.add(token: request))).bytes)
      case .post, .hold, .settle, .void: return try intend(call)
      case .take(let request): return try take(request)
      case .graph: return reader.answer(call: name.number, arguments: arguments)
      }
    } catch {
      return .failure(error.code, error.message)
    }
  }

  private func balance(_ account: AccountName) -> HostAnswer {
    // `world` has totals for each asset and no limit, so there is no balance to answer with.
    if account.isWorld { return .value(JSON.null.bytes) }
    guard let known = read(account) else { return .fetch }
    return .value((known.available?.json ?? .null).bytes)
  }

  /// What an account has, which the commit then holds to; nil when it must be fetched first.
  private func read(_ account: AccountName) -> CachedBalance? {
    guard let known = held[account] ?? balances?.held(account) else {
      missing = .account(account)
      return nil
    }
    held[account] = known
    if wasRead.insert(account).inserted { reads.append(BalanceRead(account: account, version: known.version)) }
    return known
  }

  private func take(_ request: LimitRequest) throws(HostCallProblem) -> HostAnswer {
    guard let known = read(try request.account(at: nowMilliseconds)) else { return .fetch }
    return .value(try effects.take(request, used: known.available, now: nowMilliseconds).bytes)
  }

  private func intend(_ call: HostCall) throws(HostCallProblem) -> HostAnswer {
    var unknown: Identifier?
    let id = try effects.add(call) { hold in
      if let known = holds[hold] { return known }
      unknown = hold
      return nil
    }
    if let id { return .value((["id": .string(id.description)] as JSON).bytes) }
    missing = unknown.map { .hold($0) }
    return .fetch
  }

  private func checkTokens() throws(HostCallProblem) {
    do throws(TokenError) {
      try tokens.checkAvailable()
    } catch {
      throw HostCallProblem(error.reason)
    }
  }
}
