/// What a running host keeps of the backtests that it was asked for.
package struct BacktestLimits: Sendable {
  /// Backtests that are kept; then the oldest goes.
  package var kept = 8
  /// Records of one backtest that are kept to be looked at.
  package var flips = 100_000
  /// Bytes of those of one backtest, after which no further one is kept.
  package var flipBytes = 16 << 20
  /// Bytes of an input or an answer that one of them shows.
  package var valueBytes = 8 << 10
  /// Entries of the ledger that a backtest in sequential mode holds in memory; of a longer one there is none.
  package var entries = 200_000
  /// The most bytes of a request with the files of a candidate.
  package static let requestBytes = 4 << 20

  /// The limits that serve, unless one is set.
  package init() {}
}
