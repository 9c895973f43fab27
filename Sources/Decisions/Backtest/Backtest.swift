package import Core
internal import LuaRuntime
package import Rulebook

/// Which records a backtest takes.
package struct BacktestQuery: Sendable {
  /// The decisions; all when empty.
  package var points: Set<String> = []
  /// Milliseconds since 1970, from which on.
  package var since: Int64?
  /// Milliseconds since 1970, before which.
  package var until: Int64?
  /// Whose, see ``RecordedQuestion/subject``.
  package var subject: String?
  /// At most so many: the latest, or the first in sequential mode.
  package var limit: Int?
  /// What answers a host call that nobody made then.
  package var answers = Answers.recorded

  /// How decisions are run.
  package var mode = Mode.independent

  /// How decisions are run; the raw values are the names on the wire.
  package enum Mode: String, Sendable, CaseIterable {
    /// Each by itself, on what the host answered then.
    case independent
    /// Those with effects in turn, each on what those before it left: a model.
    case sequential
  }

  /// What answers the host calls of a candidate; the raw values are the names on the wire.
  package enum Answers: String, Sendable, CaseIterable {
    /// Only what was answered then.
    case recorded
    /// A balance that nobody asked for then as it was then, too.
    case asOf = "as-of"
  }

  /// A choice that takes every record.
  package init() {}

  /// Whether a record is taken.
  func takes(_ record: RecordedDecision) -> Bool {
    (points.isEmpty || points.contains(record.point)) && (since.map { record.timeMilliseconds >= $0 } ?? true)
      && (until.map { record.timeMilliseconds < $0 } ?? true)
      && (subject.map { RecordedQuestion.subject(of: record.input) == $0 } ?? true)
  }
}

/// Where a backtest's records come from.
package struct BacktestSource: Sendable {
  /// The page of records behind this id, the highest ids first, and where the next begins; nil when nothing follows.
  package typealias Pages = @Sendable (Identifier?) async throws -> (records: [JSON], next: Identifier?)

  /// Reads the records page by page.
  package var pages: Pages
  /// What a hold keeps; nil when there is none.
  package var hold: @Sendable (Identifier) async throws -> HeldMoney?
  /// The available balance of an account when a decision was made; nil for an account that wasn't there. There is no
  /// such source when this is nil.
  package var balance: (@Sendable (AccountName, RecordedDecision) async throws -> Amount?)?

  /// A source of records and holds.
  package init(pages: @escaping Pages, hold: @escaping @Sendable (Identifier) async throws -> HeldMoney?) {
    self.pages = pages
    self.hold = hold
  }

  /// A record with the holds that it settled. Throws what the source throws.
  package func question(_ record: RecordedDecision) async throws -> RecordedQuestion {
    var question = RecordedQuestion(record)
    for id in RecordedQuestion.settled(by: record) { question.holds[id] = try await hold(id) }
    return question
  }

  /// The digest of the rulebook that had this number, as a record tells it; nil when none does. O(records).
  package func digest(ofGeneration number: Int64) async throws -> String? {
    var before: Identifier?
    repeat {
      let page = try await pages(before)
      for record in page.records where record["generation"]?.integer == number {
        if let digest = record["digest"]?.string { return digest }
      }
      before = page.next
    } while before != nil
    return nil
  }
}

/// Runs recorded decisions by their own rulebook and by a candidate, and reports what differs.
///
/// Each decision is run for itself, with what the host answered then: what the candidate would have done to the
/// balances that later decisions read is not part of it. In a memory that doesn't grow with the records.
package struct Backtest: Sendable {
  private let candidate: CheckedRulebook
  private let shelf: RulebookShelf
  private let query: BacktestQuery
  private let workers: [BacktestWorker]
  /// Whether others run first.
  private let isQuiet: Bool
  /// Records that are taken at once.
  private let batch: Int
  /// How many answers of then one decision may need.
  private static let rounds = 32

  /// The most threads that run at once.
  package static let jobs = 64

  /// Compares with `candidate` what `query` takes, by `jobs` threads. A quiet one lets everything else in the process
  /// run first, and can be cancelled after fewer records.
  package init(
    candidate: CheckedRulebook, archive: RulebookArchive, query: BacktestQuery, jobs: Int, isQuiet: Bool = false
  ) {
    self.candidate = candidate
    self.query = query
    self.isQuiet = isQuiet
    batch = isQuiet ? 50 : 1_000
    let shelf = RulebookShelf(archive)
    self.shelf = shelf
    workers = (0..<min(max(1, jobs), Self.jobs)).map { _ in BacktestWorker(candidate: candidate, shelf: shelf) }
  }

  /// The report on `source`. `progress` is told how many records were compared so far; `each` is given every
  /// comparison in order. Throws what the source throws, and `CancellationError`.
  package func run(
    _ source: BacktestSource, progress: (Int) async -> Void = { _ in },
    each: (RecordComparison, RecordedQuestion) async throws -> Void = { _, _ in }
  ) async throws -> BacktestReport {
    var report = BacktestReport(
      BacktestReport.Heading(candidate: candidate.digest, machine: VirtualMachine.format))
    var seen = Baselines()
    var before: Identifier?
    var isWhole = false
    var waiting: [RecordedQuestion] = []
    while !isWhole, query.limit.map({ report.selected < $0 }) ?? true {
      try Task.checkCancellation()
      let page = try await source.pages(before)
      for json in page.records {
        guard let record = RecordedDecision(json: json) else { continue }
        report.recorded += 1
        seen.points.insert(record.point)
        guard query.takes(record), query.limit.map({ report.selected + waiting.count < $0 }) ?? true else { continue }
        seen.note(record)
        waiting.append(try await source.question(record))
      }
      before = page.next
      isWhole = page.next == nil
      let isDue = isWhole || query.limit != nil
      while waiting.count >= batch || isDue && !waiting.isEmpty {
        try Task.checkCancellation()
        let next = Array(waiting.prefix(batch))
        waiting.removeFirst(next.count)
        try await compare(next, source, &report, each)
        await progress(report.selected)
      }
    }
    report.heading.baseline = seen.only
    report.heading.answers = query.answers.rawValue
    report.notRecordedPoints = isWhole ? silentPoints(seen) : []
    return report
  }

  private func compare(
    _ asked: [RecordedQuestion], _ source: BacktestSource, _ report: inout BacktestReport,
    _ each: (RecordComparison, RecordedQuestion) async throws -> Void
  ) async throws {
    var questions = asked
    var compared = await compare(questions)
    if query.answers == .asOf, let balance = source.balance {
      for place in questions.indices {
        for _ in 0..<Self.rounds {
          guard let account = compared[place].unanswered?.account else { break }
          let then = try await balance(account, questions[place].record)
          guard let call = RecordedCall.asking(account, answer: then) else { break }
          questions[place].asOf.append(call)
          compared[place] = await compare([questions[place]])[0]
        }
      }
    }
    for (question, comparison) in zip(questions, compared) {
      report.add(comparison, question)
      try await each(comparison, question)
    }
  }

  /// What the candidate makes of each question, in their order.
  private func compare(_ questions: [RecordedQuestion]) async -> [RecordComparison] {
    let share = max(1, (questions.count + workers.count - 1) / workers.count)
    let compared = await withTaskGroup(of: (Int, [RecordComparison]).self) { group in
      for (number, worker) in workers.enumerated() where number * share < questions.count {
        let part = Array(questions[(number * share)..<min(questions.count, (number + 1) * share)])
        group.addTask { (number, await LoadingThread.run(isQuiet: isQuiet) { worker.compare(part) }) }
      }
      return await group.reduce(into: [Int: [RecordComparison]]()) { $0[$1.0] = $1.1 }
    }
    return workers.indices.flatMap { compared[$0] ?? [] }
  }

  /// The decisions that the latest of the records' rulebooks offers and of which there is no record.
  private func silentPoints(_ seen: Baselines) -> [String] {
    guard let latest = seen.latest, case .success(let rulebook) = shelf.rulebook(latest.digest) else { return [] }
    return rulebook.decisions.map(\.name).filter { name in
      !seen.points.contains(name) && (query.points.isEmpty || query.points.contains(name))
    }
  }

  /// The generations that made the recorded decisions.
  private struct Baselines {
    var points: Set<String> = []
    var latest: (generation: Int, digest: String)?
    var isSeveral = false

    var only: (generation: Int, digest: String)? { isSeveral ? nil : latest }

    mutating func note(_ record: RecordedDecision) {
      if let latest {
        if latest.generation != record.generation || latest.digest != record.digest { isSeveral = true }
        if latest.generation >= record.generation { return }
      }
      latest = (record.generation, record.digest)
    }
  }
}
