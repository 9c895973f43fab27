internal import Core
package import Ledger
internal import LuaRuntime
package import Rulebook
internal import Synchronization

/// Runs recorded decisions with effects by a candidate, one after the other, in a ledger of their own: each reads the
/// balances that those before it left. A model, as nobody knows whom the change would have led to ask something else.
package struct SequentialBacktest: Sendable {
  private let candidate: CheckedRulebook
  private let query: BacktestQuery
  private let mostEntries: Int
  private let worker: SequentialWorker

  private static let page = 1_000
  /// How many balances one decision may read.
  private static let rounds = 64

  /// The ledger has more entries than may be in memory.
  package struct TooManyEntries: Error {
    /// As many may be.
    package let most: Int
  }

  /// Runs what `query` takes by `candidate`; the rulebooks of the records come from `archive`. A quiet one lets
  /// everything else in the process run first. More than `mostEntries` of the ledger aren't taken into memory.
  package init(
    candidate: CheckedRulebook, archive: RulebookArchive, query: BacktestQuery, isQuiet: Bool = false,
    mostEntries: Int = .max
  ) {
    self.candidate = candidate
    self.query = query
    self.mostEntries = mostEntries
    worker = SequentialWorker(candidate, RulebookShelf(archive), isQuiet: isQuiet)
  }

  /// The report on the decisions of `ledger`, in the order in which they were committed. Throws what the ledger throws,
  /// ``TooManyEntries`` and `CancellationError`. O(entries), which are in memory then.
  package func run(
    _ ledger: any LedgerStore, progress: (Int) async -> Void = { _ in },
    each: (RecordComparison, RecordedQuestion) async throws -> Void = { _, _ in }
  ) async throws -> BacktestReport {
    var heading = BacktestReport.Heading(candidate: candidate.digest, machine: VirtualMachine.format)
    heading.mode = .sequential
    var report = BacktestReport(heading)
    // Known before anything runs, as far as it can be.
    if try await ledger.head().sequence > mostEntries { throw TooManyEntries(most: mostEntries) }
    let world = SequentialWorld()
    var group: [Entry] = []
    var sequence = Int64(0)
    while case let rows = try await ledger.rows(after: sequence, limit: Self.page), let last = rows.last {
      try Task.checkCancellation()
      sequence = last.sequence
      if sequence > mostEntries { throw TooManyEntries(most: mostEntries) }
      for row in rows {
        guard let entry = row.stored?.entry else {
          throw StoreError(.corrupt, "the entry \(row.sequence) of the ledger can't be read")
        }
        if let key = group.first?.idempotencyKey, key.isEmpty || !key.isSame(as: entry.idempotencyKey) {
          try await take(group, ledger, world, &report, each)
          group = []
        }
        group.append(entry)
      }
      await progress(report.selected)
    }
    try await take(group, ledger, world, &report, each)
    return report
  }

  /// Does in `world` what the entries of one decision did, or what the candidate does in its place.
  private func take(
    _ group: [Entry], _ ledger: any LedgerStore, _ world: SequentialWorld, _ report: inout BacktestReport,
    _ each: (RecordComparison, RecordedQuestion) async throws -> Void
  ) async throws {
    guard let first = group.first else { return }
    let key = Identifier(first.idempotencyKey)
    let bytes: [UInt8]? = if let key { try await ledger.record(key) } else { nil }
    guard let record = bytes.flatMap({ RecordedDecision(bytes: $0) }) else {
      for entry in group { try await world.copy(entry) }
      return
    }
    report.recorded += 1
    guard query.takes(record), query.limit.map({ report.selected < $0 }) ?? true else {
      for entry in group { try await world.copy(entry) }
      return
    }
    let (comparison, question) = try await decide(record, group, world)
    report.add(comparison, question)
    if comparison.kind.isFlip, report.firstParted == nil { report.firstParted = record.id }
    try await each(comparison, question)
  }

  private func decide(
    _ record: RecordedDecision, _ group: [Entry], _ world: SequentialWorld
  ) async throws -> (RecordComparison, RecordedQuestion) {
    try Task.checkCancellation()
    var question = RecordedQuestion(record)
    for id in RecordedQuestion.settled(by: record) { question.holds[id] = await world.hold(id) }
    var asked = question
    // What the ledger says is another world's.
    asked.record.calls.removeAll { $0.call == HostCallName.balance.rawValue }
    var verdict = await worker.run(asked)
    for _ in 0..<Self.rounds {
      guard case .unknown(let call) = verdict, let account = call.account,
        let answer = RecordedCall.asking(account, answer: try await world.balance(of: account))
      else { break }
      asked.asOf.append(answer)
      verdict = await worker.run(asked)
    }
    if case .run(var run) = verdict, case .answered = run.ending {
      let recorded = await worker.intents(question)
      let booked = group.filter { entry in !recorded.contains(entry.id) }
      let time = group.first?.timestamp ?? 0
      if let refusal = try await world.commit(run.intents, booked: booked, at: time) {
        run.ending = .refused(refusal)
        verdict = .run(run)
      }
    }
    let comparison = await worker.compare(question, asked, verdict)
    if comparison.kind == .unknown || comparison.kind == .unreplayable {
      for entry in group { try await world.copy(entry) }
    }
    return (comparison, question)
  }
}

/// The machines of a sequential backtest.
private final class SequentialWorker: Sendable {
  private struct State {
    var candidate: HistoryMachine
    var baselines: [String: HistoryMachine] = [:]
    var finders: [String: PartingFinder] = [:]
  }

  private let shelf: RulebookShelf
  private let isQuiet: Bool
  private let state: Mutex<State>

  init(_ candidate: CheckedRulebook, _ shelf: RulebookShelf, isQuiet: Bool) {
    self.shelf = shelf
    self.isQuiet = isQuiet
    state = Mutex(State(candidate: HistoryMachine(candidate)))
  }

  /// What the candidate makes of a question.
  func run(_ question: RecordedQuestion) async -> HistoryMachine.Verdict {
    await LoadingThread.run(isQuiet: isQuiet) { self.state.withLock { $0.candidate.run(question) } }
  }

  /// The ids of the transfers that the recorded rule intended.
  func intents(_ question: RecordedQuestion) async -> Set<Identifier> {
    await LoadingThread.run(isQuiet: isQuiet) {
      self.state.withLock { state -> Set<Identifier> in
        guard case .success(let run) = self.control(question, &state) else { return [] }
        return Set(run.intents.map(\.event.id))
      }
    }
  }

  /// Compares the recorded run with what the candidate's came to in its world, where it was asked as `asked`.
  func compare(
    _ question: RecordedQuestion, _ asked: RecordedQuestion, _ verdict: HistoryMachine.Verdict
  ) async -> RecordComparison {
    await LoadingThread.run(isQuiet: isQuiet) {
      self.state.withLock { state -> RecordComparison in
        let control = self.control(question, &state)
        var comparison = RecordComparison(question, control: control, candidate: verdict, isDecided: true)
        let digest = question.record.digest
        guard comparison.kind.isFlip, var baseline = state.baselines[digest] else { return comparison }
        var finder =
          state.finders.removeValue(forKey: digest) ?? PartingFinder(baseline.rulebook, state.candidate.rulebook)
        comparison.parting = finder.parting(question, by: &baseline, asked: asked, by: &state.candidate)
        (state.baselines[digest], state.finders[digest]) = (baseline, finder)
        return comparison
      }
    }
  }

  private func control(_ question: RecordedQuestion, _ state: inout State) -> Result<HistoryRun, HistoryReason> {
    let digest = question.record.digest
    return shelf.rulebook(digest).flatMap { rulebook -> Result<HistoryRun, HistoryReason> in
      var machine = state.baselines[digest] ?? HistoryMachine(rulebook)
      let control = machine.control(question)
      state.baselines[digest] = machine
      return control
    }
  }
}
