import Citizens
import Core
import Decisions
import LuaRuntime
import Synchronization
import Testing
import TrustGraph

/// Trust after an event between two citizens.
struct TrustMovesTests {
  @Test func `an event moves the trust by the rule, to the domain's figures`() async throws {
    try await TrustMovesFixture.run { fixture in
      let rows: [(before: Double?, change: JSON, after: Double)] = [
        (50, 1, 53.17), (50, -1, 46.83), (50, 15, 81.28), (99.9, 5, 99.93), (50, -30, 10.24), (nil, 1, 53.17),
      ]
      for (place, row) in rows.enumerated() {
        let pair = ("a\(place)", "b\(place)")
        if let before = row.before {
          _ = try await fixture.graph.apply([try Relationship(pair.0, pair.1, trust: before, strength: 7)])
        }
        // The order of the two means nothing.
        let move = try await fixture.moves.interact(pair.1, pair.0, change: row.change, at: 1_748_779_200_000)
        #expect(move.before == row.before && move.after == row.after && move.generation == 7)
        let stored = try #require(fixture.graph.snapshot.relationship(pair.0, pair.1))
        #expect(stored.trust == row.after && stored.strength == (row.before == nil ? 0 : 7))
        #expect(stored.lastInteraction == "2025-06-01T12:00:00.000Z")
        #expect(move.snapshot == fixture.graph.snapshot.version)
      }
    }
  }

  @Test func `a later meeting on record stays the last one`() async throws {
    try await TrustMovesFixture.run { fixture in
      _ = try await fixture.graph.apply([try Relationship("anna", "bruno", trust: 50, lastInteraction: "2030-01-01")])
      _ = try await fixture.moves.interact("anna", "bruno", change: 1, at: 0)
      #expect(fixture.trust("anna", "bruno") == 53.17)
      #expect(fixture.graph.snapshot.relationship("anna", "bruno")?.lastInteraction == "2030-01-01")
    }
  }

  @Test func `what was moved is there after a restart`() async throws {
    let folder = GraphFolder()
    try await TrustMovesFixture.run(try folder.store()) { fixture in
      _ = try await fixture.moves.interact("anna", "bruno", change: 1, at: 0)
    }
    try await TrustMovesFixture.run(try folder.store()) { fixture in
      #expect(fixture.trust("anna", "bruno") == 53.17)
      let move = try await fixture.moves.interact("bruno", "anna", change: 1, at: 1)
      #expect(move.before == 53.17)
    }
  }

  @Test func `of many at once none is lost`() async throws {
    var expected = [Double]()
    try await TrustMovesFixture.run { fixture in
      for _ in 0..<20 { expected.append(try await fixture.moves.interact("x", "y", change: 1, at: 0).after) }
    }
    try await TrustMovesFixture.run { fixture in
      let moves = try await withThrowingTaskGroup(of: (Int, TrustMove).self) { group in
        for number in 0..<60 {
          group.addTask {
            (number % 3, try await fixture.moves.interact("a\(number % 3)", "b", change: 1, at: Int64(number)))
          }
        }
        return try await group.reduce(into: [(Int, TrustMove)]()) { $0.append($1) }
      }
      for pair in 0..<3 {
        let after = moves.filter { $0.0 == pair }.map(\.1.after).sorted()
        #expect(after == expected)
        #expect(fixture.trust("a\(pair)", "b") == expected.last)
      }
    }
  }

  @Test func `what changed while the rule ran is decided again`() async throws {
    try await TrustMovesFixture.run { fixture in
      let rounds = Mutex(0)
      fixture.observe {
        let round = rounds.withLock { count in
          count += 1
          return count
        }
        if round == 1, let row = try? Relationship("anna", "bruno", trust: 99.9) { await fixture.add([row]) }
      }
      let move = try await fixture.moves.interact("anna", "bruno", change: 5, at: 0)
      #expect(move.before == 99.9 && move.after == 99.93)
      #expect(rounds.withLock { $0 } == 2)
    }
  }

  @Test func `a pair that changes each time is a conflict, and keeps what it was changed to`() async throws {
    try await TrustMovesFixture.run { fixture in
      let rounds = Mutex(0)
      fixture.observe {
        let round = rounds.withLock { count in
          count += 1
          return count
        }
        if let row = try? Relationship("anna", "bruno", trust: Double(round)) { await fixture.add([row]) }
      }
      let error = await #expect(throws: TrustMovesError.self) {
        try await fixture.moves.interact("anna", "bruno", change: 5, at: 0)
      }
      #expect(error?.graph?.code == .conflict)
      #expect(fixture.trust("anna", "bruno") == Double(rounds.withLock { $0 }))
    }
  }

  @Test func `names that are no pair are refused before anything is decided`() async throws {
    try await TrustMovesFixture.run { fixture in
      fixture.observe { Issue.record("it was decided") }
      for (first, second) in [("", "b"), ("a", ""), ("a", "a"), (String(repeating: "a", count: 257), "b")] {
        let error = await #expect(throws: TrustMovesError.self) {
          try await fixture.moves.interact(first, second, change: 1, at: 0)
        }
        #expect(error?.graph?.code == .invalidRelationship)
      }
      #expect(fixture.graph.snapshot.nodeCount == 0)
    }
  }

  @Test func `what the rule or the store refuses moves nothing`() async throws {
    let store = FailingStore()
    try await TrustMovesFixture.run(store) { fixture in
      store.failures.withLock { $0 = 1 }
      await #expect(throws: TrustMovesError.graph(GraphError(StoreError(.full, "no space")))) {
        try await fixture.moves.interact("anna", "bruno", change: 1, at: 0)
      }
      #expect(fixture.graph.snapshot.nodeCount == 0)
      let failed = await #expect(throws: TrustMovesError.self) {
        try await fixture.moves.interact("anna", "bruno", change: "much", at: 0)
      }
      #expect(failed?.decision?.code == .invalidInput)
      #expect(fixture.graph.snapshot.nodeCount == 0)
      let moved = try await fixture.moves.interact("anna", "bruno", change: 1, at: 0)
      #expect(moved.after == 53.17)
    }
    let other = "return { name = \"probe\", version = \"1.0.0\", decisions = {} }"
    try await TrustMovesFixture.run(rules: other) { fixture in
      let refused = await #expect(throws: TrustMovesError.self) {
        try await fixture.moves.interact("a", "b", change: 1, at: 0)
      }
      #expect(refused?.decision == .notOffered("trust.update"))
      let decayed = try await fixture.moves.decay(through: 1)
      #expect(decayed == 0)
    }
  }
}
