internal import Core
internal import Testing
@testable internal import TrustGraph

/// Rewired graphs, and what a triangle count is held against.
struct NullModelTests {
  private static func edges(_ graph: RandomGraph) -> [(Int, Int)] {
    (0..<graph.count).flatMap { first in graph.neighbours(first).filter { $0 > first }.map { (first, $0) } }
  }

  private static func triangles(_ edges: [(Int, Int)], _ count: Int) -> Int {
    let linked = Set(edges.flatMap { [[$0.0, $0.1], [$0.1, $0.0]] })
    var found = 0
    for a in 0..<count {
      for b in 0..<a where linked.contains([a, b]) {
        for c in 0..<b where linked.contains([a, c]) && linked.contains([b, c]) { found += 1 }
      }
    }
    return found
  }

  @Test(arguments: 1...40)
  func `rewiring keeps every degree, and makes no loop and no second edge`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed, citizens: 70)
    let edges = Self.edges(graph)
    var rewired = RewiredGraph(count: graph.count, edges: edges)
    #expect(rewired.triangles == Self.triangles(edges, graph.count))
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<3 {
      rewired.rewire(attempts: 10 * edges.count, using: &generator)
      #expect(rewired.edges.count == edges.count)
      #expect(Set(rewired.edges.map { [min($0.0, $0.1), max($0.0, $0.1)] }).count == edges.count)
      #expect(rewired.edges.allSatisfy { $0.0 != $0.1 && rewired.isLinked($0.0, $0.1) && rewired.isLinked($0.1, $0.0) })
      for node in 0..<graph.count {
        let degree = rewired.edges.count { $0.0 == node || $0.1 == node }
        #expect(degree == graph.neighbours(node).count)
      }
      #expect(rewired.triangles == Self.triangles(rewired.edges, graph.count))
    }
  }

  @Test(arguments: 1...20)
  func `mean, deviation and z are those of the samples`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed, citizens: 16, density: 35)
    let options = try NullModelOptions(window: 47, samples: 200, seed: seed)
    let model = try graph.snapshot.nullModel(of: "c0", options)
    let window = graph.snapshot.window(around: 0, limit: 47, neutral: RandomGraph.neutral)
    var generator = SeededGenerator(seed: seed)
    let counts = (0..<200).map { _ in
      var sample = RewiredGraph(count: window.count, edges: window.edges)
      sample.rewire(attempts: 10 * window.edges.count, using: &generator)
      return Double(Self.triangles(sample.edges, window.count))
    }
    let mean = counts.reduce(0, +) / 200
    let deviation = (counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200).squareRoot()
    let observed = Self.triangles(window.edges, window.count)
    #expect(model.observed == observed)
    #expect(abs(model.mean - mean) < 1e-9 && abs(model.deviation - deviation) < 1e-9)
    #expect(abs(model.z - (deviation == 0 ? 0 : (Double(observed) - mean) / deviation)) < 1e-9)
  }

  /// A perfect matching of four nodes has three forms, and rewiring must not prefer one.
  @Test func `rewiring reaches every form equally often`() {
    print("seed 3")
    var generator = SeededGenerator(seed: 3)
    var seen: [Set<[Int]>: Int] = [:]
    for _ in 0..<3000 {
      var graph = RewiredGraph(count: 4, edges: [(0, 1), (2, 3)])
      graph.rewire(attempts: 20, using: &generator)
      seen[Set(graph.edges.map { [min($0.0, $0.1), max($0.0, $0.1)] }), default: 0] += 1
    }
    #expect(seen.count == 3)
    // Five standard deviations of a share of a third.
    #expect(seen.values.allSatisfy { abs($0 - 1000) < 130 })
  }

  @Test func `more work than a decision may cost is refused before it is begun`() throws {
    let rows = try (0..<100).flatMap { first in
      try (0..<first).map { try Relationship("c\(first)", "c\($0)", trust: 90) }
    }
    let clique = TrustSnapshot(rows)
    // 47 · 46 / 2 relationships, ten swaps each, two hundred times: as the shipped policy asks.
    #expect(try clique.nullModel(of: "c0", NullModelOptions(window: 47, samples: 200, seed: 1)).observed == 16_215)
    let error = #expect(throws: GraphError.self) {
      try clique.nullModel(of: "c0", NullModelOptions(window: 100, samples: 200, seed: 1))
    }
    #expect(error?.code == .invalidOptions && error?.message.contains("9900000 swaps") == true)
    for (samples, swaps) in [(0, 10), (10_001, 10), (1, 0), (1, 101)] {
      #expect(throws: GraphError.self) {
        try NullModelOptions(window: 47, samples: samples, seed: 1, swapsPerEdge: swaps)
      }
    }
  }

  @Test func `a null model ends when the time of whoever asks is over`() throws {
    let rows = try (0..<47).flatMap { first in
      try (0..<first).map { try Relationship("c\(first)", "c\($0)", trust: 90) }
    }
    let clique = TrustSnapshot(rows), options = try NullModelOptions(window: 47, samples: 200, seed: 1)
    let error = #expect(throws: GraphError.self) {
      try Patience.during(.zero) { () throws(GraphError) in try clique.nullModel(of: "c0", options) }
    }
    #expect(error?.message.contains("takes longer than there is time") == true)
    let patient = try Patience.during(.seconds(600)) { () throws(GraphError) in try clique.nullModel(of: "c0", options)
    }
    #expect(try patient == clique.nullModel(of: "c0", options))
    #expect(!Patience.isOver)
  }

  @Test func `where nothing can vary, z is 0`() throws {
    let star = TrustSnapshot(try (0..<9).map { try Relationship("hub", "leaf\($0)", trust: 80) })
    let model = try star.nullModel(of: "hub", NullModelOptions(window: 47, samples: 200, seed: 1))
    #expect(model.observed == 0 && model.mean == 0 && model.deviation == 0 && model.z == 0)
    let lone = TrustSnapshot([], citizens: ["a"])
    #expect(try lone.nullModel(of: "a", NullModelOptions(window: 47, samples: 200, seed: 1)).z == 0)
  }

  @Test func `triangles that are no chance stand out`() throws {
    // Six cliques of five in a ring: random graphs of these degrees have few triangles.
    let rows = try (0..<6).flatMap { clique in
      try (0..<5).flatMap { first in
        try (0..<first).map { try Relationship("c\(clique)-\(first)", "c\(clique)-\($0)", trust: 90) }
      } + [try Relationship("c\(clique)-0", "c\((clique + 1) % 6)-1", trust: 90)]
    }
    let model = try TrustSnapshot(rows).nullModel(of: "c0-0", NullModelOptions(window: 47, samples: 200, seed: 5))
    #expect(model.observed == 60)
    #expect(model.z > 5)
  }
}
