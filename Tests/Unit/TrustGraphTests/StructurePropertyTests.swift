internal import Core
internal import Testing
internal import TrustGraph

/// The figures about whole graphs, against the plainest way to reckon each.
struct StructurePropertyTests {
  @Test(arguments: 1...60)
  func `components are what can be reached`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed)
    var reaches = (0..<graph.count).map { node in (0..<graph.count).map { $0 == node || graph.trust[node][$0] != nil } }
    for via in 0..<graph.count {
      for from in 0..<graph.count where reaches[from][via] {
        for to in 0..<graph.count where reaches[via][to] { reaches[from][to] = true }
      }
    }
    let components = graph.snapshot.components()
    for first in 0..<graph.count {
      for second in 0..<graph.count {
        #expect((components[first] == components[second]) == reaches[first][second])
      }
    }
    // Numbered from 0 in the order of their first nodes.
    var seen: [Int] = []
    for component in components where !seen.contains(component) { seen.append(component) }
    #expect(seen == Array(0..<seen.count))
    #expect(graph.snapshot.network(neutral: 50)["components"]?.integer == Int64(seen.count))
  }

  @Test(arguments: 1...60)
  func `a core is what is left when those with too few neighbours go`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed)
    var expected = [Int](repeating: 0, count: graph.count)
    for level in 1..<graph.count {
      var left = Set(0..<graph.count)
      while let out = left.first(where: { left.intersection(graph.neighbours($0)).count < level }) { left.remove(out) }
      for node in left { expected[node] = level }
    }
    #expect(graph.snapshot.coreNumbers() == expected)
    #expect(graph.snapshot.network(neutral: 50)["degeneracy"]?.integer == expected.max().map(Int64.init))
  }

  @Test(arguments: 1...60)
  func `PageRank solves its equations`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed)
    let count = graph.count
    let damping = 0.85
    // (I − d·M)·x = (1 − d)/n, where a column of M is a node's trusts over their sum, or even without any.
    var rows = (0..<count).map { _ in [Double](repeating: 0, count: count + 1) }
    for column in 0..<count {
      let total = graph.trust[column].reduce(0) { $0 + ($1 ?? 0) }
      for row in 0..<count {
        let share = total > 0 ? (graph.trust[column][row] ?? 0) / total : 1 / Double(count)
        rows[row][column] = (row == column ? 1 : 0) - damping * share
      }
    }
    for row in 0..<count { rows[row][count] = (1 - damping) / Double(count) }
    let expected = Self.solved(rows)
    let ranks = graph.snapshot.pageRank(damping: damping, tolerance: 1e-14, rounds: 1000, neutral: RandomGraph.neutral)
    for (rank, value) in zip(ranks, expected) { #expect(abs(rank - value) < 1e-10) }
    #expect(abs(ranks.reduce(0, +) - 1) < 1e-10)
  }

  /// Gauss and Jordan, with pivots.
  private static func solved(_ system: [[Double]]) -> [Double] {
    var rows = system
    for column in rows.indices {
      let pivot = (column..<rows.count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      let scale = rows[column][column]
      rows[column] = rows[column].map { $0 / scale }
      for row in rows.indices where row != column {
        let factor = rows[row][column]
        for index in rows[row].indices { rows[row][index] -= factor * rows[column][index] }
      }
    }
    return rows.map { $0[rows.count] }
  }

  @Test func `PageRank of nobody is empty, and of strangers is even`() throws {
    #expect(TrustSnapshot().pageRank(damping: 0.85, tolerance: 1e-9, rounds: 100, neutral: 50).isEmpty)
    let strangers = TrustSnapshot([], citizens: ["a", "b", "c", "d"])
    #expect(strangers.pageRank(damping: 0.85, tolerance: 1e-9, rounds: 100, neutral: 50) == [0.25, 0.25, 0.25, 0.25])
  }

  @Test(arguments: 1...60)
  func `triangles and transitivity are those of a full count`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed)
    var corners = [Int](repeating: 0, count: graph.count)
    var paths = 0
    for node in 0..<graph.count {
      let near = graph.neighbours(node)
      paths += near.count * (near.count - 1) / 2
      for first in near { corners[node] += near.count { $0 < first && graph.trust[first][$0] != nil } }
    }
    for node in 0..<graph.count { #expect(graph.snapshot.triangleCount(of: node) == corners[node]) }
    let network = graph.snapshot.network(neutral: 50)
    let all = corners.reduce(0, +)
    #expect(network["triangles"]?.integer == Int64(all / 3))
    #expect(network["transitivity"]?.number == (paths == 0 ? 0 : Double(all) / Double(paths)))
  }

  @Test(arguments: 1...60)
  func `no split of a node's trusts is nearer to the target`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed)
    let golden = (1 + 5.0.squareRoot()) / 2
    let band = (golden - 0.2)...(golden + 0.2)
    var inBand: [Int] = []
    for node in 0..<graph.count {
      let trusts = graph.trust[node].compactMap { $0 }.sorted(by: >)
      let ratios = trusts.indices.dropFirst().compactMap { cut -> Double? in
        let rest = trusts[cut...].reduce(0, +)
        return rest > 0 ? trusts[..<cut].reduce(0, +) / rest : nil
      }
      let found = graph.snapshot.splitRatio(of: node, target: golden, neutral: RandomGraph.neutral)
      #expect((found == nil) == ratios.isEmpty)
      guard let found else { continue }
      #expect(ratios.contains { abs($0 - found) < 1e-9 })
      #expect(ratios.allSatisfy { abs(found - golden) <= abs($0 - golden) + 1e-9 })
      if band.contains(found) { inBand.append(node) }
    }
    #expect(graph.snapshot.splitNodes(target: golden, band: band, neutral: RandomGraph.neutral) == inBand)
  }
}
