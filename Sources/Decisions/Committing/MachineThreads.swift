internal import Core
internal import LuaRuntime
internal import NIOCore
internal import NIOPosix
internal import Rulebook
internal import Synchronization

/// The threads on which decisions with effects run, each with its machine: never a lane, which they would hold up.
///
/// Runs wait in one queue for whichever thread is free. One thread more runs only what the ledger's writer waits for,
/// so that it waits for nothing else.
final class MachineThreads: Sendable {
  private struct Machine {
    var machine: VirtualMachine
    var generation: Int
  }

  private struct Thread: Sendable {
    let loop: any EventLoop
    let machine: NIOLoopBoundBox<Machine?>
  }

  private struct Job: Sendable {
    var run: DecisionRun
    var done: CheckedContinuation<DecisionRunResult, Never>
  }

  private struct State {
    /// The numbers of the threads that have nothing to do.
    var idle: [Int]
    var waiting = CircularBuffer<Job>()
  }

  private let group: MultiThreadedEventLoopGroup
  private let threads: [Thread]
  private let writersThread: Thread
  private let state: Mutex<State>
  private let balances: BalanceCache?
  private let reader: any HostCallHandler & Sendable
  private let tokens: any TokenPort
  private let sights: HostCallSights

  /// Starts `count` threads and the writer's, whose host calls are noted in `sights`. Throws when threads can't have
  /// the stack that machines need.
  init(
    _ count: Int, balances: BalanceCache?, reader: any HostCallHandler & Sendable, tokens: any TokenPort,
    sights: HostCallSights
  ) throws(LuaFailure) {
    try ThreadStack.setDefault()
    group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, count) + 1)
    var threads = group.makeIterator().map { loop in
      Thread(loop: loop, machine: NIOLoopBoundBox.makeEmptyBox(valueType: Machine.self, eventLoop: loop))
    }
    writersThread = threads.removeLast()
    self.threads = threads
    state = Mutex(State(idle: Array(threads.indices)))
    self.balances = balances
    self.reader = reader
    self.tokens = tokens
    self.sights = sights
  }

  // Who forgets to stop it leaves no threads behind.
  deinit { group.shutdownGracefully { _ in } }

  /// Ends the threads, on which nothing may run any more.
  func stop() async { try? await group.shutdownGracefully() }

  /// Runs a decision as soon as a thread is free.
  func run(_ run: DecisionRun) async -> DecisionRunResult {
    await withCheckedContinuation { continuation in
      let job = Job(run: run, done: continuation)
      let free: Int? = state.withLock { state in
        if let free = state.idle.popLast() { return free }
        state.waiting.append(job)
        return nil
      }
      if let free { threads[free].loop.execute { self.work(job, on: free) } }
    }
  }

  /// Runs a decision for the ledger's writer, whose thread this blocks.
  func runForWriter(_ run: DecisionRun) -> DecisionRunResult {
    do {
      return try writersThread.loop.submit { self.run(run, on: self.writersThread) }.wait()
    } catch {
      return Self.failed(LuaFailure(code: .deadline, message: "the host is stopping"))
    }
  }

  /// Runs one job, and then what waits.
  private func work(_ first: Job, on number: Int) {
    var next: Job? = first
    while let job = next {
      job.done.resume(returning: run(job.run, on: threads[number]))
      next = state.withLock { state in
        if let job = state.waiting.popFirst() { return job }
        state.idle.append(number)
        return nil
      }
    }
  }

  private func run(_ run: DecisionRun, on thread: Thread) -> DecisionRunResult {
    do throws(LuaFailure) {
      let machine = try machine(of: run.generation, on: thread)
      let now = WallClock.milliseconds()
      let journal = EffectJournal(
        decision: run.decision, id: run.id, held: run.held, holds: run.holds,
        balances: balances, reader: reader, tokens: tokens, limits: run.limits, nowMilliseconds: now)
      // Where limits count, the rule's clock is that by which they do; else it is read when the rule looks at it.
      let limitsNow = run.decision.uses.contains(.take) ? now : nil
      let request = RunRequest(
        decision: run.number, isEnveloped: run.isEnveloped, nowMilliseconds: limitsNow, id: run.id,
        limits: run.limits.run)
      let outcome = run.input.withUnsafeBytes { machine.decide(request, input: $0, handler: journal) }
      let ending = Self.ending(of: outcome, journal)
      for call in journal.calls { HostCallName(rawValue: call.call).map(sights.note) }
      if outcome.isSpent { thread.machine.value = nil }
      return DecisionRunResult(
        ending: ending, cost: outcome.cost, nowMilliseconds: limitsNow ?? outcome.nowMilliseconds,
        intents: journal.intents,
        reads: journal.reads, calls: journal.calls)
    } catch {
      return Self.failed(error)
    }
  }

  private static func ending(of outcome: Outcome, _ journal: EffectJournal) -> DecisionRunResult.Ending {
    switch outcome.ending {
    case .failure(let failure): return .failure(journal.isExhausted ? failure.ofHostCalls : failure)
    case .fetch:
      guard let missing = journal.missing else {
        return .failure(.notHeld())
      }
      return .missing(missing)
    case .result(let bytes): return .result(Array(bytes))
    }
  }

  private static func failed(_ failure: LuaFailure) -> DecisionRunResult {
    DecisionRunResult(ending: .failure(failure))
  }

  /// The machine of `generation`, made when the thread's last one was another's or is spent.
  private func machine(of generation: Generation, on thread: Thread) throws(LuaFailure) -> VirtualMachine {
    if let ready = thread.machine.value, ready.generation == generation.number { return ready.machine }
    try ThreadStack.check()
    let fresh = try generation.makeMachine()
    thread.machine.value = Machine(machine: fresh, generation: generation.number)
    return fresh
  }
}
