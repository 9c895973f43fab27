internal import Core

/// A 5-cycle through a citizen.
package struct Pentagon: Sendable, Equatable {
  /// The usernames in order: the citizen first, and the second before the last.
  package let citizens: [String]
  /// The trusts of the five sides, starting at the citizen.
  package let sides: [Double]
  /// The trusts of the five diagonals: first to third, second to fourth and so on; a pair without a relationship counts
  /// as neutral.
  package let diagonals: [Double]
}

extension Window {
  /// The simple 5-cycle through the citizen with the largest sum of its sides, rounded to nine decimals; among equal
  /// ones, the lexicographically smallest list of usernames. Nil without one. O(window³) for the sum, then a search
  /// that prunes branches which can't reach it.
  func bestPentagon(neutral: Double) -> Pentagon? {
    let order = [0] + (1..<count).sorted { ExactText(names[$0]) < ExactText(names[$1]) }
    var search = PentagonSearch(
      count: count, trusts: order.flatMap { first in order.map { self[first, $0] } })
    guard let cycle = search.best() else { return nil }
    let places = cycle.map { order[$0] }
    func trust(_ first: Int, _ second: Int) -> Double {
      let trust = self[places[first % 5], places[second % 5]]
      return trust.isNaN ? neutral : trust
    }
    return Pentagon(
      citizens: places.map { names[$0] }, sides: (0..<5).map { trust($0, $0 + 1) },
      diagonals: (0..<5).map { trust($0, $0 + 2) })
  }
}

/// Searches nodes numbered by username after the citizen, who is 0.
struct PentagonSearch {
  let count: Int
  /// The trusts by pair of nodes; NaN without a relationship.
  let trusts: [Double]
  let neighbours: [[Int]]
  /// The largest sum of a walk of two, three and four steps from each node back to 0; minus infinity without one.
  private var back2: [Double] = []
  private var back3: [Double] = []
  private var back4: [Double] = []

  init(count: Int, trusts: [Double]) {
    self.count = count
    self.trusts = trusts
    neighbours = (0..<count).map { node in (1..<max(count, 1)).filter { !trusts[node * count + $0].isNaN } }
    let back1 = (0..<count).map { trusts[$0].isNaN ? -Double.infinity : trusts[$0] }
    back2 = longer(back1)
    back3 = longer(back2)
    back4 = longer(back3)
  }

  private func longer(_ back: [Double]) -> [Double] {
    (0..<count).map { node in
      neighbours[node].reduce(-Double.infinity) { max($0, trusts[node * count + $1] + back[$1]) }
    }
  }

  mutating func best() -> [Int]? {
    guard count >= 5, let floor = largestTotal() else { return nil }
    return firstCycle(atLeast: floor) ?? firstCycle(atLeast: -.infinity)
  }

  private static func rounded(_ total: Double) -> Double { (total * 1e9).rounded() }

  private func total(_ a: Int, _ b: Int, _ d: Int, _ e: Int) -> Double {
    Self.rounded(trusts[a] + trusts[a * count + b] + trusts[b * count + d] + trusts[d * count + e] + trusts[e])
  }

  /// The largest rounded total. For each middle side b–d it suffices to try the three best neighbours of 0 before b and
  /// after d, because the other end takes at most two of three. O(m) to rank, O(9·m) to try.
  private func largestTotal() -> Double? {
    let ends = (0..<count).map(bestEnds(of:))
    var largest: Double?
    for b in 1..<count {
      for d in neighbours[b] {
        for a in ends[b] where a != d {
          for e in ends[d] where e != b && e > a {
            let total = total(a, b, d, e)
            if total > largest ?? -.infinity { largest = total }
          }
        }
      }
    }
    return largest
  }

  /// The common neighbours of a node and 0 with the largest sum of both trusts, at most three, largest first.
  /// O(degree).
  private func bestEnds(of node: Int) -> [Int] {
    var best: [(end: Int, sum: Double)] = []
    for end in neighbours[node] where !trusts[end].isNaN {
      let sum = trusts[end] + trusts[node * count + end]
      if best.count == 3 && sum <= best[2].sum { continue }
      best.insert((end, sum), at: best.firstIndex { $0.sum < sum } ?? best.count)
      if best.count > 3 { best.removeLast() }
    }
    return best.map(\.end)
  }

  /// The first cycle in lexicographic order with the largest total, given that one of at least `floor` exists.
  private func firstCycle(atLeast floor: Double) -> [Int]? {
    var best = floor
    var found: [Int]?
    // Sums in another order may differ in the last digits; the slack keeps the bound valid.
    func isWorthwhile(_ bound: Double) -> Bool {
      let bound = Self.rounded(bound + 1e-12)
      return found == nil ? bound >= best : bound > best
    }
    for a in neighbours[0] where isWorthwhile(trusts[a] + back4[a]) {
      for b in neighbours[a] {
        let two = trusts[a] + trusts[a * count + b]
        guard isWorthwhile(two + back3[b]) else { continue }
        for d in neighbours[b] where d != a {
          let three = two + trusts[b * count + d]
          guard isWorthwhile(three + back2[d]) else { continue }
          for e in neighbours[d] where e > a && e != b && !trusts[e].isNaN {
            let total = total(a, b, d, e)
            guard found == nil ? total >= best : total > best else { continue }
            best = total
            found = [0, a, b, d, e]
          }
        }
      }
    }
    return found
  }
}
