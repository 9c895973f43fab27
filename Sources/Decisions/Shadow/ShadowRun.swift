internal import Core
internal import Cryptography
internal import Ledger
internal import LuaRuntime
internal import Metrics
internal import Platform
internal import Rulebook
internal import Synchronization

/// A shadow under way: compares decisions after they were answered, with machines of its own and the answers that the
/// host gave then, and writes down what it finds.
final class ShadowRun: Sendable {
  /// How a shadow stands at a moment.
  struct Standing: Sendable {
    var report: BacktestReport
    var dropped = 0
    /// Whether verdicts of before the host started are being read again.
    var isResuming: Bool
  }

  let plan: ShadowPlan
  private let log: ShadowLog
  private let worker: BacktestWorker
  private let source: BacktestSource
  private let records: DecisionRecords
  private let feed: Mutex<ShadowFeed>
  private let limits: ShadowLimits
  private let standing: Mutex<Standing>
  private let pairs = Counter(label: "cascade_shadow_pairs")
  private let drops = Counter(label: "cascade_shadow_dropped")

  init(
    _ plan: ShadowPlan, log: ShadowLog, candidate: CheckedRulebook, shelf: RulebookShelf, records: DecisionRecords,
    source: BacktestSource, feed: ShadowFeed, limits: ShadowLimits
  ) {
    self.plan = plan
    self.log = log
    worker = BacktestWorker(candidate: candidate, shelf: shelf)
    self.records = records
    self.source = source
    self.feed = Mutex(feed)
    self.limits = limits
    var heading = BacktestReport.Heading(candidate: candidate.digest, machine: VirtualMachine.format)
    heading.isLive = true
    standing = Mutex(Standing(report: BacktestReport(heading), isResuming: File.exists(log.path)))
  }

  /// How it stands now.
  var current: Standing { standing.withLock { $0 } }

  /// Compares until its time is over, it is full, it can't go on, or the task is cancelled: then it returns nil, and
  /// may go on later.
  func run() async -> (ending: ShadowPlan.Ending, problem: String?, error: (any Error)?)? {
    do {
      try await resume()
      while !Task.isCancelled {
        if let ends = plan.ends, WallClock.milliseconds() >= ends { return (.time, nil, nil) }
        if current.report.selected >= limits.pairs { return (.full, nil, nil) }
        if try await step() { continue }
        try? await Task.sleep(for: limits.interval)
      }
      return nil
    } catch {
      // A read that was cancelled fails as its store says it.
      if Task.isCancelled { return nil }
      return (.failed, "decisions can't be read, or verdicts can't be written; the server's log says why", error)
    }
  }

  /// Compares once more what was compared before the host started: the report isn't kept, only the verdicts are.
  private func resume() async throws {
    var waiting: [Identifier] = []
    let mark = try await log.recover { verdict in
      waiting.append(verdict.record)
      if waiting.count < limits.piece { return }
      try await compareAgain(waiting)
      waiting = []
    }
    try await compareAgain(waiting)
    if let mark { feed.withLock { $0.goOn(from: mark.positions) } }
    standing.withLock { standing in
      standing.isResuming = false
      standing.dropped = mark?.dropped ?? 0
    }
  }

  private func compareAgain(_ ids: [Identifier]) async throws {
    try Task.checkCancellation()
    var questions: [RecordedQuestion] = []
    for id in ids {
      guard let bytes = try await records.record(id), let record = RecordedDecision(bytes: bytes) else { continue }
      questions.append(try await source.question(record))
    }
    _ = await compare(questions)
  }

  /// Takes the next decisions; false when there are none.
  private func step() async throws -> Bool {
    var feed = feed.withLock { $0 }
    guard let piece = try await feed.next() else { return false }
    let wanted = piece.records.compactMap { RecordedDecision(bytes: $0) }.filter { plan.takes($0.id) }
    var verdicts: [ShadowVerdict] = []
    var dropped = current.dropped
    if piece.isBehind {
      dropped += wanted.count
      drops.increment(by: Int64(wanted.count))
    } else {
      var questions: [RecordedQuestion] = []
      for record in wanted { questions.append(try await source.question(record)) }
      verdicts = await compare(questions)
      pairs.increment(by: Int64(verdicts.count))
    }
    var mark = ShadowMark(positions: feed.positions)
    mark.dropped = dropped
    try log.append(verdicts, mark)
    standing.withLock { $0.dropped = dropped }
    let read = feed
    self.feed.withLock { $0 = read }
    return true
  }

  private func compare(_ questions: [RecordedQuestion]) async -> [ShadowVerdict] {
    if questions.isEmpty { return [] }
    let worker = worker
    let compared = await LoadingThread.run(isQuiet: true) { worker.compare(questions) }
    standing.withLock { standing in
      for (comparison, question) in zip(compared, questions) { standing.report.add(comparison, question) }
    }
    return compared.map { comparison in
      let digest = comparison.after.map { "sha256:" + Hexadecimal.text(SHA256.hash(Self.outcome($0).bytes)) }
      return ShadowVerdict(
        record: comparison.record, candidate: plan.candidate, kind: comparison.kind, digest: digest ?? "")
    }
  }

  /// What the candidate answered and intended.
  private static func outcome(_ run: HistoryRun) -> JSON {
    let intents = run.intents.map { intent -> JSON in
      let event = intent.event
      return [
        "call": .string(intent.call.rawValue), "from": .string(event.from?.text ?? ""),
        "to": .string(event.to?.text ?? ""), "amount": event.amount?.json ?? .null,
        "hold": .string(event.pendingID?.description ?? ""), "reference": .string(event.reference),
      ]
    }
    return ["answer": run.json, "intents": .array(intents)]
  }
}
