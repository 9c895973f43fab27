import Citizens
import Core
import Decisions
import LuaRuntime
import Synchronization
import Testing
import TrustGraph

/// The decay of trust, once a day.
struct TrustDecayTests {
  private static func rows() throws -> [Relationship] {
    [
      try Relationship("anna", "bruno", trust: 90, strength: 40, lastInteraction: "2025-01-01"),
      try Relationship("anna", "carla", trust: 10, strength: 100),
      try Relationship("bruno", "carla", trust: nil, strength: 8, lastInteraction: "2025-01-02"),
      try Relationship("carla", "dora", trust: 50),
    ]
  }

  /// Trusts and strengths of the rows above, in their order.
  private func scores(_ graph: LiveGraph) -> [[Double?]] {
    graph.snapshot.relationships.map { [$0.trust, $0.strength] }
  }

  private static let never: [[Double?]] = [[90, 40], [10, 100], [nil, 8], [50, 0]]
  private static let once: [[Double?]] = [[80, 30], [20, 75], [nil, 6], [50, 0]]
  private static let twice: [[Double?]] = [[72.5, 22.5], [27.5, 56.25], [nil, 4.5], [50, 0]]

  @Test func `the first day begins the count, and each later one decays once`() async throws {
    try await TrustMovesFixture.run { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      #expect(try await fixture.moves.decay(through: 100) == 0)
      #expect(scores(fixture.graph) == Self.never)
      #expect(try await fixture.moves.decay(through: 101) == 1)
      #expect(scores(fixture.graph) == Self.once)
      // Again, and with a clock that was set back.
      for day: Int64 in [101, 100, 1] {
        #expect(try await fixture.moves.decay(through: day) == 0)
        #expect(scores(fixture.graph) == Self.once)
      }
      #expect(fixture.graph.marks[GraphMark.decayedDay] == "101")
      #expect(try await fixture.moves.decay(through: 102) == 1)
      #expect(scores(fixture.graph) == Self.twice)
      #expect(fixture.graph.snapshot.relationships.map(\.lastInteraction) == ["2025-01-01", "", "2025-01-02", ""])
    }
  }

  @Test func `days without a host are caught up, and a restart decays nothing twice`() async throws {
    let folder = GraphFolder()
    try await TrustMovesFixture.run(try folder.store()) { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      #expect(try await fixture.moves.decay(through: 100) == 0)
    }
    for _ in 0..<2 {
      try await TrustMovesFixture.run(try folder.store()) { fixture in
        _ = try await fixture.moves.decay(through: 102)
        #expect(scores(fixture.graph) == Self.twice)
        #expect(fixture.graph.marks[GraphMark.decayedDay] == "102")
      }
    }
  }

  @Test(arguments: [
    // Everything was decayed, and one or two days were due without the jump; a clock that went back is no other.
    (last: 100, unset: 100, to: 465, due: 0), (100, 101, 466, 1), (100, 102, 466, 2), (465, 465, 100, 0),
    (465, 467, 102, 2),
    // Ahead of the clock, as one is that was set back before: nothing is due.
    (300, 100, 200, 0),
  ])
  func `the days of a jump of the clock are left out, those due before it aren't`(
    last: Int64, unset: Int64, to: Int64, due: Int
  ) async throws {
    try await TrustMovesFixture.run { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      #expect(try await fixture.graph.leaveOutDays(of: (to: to, unset: unset)) == 0, "it was never decayed")
      #expect(fixture.graph.marks[GraphMark.decayedDay] == nil)
      _ = try await fixture.moves.decay(through: last)
      #expect(try await fixture.graph.leaveOutDays(of: (to: to, unset: unset)) == to - Int64(due) - last)
      #expect(scores(fixture.graph) == Self.never)
      #expect(try await fixture.moves.decay(through: to) == due)
      #expect(scores(fixture.graph) == [Self.never, Self.once, Self.twice][due])
      // From there on a day is a day.
      #expect(try await fixture.moves.decay(through: to + 1) == 1)
    }
  }

  @Test func `two at once decay a day once`() async throws {
    try await TrustMovesFixture.run { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      _ = try await fixture.moves.decay(through: 100)
      async let first = fixture.moves.decay(through: 101)
      async let second = fixture.moves.decay(through: 101)
      let replies = try await [first, second]
      #expect(replies.filter { $0 == 1 }.count == 1)
      #expect(scores(fixture.graph) == Self.once)
    }
  }

  @Test func `a day that can't be stored stays due, whole`() async throws {
    let store = FailingStore()
    try await TrustMovesFixture.run(store) { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      _ = try await fixture.moves.decay(through: 100)
      store.failures.withLock { $0 = 1 }
      await #expect(throws: TrustMovesError.graph(GraphError(StoreError(.full, "no space")))) {
        try await fixture.moves.decay(through: 101)
      }
      #expect(scores(fixture.graph) == Self.never)
      #expect(fixture.graph.marks[GraphMark.decayedDay] == "100")
      #expect(try await fixture.moves.decay(through: 101) == 1)
      #expect(scores(fixture.graph) == Self.once)
    }
  }

  @Test func `what comes while a day is decided decays with it, and what moved is decided again`() async throws {
    try await TrustMovesFixture.run { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      _ = try await fixture.moves.decay(through: 100)
      let isFirst = Mutex(true)
      fixture.observe {
        let first = isFirst.withLock { value in
          defer { value = false }
          return value
        }
        guard first, let moved = try? Relationship("anna", "bruno", trust: 70, strength: 4),
          let new = try? Relationship("emma", "anna", trust: 30, strength: 12)
        else { return }
        await fixture.add([moved, new])
      }
      #expect(try await fixture.moves.decay(through: 101) == 1)
      let anna = fixture.graph.snapshot.relationship("anna", "bruno")
      #expect(anna?.trust == 65 && anna?.strength == 3)
      let emma = fixture.graph.snapshot.relationship("emma", "anna")
      #expect(emma?.trust == 35 && emma?.strength == 9)
      #expect(fixture.trust("anna", "carla") == 20)
    }
  }

  @Test func `events and a decay at once leave each pair decayed once and moved once`() async throws {
    try await TrustMovesFixture.run { fixture in
      let pairs = 0..<40
      _ = try await fixture.graph.apply(try pairs.map { try Relationship("a\($0)", "b\($0)", trust: 50) })
      _ = try await fixture.moves.decay(through: 100)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { _ = try await fixture.moves.decay(through: 101) }
        for pair in pairs {
          group.addTask { _ = try await fixture.moves.interact("a\(pair)", "b\(pair)", change: 15, at: 0) }
        }
        try await group.waitForAll()
      }
      // 81.28 when the event came after the decay of 50, which changes nothing; 73.46 when it came before.
      for pair in pairs { #expect([81.28, 73.46].contains(fixture.trust("a\(pair)", "b\(pair)"))) }
    }
  }

  @Test func `a rule that fails leaves the day due`() async throws {
    let rules = """
      return { name = "probe", version = "1.0.0", decisions = { ["trust.decay"] = {
        input = { trust = { type = "number", default = 50 }, strength = "number" },
        output = { trust = "number", strength = "number" },
        decide = function(input)
          if input.trust == 10 then error("no more") end
          return { trust = input.trust == 90 and 101 or 50, strength = 0 }
        end,
      } } }
      """
    try await TrustMovesFixture.run(rules: rules) { fixture in
      _ = try await fixture.graph.apply(try Self.rows())
      _ = try await fixture.moves.decay(through: 100)
      let failed = await #expect(throws: TrustMovesError.self) { try await fixture.moves.decay(through: 101) }
      #expect(failed?.decision?.message.contains("no more") == true)
      #expect(scores(fixture.graph) == Self.never)
      #expect(fixture.graph.marks[GraphMark.decayedDay] == "100")
      // An answer off the scale is refused by the graph.
      _ = try await fixture.graph.apply([try Relationship("anna", "carla", trust: 11)], rule: .replace)
      let error = await #expect(throws: TrustMovesError.self) { try await fixture.moves.decay(through: 101) }
      #expect(error?.graph?.code == .invalidRelationship)
      #expect(fixture.graph.marks[GraphMark.decayedDay] == "100")
    }
  }

  @Test func `many pairs decay in one step`() async throws {
    try await TrustMovesFixture.run { fixture in
      let rows = try (0..<3000).map { number in
        try Relationship("hub", "c\(number)", trust: Double(number % 101), strength: Double(number % 7))
      }
      _ = try await fixture.graph.apply(rows)
      _ = try await fixture.moves.decay(through: 100)
      let version = fixture.graph.snapshot.version
      let asked = Mutex(0)
      fixture.observe { asked.withLock { $0 += 1 } }
      _ = try await fixture.moves.decay(through: 101)
      #expect(fixture.graph.snapshot.version == version + 1)
      #expect(asked.withLock { $0 } == 707, "one decision for each trust and strength there is")
      for row in rows {
        let trust = try #require(row.trust)
        let after = try #require(fixture.trust("hub", row.citizen2))
        #expect(abs(after - (50 + (trust - 50) * 0.75)) <= 0.005 + 1e-9)
      }
    }
  }
}
