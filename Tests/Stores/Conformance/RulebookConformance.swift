internal import Core
package import Rulebook

/// What every store of rulebooks must do.
package enum RulebookConformance {
  /// All cases.
  package static let cases: [StoreCase<any RulebookStore>] = [
    StoreCase("a rulebook that was staged comes back by its digest") { store in
      let rules = snapshot("1")
      try expect(await store.snapshot(rules.digest), nil)
      try expect(await store.current(), nil)
      _ = try await store.stage(rules)
      _ = try await store.stage(rules)
      try expect(await store.snapshot(rules.digest), rules)
      try expect(await store.snapshot(snapshot("2").digest), nil)
      try expect(await store.snapshot("sha256:../../etc/passwd"), nil)
      try expect(await store.current(), nil, "staged is not activated:")
    },
    StoreCase("numbers begin at 1 and none is given twice") { store in
      try expect(await store.stage(snapshot("1")), 1)
      try expect(await store.stage(snapshot("1")), 2)
      try await store.activate(activation(2, "1"))
      try expect(await store.stage(snapshot("2")), 3)
      let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<10 { group.addTask { try await store.stage(snapshot("\(number)")) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(numbers.sorted(), Array(4...13))
    },
    StoreCase("the last activation is the current one") { store in
      for (number, text) in [(1, "1"), (2, "2"), (3, "1")] {
        try expect(await store.stage(snapshot(text)), number)
        try await store.activate(activation(number, text))
        try expect(await store.current(), activation(number, text))
      }
      var pinned = activation(4, "1")
      pinned.setAside = snapshot("2").digest
      _ = try await store.stage(snapshot("1"))
      try await store.activate(pinned)
      try expect(await store.current(), pinned)
    },
    StoreCase("what was not staged, or comes after a later one, is not activated") { store in
      _ = try await store.stage(snapshot("1"))
      _ = try await store.stage(snapshot("2"))
      try await store.activate(activation(2, "2"))
      for wrong in [activation(1, "1"), activation(2, "1"), activation(3, "1"), activation(0, "1")] {
        try await fails(.conflict) { try await store.activate(wrong) }
      }
      try expect(await store.stage(snapshot("1")), 3)
      try await fails(.conflict) { try await store.activate(activation(3, "unknown")) }
      try expect(await store.current(), activation(2, "2"))
    },
  ]

  private static func snapshot(_ text: String) -> RulebookSnapshot {
    RulebookSnapshot(files: [
      "policies/a.lua": Array("return \"\(text)\"".utf8), "plugins/a/plugin.lua": [], "policies/ü.lua": [0, 255],
    ])
  }

  private static func activation(_ number: Int, _ text: String) -> RulebookActivation {
    RulebookActivation(number: number, digest: snapshot(text).digest, milliseconds: Int64(number) * 1_000)
  }
}
