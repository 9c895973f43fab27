package import Core
package import Ledger
package import Logging
package import Rulebook
internal import Synchronization

/// What a running host is asked to compare.
package struct BacktestOrder: Sendable {
  /// The rules that might be.
  package var candidate: BacktestCandidate
  /// The records that are taken.
  package var query = BacktestQuery()
  /// How the report shows them, with its gate.
  package var view = BacktestView()

  /// An order for all records, whose subjects are numbered.
  package init(_ candidate: BacktestCandidate) { self.candidate = candidate }
}

/// The backtests of a running host: at most one at a time, on a thread of its own that lets every other run first. No
/// lane is touched. The last ones are kept until the host ends.
package final class BacktestBook: Sendable {
  /// How a backtest stands; the raw values are the names on the wire.
  package enum State: String, Sendable, CaseIterable {
    case running, done, failed, cancelled
  }

  /// Why no backtest can be begun now.
  package enum Refusal: WireError, Equatable {
    /// Another one runs, or is being checked: this one, when it has an id already.
    case isBusy(Identifier?)
    /// The host is stopping.
    case isStopping

    package var wireProblem: WireProblem {
      switch self {
      case .isBusy(let id):
        let other = id.map { "the backtest \($0) runs" } ?? "a candidate is being checked"
        var problem = WireProblem(
          .refused, "\(other), and there is one at a time: wait for it or delete it", reason: "backtest_running")
        problem.members["id"] = id.map { .string($0.description) }
        return problem
      case .isStopping: return WireProblem(.unavailable, "the host is stopping")
      }
    }
  }

  private struct Entry {
    var id: Identifier
    var state = State.running
    var candidate: String
    var begun = WallClock.milliseconds()
    var compared = 0
    var report: JSON?
    var problem: String?
    var flips: KeptFlips
    var task: Task<Void, Never>?
  }

  private struct Shared {
    var entries: [Entry] = []
    var identifiers = IdentifierGenerator()

    subscript(id: Identifier) -> Entry? {
      get { entries.first { $0.id == id } }
      set {
        guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
        if let newValue { entries[place] = newValue } else { entries.remove(at: place) }
      }
    }
  }

  private let shared = Mutex(Shared())
  private let archive: RulebookArchive
  private let source: BacktestSource
  private let ledger: any LedgerStore
  private let loader: CandidateLoader
  private let limits: BacktestLimits
  private let place: BackgroundPlace
  private let logger: Logger
  private let tell: @Sendable (Identifier, JSON) -> Void

  /// Runs records of `source`, in sequential mode decisions of `ledger`, by the rulebooks of `archive`. What isn't run
  /// by a machine runs on `executor`; `tell` is given the state of a backtest, without its report, whenever there is
  /// news of it.
  package init(
    _ archive: RulebookArchive, _ source: BacktestSource, ledger: any LedgerStore, loader: CandidateLoader,
    limits: BacktestLimits = BacktestLimits(), executor: (any TaskExecutor)? = nil, logger: Logger,
    tell: @escaping @Sendable (Identifier, JSON) -> Void = { _, _ in }
  ) {
    self.archive = archive
    self.source = source
    self.ledger = ledger
    self.loader = loader
    self.limits = limits
    place = BackgroundPlace(executor: executor)
    self.logger = logger
    self.tell = tell
  }

  /// Checks the candidate and begins; returns before the first record. Throws ``Refusal``, ``RulebookRejected`` with
  /// all that is wrong with the candidate, and what keeps records from being read.
  package func begin(_ order: BacktestOrder) async throws -> Identifier {
    do throws(BackgroundPlace.Refusal) {
      try place.take()
    } catch {
      if error == .isStopping { throw Refusal.isStopping }
      throw Refusal.isBusy(shared.withLock { $0.entries.last { $0.state == .running }?.id })
    }
    let candidate: CheckedRulebook
    do {
      candidate = try await loader.load(order.candidate)
    } catch {
      place.leave()
      throw error
    }
    var course = BacktestCourse(candidate: candidate, archive: archive, query: order.query)
    (course.isQuiet, course.mostEntries) = (true, limits.entries)
    let backtest = course
    let id = shared.withLock { shared in
      let entry = Entry(
        id: shared.identifiers.next(), candidate: candidate.digest, flips: KeptFlips(limits))
      shared.entries.append(entry)
      if shared.entries.count > limits.kept { shared.entries.removeFirst() }
      return entry.id
    }
    let task = place.begin { await self.run(backtest, id, order.view) }
    shared.withLock { shared in if shared[id]?.state == .running { shared[id]?.task = task } }
    return id
  }

  /// What tells how it ended.
  private func run(
    _ backtest: BacktestCourse, _ id: Identifier, _ view: BacktestView
  ) async -> @Sendable () -> Void {
    let start = ContinuousClock.now
    var names = SubjectNames(showsNames: view.showsSubjects, redacted: view.redacted)
    var ending = (state: State.done, report: JSON?.none, problem: String?.none)
    do {
      let report = try await backtest.report(
        on: source, ledger, progress: { count in self.change(id) { $0.compared = count } },
        each: { comparison, question in
          self.shared.withLock { $0[id]?.flips.add(comparison, question, &names) }
        })
      let elapsed = Int64((ContinuousClock.now - start) / .milliseconds(1))
      ending.report = report.json(view, elapsed: elapsed)
    } catch let error as SequentialBacktest.TooManyEntries {
      ending.state = .failed
      ending.problem =
        "the ledger has more than \(error.most) entries, which a host doesn't hold in memory beside its work: run "
        + "cascade backtest --mode sequential"
    } catch {
      // A read that was cancelled fails as its store says it.
      if Task.isCancelled {
        ending.state = .cancelled
      } else {
        logger.error("a backtest failed: records can't be read", metadata: ["error": "\(error)"])
        (ending.state, ending.problem) = (.failed, "records can't be read; the server's log says why")
      }
    }
    let (state, report, problem) = ending
    return { self.change(id) { entry in (entry.state, entry.report, entry.problem) = (state, report, problem) } }
  }

  private func change(_ id: Identifier, _ change: (inout Entry) -> Void) {
    let news = shared.withLock { shared -> JSON? in
      guard var entry = shared[id] else { return nil }
      change(&entry)
      if entry.state != .running { entry.task = nil }
      shared[id] = entry
      return .object(Self.object(entry))
    }
    if let news { tell(id, news) }
  }

  // MARK: Looking

  /// A backtest as it stands, with its report once it is done; nil when there is none of this id.
  package func json(_ id: Identifier) -> JSON? {
    guard let entry = shared.withLock({ $0[id] }) else { return nil }
    var object = Self.object(entry)
    object.append("report", entry.report ?? .null)
    return .object(object)
  }

  private static func object(_ entry: Entry) -> JSON.Object {
    JSON.Object([
      ("id", .string(entry.id.description)), ("state", .string(entry.state.rawValue)),
      ("candidate", ["digest": .string(entry.candidate)]), ("begun", .integer(entry.begun)),
      ("compared", .integer(Int64(entry.compared))), ("flips", .integer(Int64(entry.flips.count))),
      ("all_flips", .bool(entry.flips.isWhole)), ("problem", entry.problem.map { .string($0) } ?? .null),
    ])
  }

  /// The records of a backtest that aren't the same; nil when there is none of this id.
  package func flips(_ id: Identifier) -> KeptFlips? { shared.withLock { $0[id]?.flips } }

  // MARK: Ending

  /// Ends a backtest and forgets it; false when there is none of this id. Waits until its thread is free.
  package func remove(_ id: Identifier) async -> Bool {
    guard let entry = shared.withLock({ $0[id] }) else { return false }
    if let task = entry.task {
      task.cancel()
      await task.value
    }
    shared.withLock { $0[id] = nil }
    return true
  }

  /// Ends what runs; nothing is begun any more.
  package func stop() async { await place.stop() }
}
