package import Core
package import Ledger
package import Logging
internal import Platform
package import Rulebook
internal import Synchronization

/// The shadow of a running host: one at a time, which survives the host's end and goes on with its next start.
package final class ShadowBook: Sendable {
  /// Why no shadow can begin.
  package enum Refusal: WireError, Equatable {
    /// Another one goes on: this one.
    case isRunning(String)
    /// The host is stopping.
    case isStopping

    package var wireProblem: WireProblem {
      switch self {
      case .isRunning(let id):
        WireProblem(
          .refused, "there is one shadow at a time, and \(id) goes on: end it first", reason: "shadow_running")
      case .isStopping: WireProblem(.unavailable, "the host is stopping")
      }
    }
  }

  private struct State {
    var run: ShadowRun?
    var task: Task<Void, Never>?
    /// The last shadow that ended, as it stood then.
    var last: JSON?
    var identifiers = IdentifierGenerator()
  }

  private let directory: String
  private let archive: RulebookArchive
  private let shelf: RulebookShelf
  private let loader: CandidateLoader
  private let log: RecordLog
  private let ledger: any LedgerStore
  private let records: DecisionRecords
  private let source: BacktestSource
  private let limits: ShadowLimits
  private let place: BackgroundPlace
  private let logger: Logger
  private let state = Mutex(State())

  /// A shadow of the decisions that `log` and `ledger` keep, whose rulebooks are in `rulebooks`; what belongs to it is
  /// kept in `directory`. What no machine runs runs on `executor`.
  package init(
    directory: String, rulebooks: RulebookArchive, loader: CandidateLoader, log: RecordLog, ledger: any LedgerStore,
    limits: ShadowLimits = ShadowLimits(), executor: (any TaskExecutor)? = nil, logger: Logger
  ) {
    self.directory = directory
    archive = RulebookArchive(directory: directory + "/rulebooks")
    shelf = RulebookShelf(rulebooks)
    self.loader = loader
    self.log = log
    self.ledger = ledger
    records = DecisionRecords(ledger: ledger, log: log.reader)
    source = BacktestSource(records, ledger)
    self.limits = limits
    place = BackgroundPlace(executor: executor)
    self.logger = logger
  }

  private var planPath: String { directory + "/plan.json" }
  private func logPath(_ id: String) -> String { directory + "/\(id).verdicts" }
  private func endPath(_ id: String) -> String { directory + "/\(id).report.json" }

  // MARK: Beginning

  /// Goes on with the shadow of before the host started. One that can't go on ends, and the log of the process says
  /// why. Waits for the disk.
  package func resume() async {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try File.read(planPath)
    } catch {
      if !error.isMissing { logger.error("\(planPath) can't be read; the shadow doesn't go on: \(error.reason)") }
      return
    }
    guard let json = try? JSON(parsing: bytes), let plan = ShadowPlan(json: json) else {
      return logger.error("\(planPath) is no plan of a shadow; the shadow doesn't go on")
    }
    if plan.ending != nil {
      let end = (try? File.read(endPath(plan.id.description))).flatMap { try? JSON(parsing: $0, limits: Self.reading) }
      return state.withLock { $0.last = end }
    }
    guard (try? place.take()) != nil else { return }
    do {
      try launch(plan, try await loader.load(digest: plan.candidate, from: archive))
      logger.notice("the shadow goes on", metadata: ["id": "\(plan.id)", "candidate": "\(plan.candidate)"])
    } catch {
      logger.error("the shadow can't go on: \(error)", metadata: ["id": "\(plan.id)"])
      var ended = plan
      (ended.ended, ended.ending) = (WallClock.milliseconds(), .failed)
      ended.problem = "its rules can't be loaded any more; the server's log says why"
      close(ended, nil)()
      place.leave()
    }
  }

  /// Checks the candidate and begins; from then on one decision in `share` is compared, for so long. Throws
  /// ``Refusal``, ``RulebookRejected`` with all that is wrong with the candidate, and what can't be written.
  package func begin(_ candidate: BacktestCandidate, share: Int, lastingMilliseconds: Int64?) async throws {
    try take()
    do {
      try await prepare(candidate, share: share, lastingMilliseconds: lastingMilliseconds)
    } catch {
      place.leave()
      throw error
    }
  }

  private func take() throws(Refusal) {
    do throws(BackgroundPlace.Refusal) {
      try place.take()
    } catch {
      if error == .isStopping { throw .isStopping }
      throw .isRunning(state.withLock { $0.run?.plan.id.description } ?? "another one is being checked")
    }
    // One that is being stopped has left its place, and is still to be closed.
    guard let run = state.withLock({ $0.run }) else { return }
    place.leave()
    throw .isRunning(run.plan.id.description)
  }

  private func prepare(_ candidate: BacktestCandidate, share: Int, lastingMilliseconds: Int64?) async throws {
    let rulebook = try await loader.load(candidate)
    let begun = WallClock.milliseconds()
    let positions = try await ShadowFeed.ends(try log.followed(), ledger)
    let id = state.withLock { $0.identifiers.next() }
    let plan = ShadowPlan(
      id: id, candidate: rulebook.digest, share: share, begun: begun, ends: lastingMilliseconds.map { begun + $0 },
      positions: positions)
    try StoreError.catching { () throws(FileError) in try Directory.make(directory) }
    try archive.store(rulebook.snapshot)
    try removeOld()
    try StoreError.catching { () throws(FileError) in try File.replace(planPath, with: plan.json.bytes) }
    try launch(plan, rulebook)
  }

  /// Begins in the taken place.
  private func launch(_ plan: ShadowPlan, _ candidate: CheckedRulebook) throws(StoreError) {
    let feed = ShadowFeed(try log.followed(), ledger, from: plan.positions, limits)
    let run = ShadowRun(
      plan, log: ShadowLog(path: logPath(plan.id.description)), candidate: candidate, shelf: shelf, records: records,
      source: source, feed: feed, limits: limits)
    state.withLock { state in
      (state.run, state.task) = (run, place.begin { await self.follow(run) })
    }
  }

  /// What tells that it ended.
  private func follow(_ run: ShadowRun) async -> @Sendable () -> Void {
    guard let (ending, problem, error) = await run.run() else { return {} }
    if let error { logger.error("the shadow can't go on: \(error)", metadata: ["id": "\(run.plan.id)"]) }
    var plan = run.plan
    (plan.ended, plan.ending, plan.problem) = (WallClock.milliseconds(), ending, problem)
    return close(plan, run)
  }

  /// Keeps how a shadow ended; what it returns tells of that.
  private func close(_ plan: ShadowPlan, _ run: ShadowRun?) -> @Sendable () -> Void {
    let json = Self.json(plan, run?.current)
    do throws(FileError) {
      try File.replace(endPath(plan.id.description), with: json.bytes)
      try File.replace(planPath, with: plan.json.bytes)
    } catch {
      logger.error("that the shadow ended can't be kept: \(error)")
    }
    logger.notice("the shadow ended", metadata: ["id": "\(plan.id)", "ending": "\(plan.ending?.rawValue ?? "")"])
    return { self.state.withLock { state in (state.run, state.task, state.last) = (nil, nil, json) } }
  }

  /// Makes room for another one.
  private func removeOld() throws(StoreError) {
    let ids = try names().dropLast(limits.kept - 1)
    for id in ids { for path in [logPath(id), endPath(id)] { File.remove(path) } }
  }

  /// The ids of the shadows whose verdicts are kept, the oldest first.
  private func names() throws(StoreError) -> [String] {
    if !File.exists(directory) { return [] }
    return try StoreError.catching { () throws(FileError) in
      try Directory.entries(of: directory).map(\.name).filter { $0.ends(with: ".verdicts") }
        .map { String($0.dropLast(".verdicts".count)) }.sorted()
    }
  }

  // MARK: Looking

  private static let reading = JSON.ParsingLimits(bytes: 64 << 20)

  /// The shadow under way, or the last that ended, with its report; nil when there was none.
  package var json: JSON? {
    let (run, last) = state.withLock { ($0.run, $0.last) }
    return run.map { Self.json($0.plan, $0.current) } ?? last
  }

  private static func json(_ plan: ShadowPlan, _ standing: ShadowRun.Standing?) -> JSON {
    let report = standing?.report
    let pairs = report?.selected ?? 0
    let isSilent = pairs > 0 && report?.flips == 0
    let word = plan.ending != nil ? "ended" : standing?.isResuming == true ? "resuming" : "running"
    let end = plan.ended ?? WallClock.milliseconds()
    return [
      "id": .string(plan.id.description), "state": .string(word), "candidate": ["digest": .string(plan.candidate)],
      "share": .integer(Int64(plan.share)), "begun": .integer(plan.begun),
      "ends": plan.ends.map { .integer($0) } ?? .null,
      "ended": plan.ended.map { .integer($0) } ?? .null, "ending": plan.ending.map { .string($0.rawValue) } ?? .null,
      "problem": plan.problem.map { .string($0) } ?? .null, "pairs": .integer(Int64(pairs)),
      "dropped": .integer(Int64(standing?.dropped ?? 0)), "flips": .integer(Int64(report?.flips ?? 0)),
      // Without one flip among n, with 95 % certainty fewer than 3/n of all decisions are one.
      "below": isSilent ? .string("3/\(pairs)") : .null,
      "report": report.map { $0.json(elapsed: max(0, end - plan.begun)) } ?? .null,
    ]
  }

  /// What a shadow made of a recorded decision; nil when none did. Waits for the disk. O(verdicts).
  package func verdict(of record: Identifier) async throws -> JSON? {
    for id in try names().reversed() {
      let log = ShadowLog(path: logPath(id))
      let found = try await BlockingPool.shared.run { try log.verdict(of: record) }
      if let found { return found.json }
    }
    return nil
  }

  // MARK: Ending

  /// Ends the shadow under way for good; false when there is none. Returns when nothing of it runs any more.
  package func stop() async -> Bool {
    let (run, task) = state.withLock { ($0.run, $0.task) }
    guard let run, let task else { return false }
    task.cancel()
    await task.value
    guard state.withLock({ $0.run === run }) else { return true }
    var plan = run.plan
    (plan.ended, plan.ending) = (WallClock.milliseconds(), .stopped)
    close(plan, run)()
    return true
  }

  /// Lets go of the shadow, which goes on when the host starts again.
  package func close() async {
    await place.stop()
  }
}
