package import Ledger
package import Rulebook

/// A backtest in the mode that is asked for.
package struct BacktestCourse: Sendable {
  /// The rules that might be.
  package var candidate: CheckedRulebook
  /// Where the rulebooks of the records are.
  package var archive: RulebookArchive
  /// The records that are taken, and how they are run.
  package var query: BacktestQuery
  /// Threads that compare where decisions are independent.
  package var jobs = 1
  /// Whether everything else in the process runs first.
  package var isQuiet = false
  /// Entries of the ledger that are in memory at most, in sequential mode.
  package var mostEntries = Int.max

  /// One thread that runs what `query` takes by `candidate`.
  package init(candidate: CheckedRulebook, archive: RulebookArchive, query: BacktestQuery) {
    (self.candidate, self.archive, self.query) = (candidate, archive, query)
  }

  /// The report on the records of `source`, or on the decisions of `ledger` in sequential mode. `progress` is told how
  /// many records were compared so far; `each` is given every comparison in order. Throws what these throw,
  /// ``SequentialBacktest/TooManyEntries`` and `CancellationError`.
  package func report(
    on source: BacktestSource, _ ledger: any LedgerStore, progress: (Int) async -> Void = { _ in },
    each: (RecordComparison, RecordedQuestion) async throws -> Void = { _, _ in }
  ) async throws -> BacktestReport {
    switch query.mode {
    case .independent:
      let backtest = Backtest(candidate: candidate, archive: archive, query: query, jobs: jobs, isQuiet: isQuiet)
      return try await backtest.run(source, progress: progress, each: each)
    case .sequential:
      let backtest = SequentialBacktest(
        candidate: candidate, archive: archive, query: query, isQuiet: isQuiet, mostEntries: mostEntries)
      return try await backtest.run(ledger, progress: progress, each: each)
    }
  }
}
