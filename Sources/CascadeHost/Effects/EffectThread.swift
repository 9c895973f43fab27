internal import Core
internal import Ledger
internal import LuaRuntime
internal import NIOCore
internal import NIOPosix
internal import Rulebook

/// One run of a decision with effects, as the thread is asked for it.
struct EffectRun: Sendable {
  var generation: Generation
  var decision: DecisionDefinition
  var number: Int
  var id: Identifier
  var input: [UInt8]
  var limits: EffectLimits
  var held: [AccountName: HeldAccount] = [:]
  var holds: [Identifier: KnownHold] = [:]
}

/// How it went.
struct EffectRunResult: Sendable {
  enum Ending: Sendable {
    case result(JSON)
    case failure(LuaFailure)
    case fetch(MissingAnswer)
  }

  var ending: Ending
  var cost: RunCost
  var nowMilliseconds: Int64?
  var intents: [EffectIntent]
  var reads: [BalanceRead]
  var calls: [RecordedCall]
}

/// The thread on which decisions with effects run, with its machine: never a lane, which it would hold up.
final class EffectThread: Sendable {
  private struct Machine {
    var machine: VirtualMachine
    var generation: Int
  }

  private let group: MultiThreadedEventLoopGroup
  private let machine: NIOLoopBoundBox<Machine?>
  private let loop: any EventLoop
  private let balances: LedgerBalances?
  private let reader: any HostCallHandler & Sendable
  private let tokens: any TokenIntentPort

  /// Starts the thread. Throws when threads can't have the stack that machines need.
  init(
    balances: LedgerBalances?, reader: any HostCallHandler & Sendable, tokens: any TokenIntentPort
  ) throws(LuaFailure) {
    try ThreadStack.setDefault()
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    loop = group.next()
    machine = NIOLoopBoundBox.makeEmptyBox(valueType: Machine.self, eventLoop: loop)
    self.balances = balances
    self.reader = reader
    self.tokens = tokens
  }

  /// Ends the thread when what runs is done.
  func stop() async { try? await group.shutdownGracefully() }

  /// Runs a decision on the thread; one after the other.
  func run(_ run: EffectRun) async -> EffectRunResult {
    do {
      return try await loop.submit { self.runHere(run) }.get()
    } catch {
      return Self.failed(LuaFailure(code: .deadline, message: "the host is stopping"))
    }
  }

  private func runHere(_ run: EffectRun) -> EffectRunResult {
    do throws(LuaFailure) {
      let machine = try machine(of: run.generation)
      let journal = EffectJournal(
        decision: run.decision, id: run.id, held: run.held, holds: run.holds, balances: balances, reader: reader,
        tokens: tokens, limits: run.limits)
      let request = RunRequest(decision: run.number, id: run.id, limits: run.limits.run)
      let outcome = run.input.withUnsafeBytes { machine.decide(request, input: $0, handler: journal) }
      let ending = Self.ending(of: outcome, journal)
      if outcome.isSpent { self.machine.value = nil }
      return EffectRunResult(
        ending: ending, cost: outcome.cost, nowMilliseconds: outcome.nowMilliseconds, intents: journal.intents,
        reads: journal.reads, calls: journal.calls)
    } catch {
      return Self.failed(error)
    }
  }

  private static func ending(of outcome: Outcome, _ journal: EffectJournal) -> EffectRunResult.Ending {
    switch outcome.ending {
    case .failure(let failure): return .failure(journal.isExhausted ? failure.ofHostCalls : failure)
    case .fetch:
      guard let missing = journal.missing else {
        return .failure(.notHeld("the host does not hold what the rule asked"))
      }
      return .fetch(missing)
    case .result(let bytes):
      guard let result = try? JSON(parsing: bytes, limits: RecordLimits.parsing) else {
        return .failure(LuaFailure(code: .invalidOutput, message: "the result can't be recorded"))
      }
      return .result(result)
    }
  }

  private static func failed(_ failure: LuaFailure) -> EffectRunResult {
    EffectRunResult(
      ending: .failure(failure), cost: RunCost(), nowMilliseconds: nil, intents: [], reads: [], calls: [])
  }

  /// The machine of `generation`, made when the last one was another's or is spent.
  private func machine(of generation: Generation) throws(LuaFailure) -> VirtualMachine {
    if let ready = machine.value, ready.generation == generation.number { return ready.machine }
    if ThreadStack.current < ThreadStack.minimum {
      throw LuaFailure(code: .memoryExhausted, message: "the thread of effects has too little stack")
    }
    let fresh = try generation.makeMachine()
    machine.value = Machine(machine: fresh, generation: generation.number)
    return fresh
  }
}
