internal import Testing
internal import TrustGraph

struct AdversarialGraphTests {
  let options: MetricsOptions

  init() throws { options = try MetricsOptions(window: 47, neutral: 50, crystalMean: 70, top: 4) }

  @Test func `a clique of 47 equal trusts takes the first five names`() throws {
    let names = (10..<57).map { "c\($0)" }
    let rows = try names.indices.flatMap { first in
      try names[(first + 1)...].map { try Relationship(names[first], $0, trust: 90) }
    }
    let snapshot = TrustSnapshot(rows)
    let metrics = try snapshot.metrics(of: "c20", options)
    #expect(metrics.pentagon?.citizens == ["c20", "c10", "c11", "c12", "c13"])
    #expect(metrics.triangles == 46 * 45 / 2)
    let model = try snapshot.nullModel(of: "c20", NullModelOptions(window: 47, samples: 2, seed: 1))
    #expect(model.observed == 16_215 && model.z == 0)
  }

  @Test func `a star of 100 000 is measured through a window`() throws {
    let snapshot = TrustSnapshot(try (0..<100_000).map { try Relationship("hub", "leaf\($0)", trust: 80) })
    let metrics = try snapshot.metrics(of: "hub", options)
    #expect(metrics.window == 47 && metrics.degree == 46 && metrics.pentagon == nil)
    #expect(metrics.edgesTotal == 100_000 && metrics.median == 80)
  }

  @Test func `a loop leaves its citizen and no edge`() throws {
    let snapshot = TrustSnapshot([try Relationship("a", "a", trust: 90)])
    let metrics = try snapshot.metrics(of: "a", options)
    #expect(metrics.window == 1 && metrics.degree == 0 && metrics.median == nil && snapshot.edgeCount == 0)
    #expect(throws: GraphError.self) { try snapshot.metrics(of: "b", options) }
  }

  @Test func `a null model repeats with its seed`() throws {
    print("seed 7")
    var generator = SeededGenerator(seed: 7)
    let rows = try SnapshotPropertyTests.randomRows(&generator, citizens: 20, rows: 60)
    let snapshot = TrustSnapshot(rows, citizens: ["c0"])
    let asked = try NullModelOptions(window: 47, samples: 200, seed: 7)
    #expect(try snapshot.nullModel(of: "c0", asked) == snapshot.nullModel(of: "c0", asked))
  }
}
