package import Core

/// What one lane counted of one decision.
package struct PointStatistics: Sendable, Equatable {
  /// How many runs decided.
  package private(set) var decided = 0
  /// Runs that failed, by code, in the order of `DecisionErrorCode.allCases`.
  package private(set) var failed = [Int](repeating: 0, count: DecisionErrorCode.allCases.count)
  /// As ``LaneStatistics/buckets``.
  package private(set) var buckets = [Int](repeating: 0, count: LaneStatistics.bucketBounds.count + 1)
  /// Nanoseconds of all runs.
  package private(set) var nanoseconds: UInt64 = 0
  /// Runs, however they ended.
  package private(set) var runs = 0

  /// Statistics before the first run.
  package init() {}

  /// Runs that failed with one of these codes. O(codes).
  package func failed(_ codes: [String]) -> Int {
    zip(DecisionErrorCode.allCases, failed).reduce(0) { $0 + (codes.contains($1.0.rawValue) ? $1.1 : 0) }
  }

  /// Counts one run; `code` is nil when it decided. O(buckets).
  package mutating func count(nanoseconds: UInt64, code: DecisionErrorCode?) {
    self.nanoseconds &+= nanoseconds
    buckets[LaneStatistics.bucket(nanoseconds)] += 1
    runs += 1
    guard let code else {
      decided += 1
      return
    }
    if let index = DecisionErrorCode.allCases.firstIndex(of: code) { failed[index] += 1 }
  }

  /// Adds what another lane counted. O(codes + buckets).
  mutating func add(_ other: PointStatistics) {
    decided += other.decided
    nanoseconds &+= other.nanoseconds
    runs += other.runs
    for index in failed.indices { failed[index] += other.failed[index] }
    for index in buckets.indices { buckets[index] += other.buckets[index] }
  }
}
