internal import Core
package import TrustGraph

/// What every store of relationships must do.
package enum GraphConformance {
  /// All cases.
  package static let cases: [StoreCase<any RelationshipStore>] = [
    StoreCase("what was stored comes back bit by bit") { store in
      try expect(await store.load().snapshot.nodeCount, 0)
      let snapshot = try await add(try rows(), to: store)
      let loaded = try await store.load().snapshot
      try expect(loaded.version, snapshot.version)
      try expect((0..<3).map(loaded.name(of:)), (0..<3).map(snapshot.name(of:)))
      for row in try rows() {
        let found = try some(loaded.relationship(row.citizen1, row.citizen2))
        try expect(found.trust, row.trust)
        try expect(found.strength, row.strength)
        try expect(found.lastInteraction, row.lastInteraction)
      }
    },
    StoreCase("a later meeting replaces a relationship") { store in
      _ = try await add(try rows(), to: store)
      _ = try await add([try Relationship("bea", "ada", trust: 10, lastInteraction: "2026-02-01")], to: store)
      let loaded = try await store.load()
      try expect(loaded.relationships.count, 3)
      try expect(loaded.snapshot.relationship("ada", "bea")?.trust, 10)
    },
    StoreCase("a change that doesn't follow is refused whole") { store in
      _ = try await add(try rows(), to: store)
      try await fails(.conflict) { try await store.save(SnapshotChange(from: 1, to: 9, citizens: ["carlo"])) }
      let unknown = SnapshotChange(
        from: try await store.load().version, to: 9, citizens: ["carlo"],
        relationships: [try Relationship("carlo", "nobody", trust: 1)])
      try await fails(.conflict) { try await store.save(unknown) }
      try expect(await store.load().citizens.contains("carlo"), false)
    },
    StoreCase("names that look alike are two, and one with a zero byte is refused whole") { store in
      _ = try await add([try Relationship("caf\u{E9}", "cafe\u{301}", trust: 10)], to: store)
      let loaded = try await store.load()
      try expect(loaded.citizens.map { Array($0.utf8) }, ["caf\u{E9}", "cafe\u{301}"].map { Array($0.utf8) })
      let change = SnapshotChange(from: loaded.version, to: loaded.version + 1, citizens: ["a", "b\0c"])
      try await fails(.conflict) { try await store.save(change) }
      try expect(await store.load().citizens.count, 2)
    },
    StoreCase("of many changes that follow the same version one is stored") { store in
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask {
            do {
              try await store.save(SnapshotChange(from: 1, to: 2, citizens: ["c\(number)"]))
              return true
            } catch let error as StoreError where error.code == .conflict {
              return false
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(outcomes.count { $0 }, 1)
      try expect(await store.load().citizens.count, 1)
    },
    StoreCase("whoever follows by changes has the same graph as whoever loads it") { store in
      var follower = try await store.load().snapshot
      for round in 0..<6 {
        let pairs = (0...round).map { (first: "a\($0)", second: "b\($0 * 7 % 5)") }
        _ = try await add(
          try pairs.map { pair in
            try Relationship(
              pair.first, pair.second, trust: Double(round * 10), lastInteraction: "2026-01-0\(round + 1)")
          }, to: store)
        // Not each time, so that one change tells of several versions.
        if round % 2 == 1 { follower = try await follow(follower, store, limit: 1_000) }
      }
      follower = try await follow(follower, store, limit: 1_000)
      try await compare(follower, store)
      let none = try await store.changes(after: follower.version, limit: 10)
      try expect(none, SnapshotChange(from: follower.version, to: follower.version))
    },
    StoreCase("changes come in pages that end with a version") { store in
      for round in 0..<10 {
        _ = try await add(
          try (0..<3).map { try Relationship("a\(round)", "b\(round)\($0)", trust: 50) }, to: store)
      }
      let page = try await store.changes(after: 1, limit: 20)
      try expect(page.relationships.count + page.citizens.count <= 20 && page.to > 1, true)
      // A version is never cut, however small the page.
      let small = try await store.changes(after: 1, limit: 1)
      try expect([small.to, small.citizens.count, small.relationships.count], [2, 4, 3])
      var follower = TrustSnapshot()
      follower = try await follow(follower, store, limit: 5)
      try await compare(follower, store)
    },
    StoreCase("marks are stored with a change or alone, and every change tells them all") { store in
      _ = try await add(try rows(), to: store)
      let version = try await store.load().version
      try await store.save(SnapshotChange(from: version, to: version, marks: ["day": "7", "week": "1"]))
      try await store.save(SnapshotChange(from: version, to: version, marks: ["day": "8"]))
      let marks = ["day": "8", "week": "1"]
      try expect(await store.load().marks, marks)
      try expect(await store.changes(after: version, limit: 10).marks, marks)
      try expect(await store.changes(after: 1, limit: 10).marks, marks)
    },
  ]

  private static func rows() throws -> [Relationship] {
    [
      try Relationship("ada", "bea", trust: 99.94, strength: 12.5, lastInteraction: "2026-01-02"),
      try Relationship("Zoë", "ada", trust: nil), try Relationship("bea", "Zoë", trust: 0.1 + 0.2),
    ]
  }

  /// Stores what `rows` add to the snapshot that is stored, and gives the new one.
  private static func add(
    _ rows: [Relationship], to store: any RelationshipStore
  ) async throws -> TrustSnapshot {
    let before = try await store.load().snapshot
    let next = before.applying(rows)
    if let change = next.change(since: before, by: rows) { try await store.save(change) }
    return next
  }

  private static func follow(
    _ follower: TrustSnapshot, _ store: any RelationshipStore, limit: Int
  ) async throws -> TrustSnapshot {
    var follower = follower
    while true {
      let change = try await store.changes(after: follower.version, limit: limit)
      try expect(change.from, follower.version)
      if change.to == change.from { return follower }
      follower = follower.applying(change)
    }
  }

  private static func compare(_ follower: TrustSnapshot, _ store: any RelationshipStore) async throws {
    let stored = try await store.load()
    try expect(follower.version, stored.version)
    try expect((0..<follower.nodeCount).map(follower.name(of:)), stored.citizens)
    try expect(follower.edgeCount, stored.relationships.count)
    for row in stored.relationships { try expect(follower.relationship(row.citizen1, row.citizen2)?.trust, row.trust) }
  }
}
