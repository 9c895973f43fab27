internal import Core
package import Rulebook

/// A register of hosts, with the store of the rulebooks that they decide by.
package struct HostsUnderTest: Sendable {
  /// The register.
  package var register: any HostRegister
  /// What is activated here, the register tells of.
  package var rulebooks: any RulebookStore

  /// A register over this store; both are empty.
  package init(_ register: any HostRegister, _ rulebooks: any RulebookStore) {
    self.register = register
    self.rulebooks = rulebooks
  }
}

/// What every register of hosts must do.
package enum HostConformance {
  /// All cases.
  package static let cases: [StoreCase<HostsUnderTest>] = [
    StoreCase("a host is known by its last heartbeat, with all that it said") { hosts in
      var one = beat("one", 1)
      _ = try await hosts.register.beat(one)
      one.generation = 3
      one.staged = [4, 5]
      one.refused = [6: "it \"can't\""]
      one.problem = "fenced"
      one.awareness = 0.25
      _ = try await hosts.register.beat(one)
      _ = try await hosts.register.beat(beat("another", 2))
      let known = try await hosts.register.hosts()
      try expect(known.map(\.beat.name), ["another", "one"])
      try expect(known.last?.beat, one)
      try expect(known.allSatisfy { $0.age < FleetLimits.shown && $0.age >= .zero }, true)
      try await hosts.register.leave(one.run)
      try expect(try await hosts.register.hosts().map(\.beat.name), ["another"])
    },
    StoreCase("a heartbeat answers what decides, and what is to be loaded until that decides") { hosts in
      var alone = FleetNews()
      alone.living = 1
      try expect(try await hosts.register.beat(beat("one", 1)), alone)
      let rules = snapshot("1")
      let first = try await hosts.rulebooks.stage(rules)
      let second = try await hosts.rulebooks.stage(rules)
      try await hosts.register.want(first, rules.digest)
      try await hosts.register.want(second, rules.digest)
      var news = FleetNews()
      news.wanted = [first: rules.digest, second: rules.digest]
      try expect(try await hosts.register.beat(beat("one", 1)).without(living: 1), news)
      news.current = RulebookActivation(number: first, digest: rules.digest, milliseconds: 5)
      try await hosts.rulebooks.activate(try some(news.current))
      news.wanted = [second: rules.digest]
      try expect(try await hosts.register.beat(beat("one", 1)).without(living: 1), news)
      try expect(try await hosts.register.news(), news)
    },
    StoreCase("a heartbeat answers how many hosts live, those that left aside") { hosts in
      let (one, other) = (beat("one", 1), beat("other", 2))
      try expect(try await hosts.register.beat(one).living, 1)
      try expect(try await hosts.register.beat(other).living, 2)
      try expect(try await hosts.register.beat(one).living, 2)
      try await hosts.register.leave(other.run)
      try expect(try await hosts.register.beat(one).living, 1)
    },
    StoreCase("only a heartbeat under the generation in force counts for the lease") { hosts in
      var one = beat("one", 1)
      _ = try await hosts.register.beat(one)
      let rules = snapshot("1")
      let number = try await hosts.rulebooks.stage(rules)
      try await hosts.rulebooks.activate(
        RulebookActivation(number: number, digest: rules.digest, milliseconds: 5))
      let late = beat("late", 2)
      _ = try await hosts.register.beat(late)
      try expect(try await leased("late", hosts), false)
      one.generation = number
      _ = try await hosts.register.beat(one)
      try expect(try await leased("one", hosts), true)
      one.generation = 0
      _ = try await hosts.register.beat(one)
      try expect(try await leased("one", hosts), true, "what was leased is not taken back:")
    },
    StoreCase("a live host's name is given to nobody else, but the seat's next process has it at once") { hosts in
      let first = beat("one", 1)
      _ = try await hosts.register.beat(first)
      try await fails(.conflict) { _ = try await hosts.register.beat(beat("one", 2)) }
      var next = beat("one", 3)
      next.seat = first.seat
      _ = try await hosts.register.beat(next)
      try expect(try await hosts.register.hosts().map(\.beat.run), [next.run])
      _ = try await hosts.register.beat(beat("two", 4))
      try expect(try await hosts.register.hosts().count, 2)
    },
    StoreCase("the very first generation is begun once") { hosts in
      let rules = snapshot("1")
      let numbers = [try await hosts.rulebooks.stage(rules), try await hosts.rulebooks.stage(snapshot("2"))]
      let first = RulebookActivation(number: numbers[0], digest: rules.digest, milliseconds: 5)
      try await hosts.rulebooks.begin(first)
      let second = RulebookActivation(number: numbers[1], digest: snapshot("2").digest, milliseconds: 5)
      try await fails(.conflict) { try await hosts.rulebooks.begin(second) }
      try expect(try await hosts.rulebooks.current(), first)
    },
  ]

  private static func beat(_ name: String, _ run: UInt64) -> HostBeat {
    HostBeat(name: name, run: Identifier(high: 0, low: run), seat: "seat \(run)", generation: 0)
  }

  private static func leased(_ name: String, _ hosts: HostsUnderTest) async throws -> Bool {
    try some(try await hosts.register.hosts().first { $0.beat.name == name }).leaseAge < FleetLimits.shown
  }

  private static func snapshot(_ text: String) -> RulebookSnapshot {
    RulebookSnapshot(files: ["policies/a.lua": Array("return \"\(text)\"".utf8)])
  }
}

extension FleetNews {
  /// The news without the number of hosts that live, which must be this one; with it, so unlike others, when it isn't.
  fileprivate func without(living count: Int) -> FleetNews {
    var news = self
    if news.living == count { news.living = nil }
    return news
  }
}
