package import Core

/// What one lane, or all that make decisions, counted since they began: plain numbers.
package struct LaneStatistics: Sendable {
  /// Upper bounds of the histogram's buckets in nanoseconds: 1 µs to 100 ms, three steps a decade.
  package static let bucketBounds: [UInt64] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
  ]

  /// All decisions together, and the failures that no run stands behind.
  private var all = PointStatistics()
  /// Decisions that were made.
  package var decided: Int { all.decided }
  /// Decisions that failed, by code, in the order of `DecisionErrorCode.allCases`.
  package var failed: [Int] { all.failed }
  /// Decisions that failed by a fault of their rule. O(codes).
  package var ruleFaults: Int {
    zip(DecisionErrorCode.allCases, failed).reduce(0) { $0 + ($1.0.isFaultOfRule ? $1.1 : 0) }
  }
  /// How many took at most each bound; the last one counts what took longer than all.
  package var buckets: [Int] { all.buckets }
  /// Nanoseconds of all decisions.
  package var nanoseconds: UInt64 { all.nanoseconds }
  /// Fuel of all decisions.
  package private(set) var fuel: UInt64 = 0
  /// The same by decision, of those that ran.
  package private(set) var points: [String: PointStatistics] = [:]
  /// Machines made anew because a decision spent one.
  package var replacedMachines = 0

  /// Counts from no decision on.
  package init() {}

  /// Counts one run; `code` is nil when it decided.
  package mutating func count(nanoseconds: UInt64, fuel: UInt64, code: DecisionErrorCode?) {
    all.count(nanoseconds: nanoseconds, code: code)
    self.fuel &+= fuel
  }

  /// Counts one decision that isn't made on a lane, with its point if there is one.
  mutating func count(nanoseconds: UInt64, code: DecisionErrorCode?, of decision: String?) {
    count(nanoseconds: nanoseconds, fuel: 0, code: code)
    if let decision { points[decision, default: PointStatistics()].count(nanoseconds: nanoseconds, code: code) }
  }

  /// The place of the bucket that a time counts in. O(buckets).
  static func bucket(_ nanoseconds: UInt64) -> Int {
    bucketBounds.firstIndex { nanoseconds <= $0 } ?? bucketBounds.count
  }

  /// Runs by decision, however they ended. O(decisions).
  package var runs: [String: Int] { points.mapValues(\.runs) }

  /// Adds what was counted of a decision.
  package mutating func add(_ point: PointStatistics, of decision: String) {
    if point.runs > 0 { points[decision, default: PointStatistics()].add(point) }
  }

  /// Adds what another lane counted. O(codes + buckets + decisions).
  package mutating func add(_ other: LaneStatistics) {
    all.add(other.all)
    fuel &+= other.fuel
    replacedMachines += other.replacedMachines
    for (decision, point) in other.points { add(point, of: decision) }
  }
}
