package import Core

extension TrustSnapshot {
  /// The component of each node, numbered from 0 in the order of their first nodes. O(n + m).
  package func components() -> [Int] { Adjacency(self).components() }

  /// The core number of each node. O(n + m).
  package func coreNumbers() -> [Int] { Adjacency(self).coreNumbers() }

  /// Recounts the triangles through each node, which ``triangleCount(of:)`` keeps. O(m·√m).
  package func recountedTriangles() -> [Int] { Adjacency(self).triangles() }

  /// The local clustering coefficient of each node (Watts and Strogatz 1998): the linked share of the pairs of its
  /// neighbours; 0 with fewer than two. O(n), given the triangles through each node.
  package func localClustering(triangles: [Int]) -> [Double] {
    (0..<nodeCount).map { node in
      let degree = degree(of: node)
      return degree < 2 ? 0 : 2 * Double(triangles[node]) / (Double(degree) * Double(degree - 1))
    }
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

  /// The figures of the whole graph: `{nodes, edges, isolated, components, largest_component, triangles, transitivity,
  /// degeneracy, mean_degree, max_degree, median, snapshot}`; `median` is absent without a relationship. O(n + m).
  package func network(neutral: Double) -> JSON {
    let adjacency = Adjacency(self)
    let components = adjacency.components()
    var sizes = [Int](repeating: 0, count: (components.max() ?? -1) + 1)
    for component in components { sizes[component] += 1 }
    let degrees = (0..<nodeCount).map(adjacency.degree(of:))
    let corners = (0..<nodeCount).reduce(0) { $0 + triangleCount(of: $1) }
    let paths = degrees.reduce(0) { $0 + $1 * ($1 - 1) / 2 }
    func whole(_ value: Int) -> JSON { .integer(Int64(value)) }
    var object = JSON.Object([
      ("nodes", whole(nodeCount)), ("edges", whole(edgeCount)), ("isolated", whole(degrees.count { $0 == 0 })),
      ("components", whole(sizes.count)), ("largest_component", whole(sizes.max() ?? 0)),
      ("triangles", whole(corners / 3)), ("transitivity", .double(paths == 0 ? 0 : Double(corners) / Double(paths))),
      ("degeneracy", whole(adjacency.coreNumbers().max() ?? 0)),
      ("mean_degree", .double(nodeCount == 0 ? 0 : Double(2 * edgeCount) / Double(nodeCount))),
      ("max_degree", whole(degrees.max() ?? 0)),
    ])
    if let median = median(neutral: neutral) { object.append("median", .double(median)) }
    object.append("snapshot", whole(version))
    return .object(object)
  }
}
