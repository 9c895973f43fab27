extension TrustSnapshot {
  /// PageRank over trusts as weights (Page, Brin, Motwani and Winograd 1999); the sum is 1. A node without trust
  /// spreads evenly. Ends when the ranks move less than `tolerance` in all, or after `rounds`. O(rounds · (n + m)).
  package func pageRank(damping: Double, tolerance: Double, rounds: Int, neutral: Double) -> [Double] {
    guard nodeCount > 0 else { return [] }
    let adjacency = Adjacency(self)
    var trusts: [Double] = []
    trusts.reserveCapacity(adjacency.neighbours.count)
    let shares = (0..<nodeCount).map { node in
      var sum = 0.0
      for link in row(node) {
        let trust = link.trust(neutral: neutral)
        trusts.append(trust)
        sum += trust
      }
      return sum > 0 ? damping / sum : 0
    }
    let count = Double(nodeCount)
    var ranks = [Double](repeating: 1 / count, count: nodeCount)
    // The share that each node passes on for each unit of trust.
    var gifts = ranks
    for _ in 0..<min(rounds, GraphLimits.rounds) {
      var idle = 0.0
      for node in ranks.indices {
        gifts[node] = ranks[node] * shares[node]
        if shares[node] == 0 { idle += ranks[node] }
      }
      let base = (1 - damping + damping * idle) / count
      var moved = 0.0
      for node in ranks.indices {
        var rank = base
        for index in adjacency.offsets[node]..<adjacency.offsets[node + 1] {
          rank += gifts[Int(adjacency.neighbours[index])] * trusts[index]
        }
        moved += abs(rank - ranks[node])
        ranks[node] = rank
      }
      if moved < tolerance { break }
    }
    return ranks
  }
}
