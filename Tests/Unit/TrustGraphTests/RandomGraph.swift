internal import TrustGraph

/// A small random graph and the plainest possible view of it, for answers to be held against.
struct RandomGraph {
  var snapshot: TrustSnapshot
  /// Trust by pair of nodes; nil where no relationship is, `neutral` where none is recorded.
  var trust: [[Double?]]

  static let neutral = 50.0

  /// A graph of at most `citizens` nodes in which each pair is related with a chance of `density` percent; a few
  /// distinct trusts, so that there are ties, or any.
  init(seed: UInt64, citizens: Int = 12, density: Int? = nil, distinct: Int? = nil) throws {
    var generator = SeededGenerator(seed: seed)
    let percent = density ?? [5, 15, 30, 60, 95][generator.next(below: 5)]
    var rows: [Relationship] = []
    for first in 0..<citizens {
      for second in 0..<first where generator.next(below: 100) < percent {
        let score =
          distinct.map { Double(generator.next(below: $0)) * 100 / Double(max(1, $0 - 1)) }
          ?? Double(generator.next(below: 10_001)) / 100
        let isRecorded = generator.next(below: 8) > 0
        rows.append(
          try Relationship(
            "c\(first)", "c\(second)", trust: isRecorded ? score : nil,
            strength: Double(generator.next(below: 5))))
      }
    }
    snapshot = TrustSnapshot(rows, citizens: (0..<citizens).map { "c\($0)" })
    let names = snapshot.names
    let made = snapshot
    trust = names.map { first in
      names.map { second in made.relationship(first, second).map { $0.trust ?? Self.neutral } }
    }
  }

  var count: Int { trust.count }
  func neighbours(_ node: Int) -> [Int] { (0..<count).filter { trust[node][$0] != nil } }
}
