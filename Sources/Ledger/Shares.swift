/// Splitting an amount without losing a unit.
package enum Shares {
  /// `minor` units split by `weights`: each share floored, then the units that remain handed out one by one from
  /// the first. So 99 by five equal weights is 20, 20, 20, 20, 19, and 15 by 80, 8 and 12 is 13, 1, 1. Nil when
  /// `minor` or a weight is negative or all weights are zero. O(weights).
  package static func split(_ minor: Int64, by weights: [Int64]) -> [Int64]? {
    let whole = weights.reduce(Int128(0)) { $0 + Int128($1) }
    guard minor >= 0, whole > 0, weights.allSatisfy({ $0 >= 0 }) else { return nil }
    var shares = weights.map { Int64(Int128(minor) * Int128($0) / whole) }
    var remaining = minor - shares.reduce(0, +)
    for index in shares.indices where remaining > 0 && weights[index] > 0 {
      shares[index] += 1
      remaining -= 1
    }
    return shares
  }
}
