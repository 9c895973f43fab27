internal import Testing
internal import TrustGraph

struct SnapshotPropertyTests {
  static func randomRows(_ generator: inout SeededGenerator, citizens: Int, rows: Int) throws -> [Relationship] {
    try (0..<rows).map { _ in
      try Relationship(
        "c\(generator.next(below: citizens))", "c\(generator.next(below: citizens))",
        trust: generator.next(below: 6) == 0 ? nil : Double(generator.next(below: 101)),
        strength: Double(generator.next(below: 4)), lastInteraction: "\(generator.next(below: 9))")
    }
  }

  @Test(arguments: 1...40)
  func `updates end where a first snapshot of all rows begins`(_ seed: UInt64) throws {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let rows = try Self.randomRows(&generator, citizens: 9, rows: 60)
    let whole = TrustSnapshot(rows)
    let updated = rows.reduce(TrustSnapshot()) { $0.applying([$1]) }
    #expect(updated.names == whole.names)
    #expect(updated.relationships == whole.relationships)
    #expect(updated.median(neutral: 50) == whole.median(neutral: 50))
    let trusts = whole.relationships.map { $0.trust ?? 50 }.sorted()
    let middle = trusts.count / 2
    let expected = trusts.count % 2 == 1 ? trusts[middle] : (trusts[middle - 1] + trusts[middle]) / 2
    #expect(whole.median(neutral: 50) == expected)
    for node in 0..<whole.nodeCount {
      #expect(updated.triangleCount(of: node) == whole.triangleCount(of: node))
    }
    let emptied = updated.removing(updated.relationships.map { ($0.citizen1, $0.citizen2) })
    #expect(emptied.edgeCount == 0 && emptied.median(neutral: 50) == nil)
    #expect((0..<emptied.nodeCount).allSatisfy { emptied.triangleCount(of: $0) == 0 })
  }

  @Test(arguments: 1...40)
  func `the pentagon is the one a full enumeration finds`(_ seed: UInt64) throws {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let snapshot = TrustSnapshot(try Self.randomRows(&generator, citizens: 8, rows: 24), citizens: ["c0"])
    func trust(_ a: String, _ b: String) -> Double? { snapshot.relationship(a, b).map { $0.trust ?? 50 } }
    var best: (total: Double, cycle: [String])?
    let names = snapshot.names.sorted()
    for a in names {
      for b in names {
        for d in names {
          for e in names where a < e && Set(["c0", a, b, d, e]).count == 5 {
            guard let s1 = trust("c0", a), let s2 = trust(a, b), let s3 = trust(b, d), let s4 = trust(d, e),
              let s5 = trust(e, "c0")
            else { continue }
            let total = s1 + s2 + s3 + s4 + s5
            if total > best?.total ?? -1 { best = (total, ["c0", a, b, d, e]) }
          }
        }
      }
    }
    let metrics = try snapshot.metrics(of: "c0", MetricsOptions(window: 47, neutral: 50, crystalMean: 70, top: 4))
    #expect(metrics.pentagon?.citizens == best?.cycle)
  }
}
