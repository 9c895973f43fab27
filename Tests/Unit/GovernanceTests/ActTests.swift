import Core
import Governance
import GovernanceTesting
import Testing

@Suite struct ActTests {
  /// A bench with two rulebooks that were active after the first.
  private func grown() throws -> Bench {
    var bench = try Bench()
    for fee in [4, 5] {
      let digest = try bench.propose(try bench.committee.fee(fee, after: bench.state), by: [0, 1, 2])
      try bench.run(hours: 24)
      try bench.activate(digest)
    }
    return bench
  }

  private func begin(
    _ bench: inout Bench, _ action: GovernanceAct.Action, by signers: [Int] = [0, 1], sequence: Int64? = nil,
    hours: Int64 = 72, reason: String = "why"
  ) throws {
    let act = bench.committee.act(
      action, sequence: sequence ?? bench.state.active.sequence, at: bench.clock, hours: hours, reason: reason)
    try bench.take(.emergency, act.digest, try bench.committee.payload(act, by: signers))
  }

  @Test func `an emergency goes back at once, and lapses by itself`() throws {
    var bench = try grown()
    let active = bench.state.active
    try begin(&bench, .revert(digest: Committee.files.digest))
    #expect(bench.state.effective.digest == Committee.files.digest)
    #expect(bench.state.active == active)
    bench.clock.advance(72 * 3_600_000 - 1000)
    #expect(try bench.settle() == [])
    bench.clock.advance(1000)
    #expect(try bench.settle() == [.lapsed])
    #expect(bench.state.effective == active)
  }

  @Test func `an emergency goes back only to what was active under governance`() throws {
    var bench = try grown()
    let never = FileManifest(contents: ["policies/fees.lua": []]).digest
    #expect(code { try begin(&bench, .revert(digest: never)) } == .digest)
    for signers in [[0], [5, 6], []] {
      let error = code { try begin(&bench, .revert(digest: Committee.files.digest), by: signers) }
      #expect(error == (signers == [0] ? .threshold : .notSigned))
    }
    // The eleventh last is forgotten.
    for fee in 6..<14 {
      let digest = try bench.propose(try bench.committee.fee(fee, after: bench.state), by: [0, 1, 2])
      try bench.run(hours: 24)
      try bench.activate(digest)
    }
    #expect(code { try begin(&bench, .revert(digest: Committee.files.digest)) } == .digest)
  }

  @Test func `an emergency can't bring back what a later proposal withdrew`() throws {
    var bench = try grown()
    let envelope = try bench.committee.fee(
      6, after: bench.state, changes: [("withdrawn", [.string(Committee.files.digest)])])
    let digest = try bench.propose(envelope, by: [0, 1, 2])
    try begin(&bench, .revert(digest: Committee.files.digest), hours: 1)
    try bench.run(hours: 24)
    try bench.activate(digest)
    bench.clock.advance(80 * 3_600_000)
    try bench.settle()
    #expect(code { try begin(&bench, .revert(digest: Committee.files.digest)) } == .digest)
  }

  @Test func `an activation ends what an emergency went back to`() throws {
    var bench = try grown()
    let digest = try bench.propose(try bench.committee.fee(6, after: bench.state), by: [0, 1, 2])
    try bench.run(hours: 23)
    try begin(&bench, .revert(digest: Committee.files.digest))
    try bench.run(hours: 1)
    try bench.activate(digest)
    #expect(bench.state.effective.payload == digest)
    #expect(code { try begin(&bench, .revert(digest: Committee.files.digest)) } == .renewal)
  }

  @Test func `the emergency role alone can't renew its act until as long again has passed`() throws {
    var bench = try grown()
    try begin(&bench, .suspend(points: ["fee.charge", "gift"]))
    #expect(bench.state.suspension.points == ["fee.charge", "gift"])
    // Neither the same points nor some of them nor all.
    for points in [["fee.charge", "gift"], ["gift", "other"], nil] {
      #expect(code { try begin(&bench, .suspend(points: points), reason: "again") } == .renewal)
    }
    try begin(&bench, .suspend(points: ["other"]))
    bench.clock.advance(72 * 3_600_000)
    #expect(try bench.settle() == [.lapsed, .lapsed])
    #expect(bench.state.suspension.isEmpty)
    #expect(code { try begin(&bench, .suspend(points: ["gift"]), reason: "again") } == .renewal)
    // With those who may change the rules it can.
    try begin(&bench, .suspend(points: ["gift"]), by: [0, 1, 2], reason: "again")
    bench.clock.advance(150 * 3_600_000)
    try bench.settle()
    try begin(&bench, .suspend(points: nil), reason: "later")
    #expect(bench.state.suspension.isEverything)
  }

  @Test func `an act that was taken is not taken again, whoever signed it`() throws {
    var bench = try grown()
    let act = bench.committee.act(.hold, sequence: 2, at: bench.clock)
    let payload = try bench.committee.payload(act, by: [0, 1, 2, 3, 4])
    try bench.take(.emergency, act.digest, payload)
    for hours in [0, 71, 1] as [Int64] {
      bench.clock.advance(hours * 3_600_000)
      #expect(code { try bench.take(.emergency, act.digest, payload) } == (hours == 1 ? .expired : .known))
    }
    #expect(try bench.settle() == [.lapsed])
  }

  @Test func `a hold stops activations and nothing else`() throws {
    var bench = try grown()
    let digest = try bench.propose(try bench.committee.fee(6, after: bench.state), by: [0, 1, 2])
    try begin(&bench, .hold, hours: 48)
    try bench.run(hours: 24)
    #expect(bench.state.next == nil)
    #expect(code { try bench.activate(digest) } == .held)
    try bench.run(hours: 24)
    #expect(bench.state.next?.digest == digest)
    try bench.activate(digest)
  }

  @Test func `an act is of its realm, its time and the rulebook in force`() throws {
    var bench = try grown()
    #expect(code { try begin(&bench, .hold, sequence: 1) } == .sequence)
    #expect(code { try begin(&bench, .hold, hours: 0) } == .expired)
    var other = bench.committee
    other.realm = String(repeating: "0f", count: 16)
    let foreign = other.act(.hold, sequence: 2, at: bench.clock)
    let payload = try other.payload(foreign, by: [0, 1])
    #expect(code { try bench.take(.emergency, foreign.digest, payload) } == .realm)
    var early = bench.clock
    early.advance(301_000)
    let act = bench.committee.act(.hold, sequence: 2, at: early)
    let ahead = try bench.committee.payload(act, by: [0, 1])
    #expect(code { try bench.take(.emergency, act.digest, ahead) } == .time)
    var late = bench.clock
    late.advance(-72 * 3_600_000)
    let old = bench.committee.act(.hold, sequence: 2, at: late, hours: 100)
    let stale = try bench.committee.payload(old, by: [0, 1])
    #expect(code { try bench.take(.emergency, old.digest, stale) } == .time)
  }

  @Test func `no wall clock ends an emergency`() throws {
    var bench = try grown()
    try begin(&bench, .suspend(points: nil))
    bench.clock.wall += 100 * 3_600_000
    #expect(try bench.settle() == [])
  }

  @Test func `freshness is stale after its time, and only a later statement renews it`() throws {
    var bench = try grown()
    func confirm(_ clock: Clock, _ digest: String? = nil, by signers: [Int] = [4]) throws {
      let act = bench.committee.act(
        .freshness(digest: digest ?? bench.state.active.digest), sequence: 2, at: clock)
      try bench.take(.freshness, act.digest, try bench.committee.payload(act, by: signers))
    }
    let now = bench.clock
    try confirm(now)
    #expect(code { try confirm(now) } == .known)
    #expect(code { try confirm(now, Committee.files.digest) } == .digest)
    #expect(code { try confirm(now, by: [5]) } == .notSigned)
    let limit = Instant(seconds: now.ledger / 1000 + 7 * 86_400)
    #expect(!bench.state.isStale(at: Instant(seconds: limit.seconds - 1)))
    #expect(bench.state.isStale(at: limit))
  }

  @Test func `the next root needs the thresholds of the old and the new one, and the old one's delay`() throws {
    var bench = try Bench()
    let rotated = bench.committee.root(2, holders: 2..<7, guardians: 0..<2, changes: [("delays", delays("PT0S"))])
    let digest = try bench.propose(rotated, by: [2, 3])
    try bench.take(.signed, digest, try bench.committee.payload(rotated, by: [5]))
    #expect(code { try bench.take(.approved, digest) } == .threshold)
    // Three of the new root, two of the old: not yet.
    #expect(try bench.settle() == [])
    try bench.take(.signed, digest, try bench.committee.payload(rotated, by: [4]))
    #expect(try bench.settle() == [.approved])
    let pending = try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0, 1, 2])
    try bench.run(hours: 7 * 24 - 1)
    #expect(code { try bench.activate(digest) } == .early)
    try bench.run(hours: 1)
    try bench.activate(digest)
    #expect(bench.state.root.version == 2)
    #expect(bench.state.finished.last?.digest == pending)
    #expect(bench.state.finished.last?.outcome == .superseded)
    // A revoked key is nobody's any more.
    let fee = try bench.committee.fee(4, after: bench.state)
    #expect(code { try bench.propose(fee, by: [0, 1]) } == .notSigned)
    let next = try bench.propose(fee, by: [2, 3, 0, 1])
    #expect(try bench.state.proposal(named: next).phase == .proposed)
  }

  @Test func `signatures of the old root alone bring no new one, nor does a version too far`() throws {
    var bench = try Bench()
    let taken = bench.committee.root(2, holders: 4..<7, guardians: 0..<2)
    let digest = try bench.propose(taken, by: [0, 1, 2, 3])
    #expect(code { try bench.take(.approved, digest) } == .notSigned)
    #expect(code { try bench.propose(bench.committee.root(3), by: [0, 1, 2]) } == .version)
    #expect(code { try bench.propose(bench.committee.root(1), by: [0, 1, 2]) } == .version)
    #expect(code { try bench.propose(bench.committee.root(2), by: [5, 6]) } == .notSigned)
  }

  @Test func `governance ends by a root only, and begins again with the files in force`() throws {
    var bench = try Bench()
    let off = bench.committee.root(2, changes: [("mode", "off")])
    let end = try bench.propose(off, by: [0, 1, 2])
    try bench.run(hours: 7 * 24)
    try bench.activate(end)
    #expect(!bench.state.isEnforced)
    #expect(code { try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0, 1, 2]) } == .notGoverned)
    let on = bench.committee.root(3)
    let again = try bench.propose(on, by: [0, 1, 2])
    try bench.run(hours: 7 * 24)
    #expect(code { try bench.activate(again) } == .files)
    let step = GovernanceStep(.activated, again, bench.clock.moment(), files: Committee.files)
    try bench.state.take(step)
    #expect(bench.state.isEnforced)
    #expect(bench.state.active.payload == again)
  }

  private func delays(_ text: String) -> JSON {
    ["policies": .string(text), "plugins": .string(text), "root": .string(text)]
  }
}
