internal import Testing
internal import TrustGraph

/// Snapshots after thousands of updates, against a first snapshot of what they hold.
struct SnapshotUpdateTests {
  /// Few citizens make many triangles and repeated pairs; many make the rows be written anew on the way.
  @Test(arguments: [(1, 40), (2, 400), (3, 5000)])
  func `after thousands of updates all counts are those of counting again`(_ seed: UInt64, _ citizens: Int) throws {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var snapshot = TrustSnapshot(
      try SnapshotPropertyTests.randomRows(&generator, citizens: citizens, rows: 3 * citizens))
    for round in 0..<4 {
      let pinned = snapshot
      let before = pinned.relationships
      for _ in 0..<500 {
        let rows = try SnapshotPropertyTests.randomRows(&generator, citizens: citizens, rows: 1)
        if generator.next(below: 3) == 0 {
          snapshot = snapshot.removing(rows.map { ($0.citizen1, $0.citizen2) })
        } else {
          snapshot = snapshot.applying(rows, rule: .replace)
        }
      }
      #expect(pinned.relationships == before, "round \(round) changed a snapshot that was pinned")
      Self.expectConsistent(snapshot, round)
    }
  }

  private static func expectConsistent(_ snapshot: TrustSnapshot, _ round: Int) {
    let again = TrustSnapshot(snapshot.relationships, citizens: snapshot.names)
    let counted = snapshot.recountedTriangles()
    let nodes = 0..<snapshot.nodeCount
    #expect(nodes.allSatisfy { snapshot.triangleCount(of: $0) == counted[$0] }, "round \(round)")
    #expect(nodes.allSatisfy { again.triangleCount(of: $0) == counted[$0] }, "round \(round)")
    #expect(nodes.allSatisfy { snapshot.degree(of: $0) == again.degree(of: $0) }, "round \(round)")
    #expect(snapshot.edgeCount == again.edgeCount && snapshot.edgeCount == snapshot.relationships.count)
    #expect(snapshot.median(neutral: 50) == again.median(neutral: 50), "round \(round)")
    #expect(snapshot.coreNumbers() == again.coreNumbers() && snapshot.components() == again.components())
    #expect(
      snapshot.pageRank(damping: 0.85, tolerance: 0, rounds: 5, neutral: 50)
        == again.pageRank(damping: 0.85, tolerance: 0, rounds: 5, neutral: 50))
  }

  @Test(arguments: 1...20)
  func `cores and triangles are what their definitions say`(_ seed: UInt64) throws {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let snapshot = TrustSnapshot(try SnapshotPropertyTests.randomRows(&generator, citizens: 14, rows: 50))
    let nodes = 0..<snapshot.nodeCount
    func isLinked(_ a: Int, _ b: Int) -> Bool {
      snapshot.relationship(snapshot.name(of: a), snapshot.name(of: b)) != nil
    }
    let counted = nodes.map { a in
      nodes.reduce(0) { sum, b in
        sum + (b + 1..<nodes.count).count { isLinked(a, b) && isLinked(a, $0) && isLinked(b, $0) }
      }
    }
    #expect(snapshot.recountedTriangles() == counted)
    // The k-core: what is left when nodes of degree below k go until none is left.
    var cores = nodes.map { _ in 0 }
    for k in 1..<nodes.count {
      var left = Set(nodes)
      while let leaving = left.first(where: { node in left.count { isLinked(node, $0) } < k }) { left.remove(leaving) }
      for node in left { cores[node] = k }
    }
    #expect(snapshot.coreNumbers() == cores)
    let coefficients = snapshot.localClustering(triangles: counted)
    #expect(zip(coefficients, counted).allSatisfy { ($0 > 0) == ($1 > 0) && $0 <= 1 })
  }
}
