internal import Foundation
internal import Testing
@testable internal import TrustGraph

/// A citizen's metrics against a full enumeration, on graphs small enough for it.
struct MetricsPropertyTests {
  let options: MetricsOptions

  init() throws { options = try MetricsOptions(window: 47, neutral: RandomGraph.neutral, crystalMean: 70, top: 4) }

  @Test(arguments: 1...60)
  func `triangles, their strength and the trusts are those of the component`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed)
    for node in 0..<graph.count {
      let metrics = try graph.snapshot.metrics(of: graph.snapshot.name(of: node), options)
      let near = graph.neighbours(node)
      var (triangles, crystallised, strength) = (0, 0, 0.0)
      for first in near {
        for second in near where second > first {
          guard let a = graph.trust[node][first], let b = graph.trust[node][second], let c = graph.trust[first][second]
          else { continue }
          triangles += 1
          strength += pow(a * b * c, 1.0 / 3) / 100
          if a + b + c > 210 + 1e-9 { crystallised += 1 }
        }
      }
      #expect(metrics.degree == near.count)
      #expect(metrics.triangles == triangles && metrics.crystallised == crystallised)
      #expect(abs(metrics.triangleStrengthSum - strength) < 1e-9)
      #expect(metrics.trusts == near.compactMap { graph.trust[node][$0] }.sorted(by: >))
      #expect(metrics.topTrusts == Array(metrics.trusts.prefix(4)))
      // Small enough that the window is the whole component.
      let components = graph.snapshot.components()
      #expect(metrics.window == components.count { $0 == components[node] })
    }
  }

  /// With few distinct trusts many cycles have the same sum; with any, the sums differ in their last digits.
  @Test(arguments: 1...30, [2, 3, nil])
  func `no 5-cycle has more trust, and of equal ones none comes first`(_ seed: UInt64, distinct: Int?) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed, citizens: 8, distinct: distinct)
    for center in 0..<graph.count {
      var best: (total: Double, names: [String])?
      for cycle in Self.cycles(through: center, graph) {
        let total = (0..<5).reduce(0) { $0 + (graph.trust[cycle[$1]][cycle[($1 + 1) % 5]] ?? 0) }
        let rounded = (total * 1e9).rounded()
        let names = cycle.map(graph.snapshot.name(of:))
        let isFirst = best.map {
          rounded > $0.total || rounded == $0.total && names.lexicographicallyPrecedes($0.names)
        }
        if isFirst ?? true { best = (rounded, names) }
      }
      let pentagon = try graph.snapshot.metrics(of: graph.snapshot.name(of: center), options).pentagon
      #expect(pentagon?.citizens == best?.names)
      guard let pentagon else { continue }
      let nodes = pentagon.citizens.compactMap(graph.snapshot.node(of:))
      for place in 0..<5 {
        #expect(pentagon.sides[place] == graph.trust[nodes[place]][nodes[(place + 1) % 5]])
        #expect(pentagon.diagonals[place] == graph.trust[nodes[place]][nodes[(place + 2) % 5]] ?? RandomGraph.neutral)
      }
    }
  }

  /// Every simple 5-cycle once, its second name before its last.
  private static func cycles(through center: Int, _ graph: RandomGraph) -> [[Int]] {
    var paths = [[center]]
    for _ in 1..<5 {
      paths = paths.flatMap { path in
        graph.neighbours(path[path.count - 1]).filter { !path.contains($0) }.map { path + [$0] }
      }
    }
    return paths.filter { path in
      graph.trust[path[4]][center] != nil && graph.snapshot.name(of: path[1]) < graph.snapshot.name(of: path[4])
    }
  }

  @Test(arguments: 1...40)
  func `a window takes the nearest of each layer`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed, citizens: 14, density: 25)
    let strength = graph.snapshot
    func closeness(_ a: Int, _ b: Int) -> Double? {
      strength.relationship(strength.name(of: a), strength.name(of: b)).map { $0.strength + ($0.trust ?? 50) }
    }
    for limit in [1, 3, 6, 14] {
      var expected = [0]
      var layer = [0]
      while !layer.isEmpty && expected.count < limit {
        let found = (0..<graph.count).filter { !expected.contains($0) }.compactMap { node in
          layer.compactMap { closeness($0, node) }.max().map { (node: node, value: $0) }
        }.sorted { ($1.value, strength.name(of: $0.node)) < ($0.value, strength.name(of: $1.node)) }
        layer = found.prefix(limit - expected.count).map(\.node)
        expected += layer
      }
      let window = strength.window(around: 0, limit: limit, neutral: RandomGraph.neutral)
      #expect(window.nodes == expected)
    }
  }
}
