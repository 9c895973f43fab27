package import Core

/// How the cost of runs is spread. Exact until there are very many different costs, then to three digits.
package struct FuelFigures: Sendable, Equatable {
  /// Different costs that are told apart.
  private static let costs = 65_536

  private var counts: [UInt64: Int] = [:]
  private var isCoarse = false
  /// The largest cost; 0 without runs.
  package private(set) var most: UInt64 = 0
  /// How many runs there were.
  package private(set) var count = 0

  /// Counts from no run on.
  package init() {}

  /// Counts a run that cost so many units of fuel.
  package mutating func add(_ fuel: UInt64) {
    count += 1
    most = max(most, fuel)
    counts[isCoarse ? Self.coarse(fuel) : fuel, default: 0] += 1
    if counts.count > Self.costs, !isCoarse {
      isCoarse = true
      counts = Dictionary(counts.map { (Self.coarse($0), $1) }, uniquingKeysWith: +)
    }
  }

  /// The cost that this share of the runs doesn't pass; 0 without runs. O(costs · log costs).
  package func quantile(_ hundredths: Int) -> UInt64 {
    let wanted = max(1, (count * hundredths + 99) / 100)
    var passed = 0
    for (fuel, times) in counts.sorted(by: { $0.key < $1.key }) {
      passed += times
      if passed >= wanted { return fuel }
    }
    return 0
  }

  /// `{"p50","p99","max"}`
  package var json: JSON {
    [
      "p50": .integer(Int64(clamping: quantile(50))), "p99": .integer(Int64(clamping: quantile(99))),
      "max": .integer(Int64(clamping: most)),
    ]
  }

  private static func coarse(_ fuel: UInt64) -> UInt64 {
    var unit: UInt64 = 1
    while fuel / unit >= 1_000 { unit *= 10 }
    return fuel / unit * unit
  }
}
