package import Core

extension TrustSnapshot {
  /// The component of each node, numbered from 0 in the order of their first nodes. O(n + m).
  package func components() -> [Int] {
    var component = [Int](repeating: -1, count: nodeCount)
    var next = 0
    for start in 0..<nodeCount where component[start] < 0 {
      component[start] = next
      var stack = [start]
      while let node = stack.popLast() {
        for link in row(node) where component[link.neighbour] < 0 {
          component[link.neighbour] = next
          stack.append(link.neighbour)
        }
      }
      next += 1
    }
    return component
  }

  /// The core number of each node (Batagelj and Zaveršnik 2003). O(n + m).
  package func coreNumbers() -> [Int] {
    var degrees = (0..<nodeCount).map(degree(of:))
    var buckets = [[Int]](repeating: [], count: (degrees.max() ?? 0) + 1)
    for (node, degree) in degrees.enumerated() { buckets[degree].append(node) }
    var core = [Int](repeating: -1, count: nodeCount)
    for level in buckets.indices {
      while let node = buckets[level].popLast() {
        guard core[node] < 0 else { continue }
        core[node] = level
        for link in row(node) where core[link.neighbour] < 0 && degrees[link.neighbour] > level {
          degrees[link.neighbour] -= 1
          buckets[degrees[link.neighbour]].append(link.neighbour)
        }
      }
    }
    return core
  }

  /// PageRank over trusts as weights; the sum is 1. A node without trust spreads evenly.
  /// Ends when the ranks move less than `tolerance` in all, or after `rounds`. O(rounds · (n + m)).
  package func pageRank(damping: Double, tolerance: Double, rounds: Int, neutral: Double) -> [Double] {
    guard nodeCount > 0 else { return [] }
    let count = Double(nodeCount)
    let weights = (0..<nodeCount).map { row($0).reduce(0) { $0 + $1.trust(neutral: neutral) } }
    var ranks = [Double](repeating: 1 / count, count: nodeCount)
    for _ in 0..<min(rounds, GraphLimits.rounds) {
      let idle = ranks.indices.reduce(0) { weights[$1] > 0 ? $0 : $0 + ranks[$1] }
      let next = ranks.indices.map { node in
        let received = row(node).reduce(0) { sum, link in
          let weight = weights[link.neighbour]
          return weight > 0 ? sum + ranks[link.neighbour] * link.trust(neutral: neutral) / weight : sum
        }
        return (1 - damping + damping * idle) / count + damping * received
      }
      let moved = zip(ranks, next).reduce(0) { $0 + abs($1.0 - $1.1) }
      ranks = next
      if moved < tolerance { break }
    }
    return ranks
  }

  /// ΣA/ΣB of the split of a node's descending trusts into prefix A and rest B that lies nearest to `target`;
  /// nil with fewer than two, or when every rest sums to 0. O(degree · log degree).
  package func splitRatio(of node: Int, target: Double, neutral: Double) -> Double? {
    let trusts = row(node).map { $0.trust(neutral: neutral) }.sorted(by: >)
    var rest = trusts
    for index in trusts.indices.dropLast().reversed() { rest[index] += rest[index + 1] }
    var prefix = 0.0
    var best: Double?
    for (index, trust) in trusts.dropLast().enumerated() {
      prefix += trust
      guard rest[index + 1] > 0 else { continue }
      let ratio = prefix / rest[index + 1]
      if best.map({ abs(ratio - target) < abs($0 - target) }) ?? true { best = ratio }
    }
    return best
  }

  /// The nodes whose split ratio lies in `band`. O(m · log degree).
  package func splitNodes(target: Double, band: ClosedRange<Double>, neutral: Double) -> [Int] {
    (0..<nodeCount).filter { node in
      splitRatio(of: node, target: target, neutral: neutral).map(band.contains) ?? false
    }
  }

  /// The whole graph in figures: `{nodes, edges, isolated, components, largest_component, triangles, transitivity,
  /// degeneracy, mean_degree, max_degree, median, snapshot}`; `median` is absent without a relationship. O(n + m).
  package func network(neutral: Double) -> JSON {
    let components = components()
    var sizes = [Int](repeating: 0, count: (components.max() ?? -1) + 1)
    for component in components { sizes[component] += 1 }
    let degrees = (0..<nodeCount).map(degree(of:))
    let corners = (0..<nodeCount).reduce(0) { $0 + triangleCount(of: $1) }
    let paths = degrees.reduce(0) { $0 + $1 * ($1 - 1) / 2 }
    func whole(_ value: Int) -> JSON { .integer(Int64(value)) }
    var object = JSON.Object([
      ("nodes", whole(nodeCount)), ("edges", whole(edgeCount)), ("isolated", whole(degrees.count { $0 == 0 })),
      ("components", whole(sizes.count)), ("largest_component", whole(sizes.max() ?? 0)),
      ("triangles", whole(corners / 3)), ("transitivity", .double(paths == 0 ? 0 : Double(corners) / Double(paths))),
      ("degeneracy", whole(coreNumbers().max() ?? 0)),
      ("mean_degree", .double(nodeCount == 0 ? 0 : Double(2 * edgeCount) / Double(nodeCount))),
      ("max_degree", whole(degrees.max() ?? 0)),
    ])
    if let median = median(neutral: neutral) { object.append("median", .double(median)) }
    object.append("snapshot", whole(version))
    return .object(object)
  }
}
