import Core
import Governance
import GovernanceTesting
import Testing

@Suite struct StateTests {
  @Test func `three of five sign, a day passes, and the fee is in force`() throws {
    var bench = try Bench()
    let envelope = try bench.committee.fee(4, after: bench.state)
    let digest = try bench.propose(envelope, by: [0])
    #expect(try bench.state.proposal(named: digest).phase == .proposed)
    try bench.take(.signed, digest, try bench.committee.payload(envelope, by: [1]))
    #expect(try bench.settle() == [])
    try bench.take(.signed, digest, try bench.committee.payload(envelope, by: [2]))
    #expect(try bench.settle() == [.approved])
    #expect(bench.state.isWaiting)
    try bench.run(hours: 23)
    #expect(code { try bench.take(.ready, digest) } == .early)
    #expect(code { try bench.activate(digest) } == .early)
    try bench.run(hours: 1)
    #expect(bench.state.next?.digest == digest)
    try bench.activate(digest)
    #expect(bench.state.active.sequence == 1)
    #expect(bench.state.active.payload == digest)
    #expect(bench.state.effective.digest == bench.state.active.digest)
    #expect(!bench.state.isWaiting)
  }

  @Test func `a change of a plugin waits three days, whatever it says of itself`() throws {
    var bench = try Bench()
    let digest = try bench.propose(
      try bench.committee.fee(3, after: bench.state, plugin: "return { 1 }"), by: [0, 1, 2])
    #expect(try bench.state.proposal(named: digest).change == .plugins)
    try bench.run(hours: 71)
    #expect(bench.state.next == nil)
    try bench.run(hours: 1)
    #expect(bench.state.next?.digest == digest)
  }

  @Test func `signatures from outside the role, of a revoked key or of nobody are not stored`() throws {
    var bench = try Bench()
    let envelope = try bench.committee.fee(4, after: bench.state)
    for signers in [[], [5, 6]] {
      #expect(code { try bench.propose(envelope, by: signers) } == .notSigned)
    }
    let digest = try bench.propose(envelope, by: [0, 5])
    #expect(try bench.state.proposal(named: digest).payload.envelope.signatures.count == 1)
    let more = try bench.committee.payload(envelope, by: [6])
    #expect(code { try bench.take(.signed, digest, more) } == .notSigned)
    let again = try bench.committee.payload(envelope, by: [0])
    #expect(code { try bench.take(.signed, digest, again) } == .known)
    #expect(code { try bench.take(.approved, digest) } == .threshold)
  }

  @Test func `a payload that was encoded anew is another payload`() throws {
    var bench = try Bench()
    let envelope = try bench.committee.fee(4, after: bench.state)
    let digest = try bench.propose(envelope, by: [0])
    let pretty = Envelope(
      payloadType: envelope.payloadType, payload: Array(try JSON(parsing: envelope.payload).prettyText.utf8))
    #expect(pretty.digest != digest)
    let swapped = try bench.committee.payload(pretty, by: [1])
    #expect(code { try bench.take(.signed, digest, swapped) } == .malformed)
    // The signatures of the one on the bytes of the other.
    let mixed = try SignedPayload(pretty.with(try bench.committee.signed(envelope, by: [0, 1, 2]).signatures))
    #expect(code { try bench.take(.proposed, mixed.digest, mixed) } == .notSigned)
  }

  @Test(
    arguments: [
      ("sequence", 2, .sequence), ("sequence", 5, .sequence),
      ("realm", .string(String(repeating: "a", count: 32)), .realm),
      ("previous", .string(Committee.files.digest), .previous), ("root", .string(Committee.files.digest), .otherRoot),
      ("expires", "2026-11-29T16:00:00Z", .expired),
    ] as [(String, JSON, GovernanceError.Code)])
  func `what doesn't follow what is in force is refused`(
    name: String, value: JSON, expected: GovernanceError.Code
  ) throws {
    var bench = try Bench()
    let envelope = try bench.committee.fee(4, after: bench.state, changes: [(name, value)])
    #expect(code { try bench.propose(envelope, by: [0, 1, 2]) } == expected)
  }

  @Test func `expiry exactly now is too late, a second before is not`() throws {
    var bench = try Bench()
    let soon = try bench.committee.fee(4, after: bench.state, changes: [("expires", "2026-11-29T16:00:01Z")])
    let digest = try bench.propose(soon, by: [0])
    #expect(code { try bench.take(.expired, digest) } == .early)
    bench.clock.advance(1000)
    #expect(try bench.settle() == [.expired])
    #expect(code { try bench.propose(soon, by: [0]) } == .final)
  }

  @Test func `an equal sequence with another digest is refused once one is in force`() throws {
    var bench = try Bench()
    let begin = bench.state
    let digest = try bench.propose(try bench.committee.fee(4, after: begin), by: [0, 1, 2])
    try bench.run(hours: 24)
    try bench.activate(digest)
    #expect(code { try bench.propose(try bench.committee.fee(5, after: begin), by: [0, 1, 2]) } == .sequence)
    #expect(code { try bench.propose(try bench.committee.fee(4, after: begin), by: [0, 1, 2]) } == .final)
  }

  @Test func `of two approved rivals the first that was ready comes into force, the other never`() throws {
    var bench = try Bench()
    let state = bench.state
    let first = try bench.propose(try bench.committee.fee(4, after: state), by: [0, 1, 2])
    try bench.run(hours: 1)
    let second = try bench.propose(try bench.committee.fee(5, after: state), by: [2, 3, 4])
    try bench.run(hours: 23)
    #expect(code { try bench.activate(second) } == .early)
    #expect(bench.state.next?.digest == first)
    try bench.activate(first)
    #expect(code { _ = try bench.state.proposal(named: second) } == .final)
    #expect(bench.state.finished.last?.outcome == .superseded)
  }

  @Test func `guardians veto at any time before activation, and that is final`() throws {
    for hours in [0, 12, 24] as [Int64] {
      var bench = try Bench()
      let envelope = try bench.committee.fee(4, after: bench.state)
      let digest = try bench.propose(envelope, by: [0, 1, 2])
      try bench.run(hours: hours)
      let veto = bench.committee.act(.veto(proposal: digest), at: bench.clock)
      let one = try bench.committee.payload(veto, by: [5])
      #expect(code { try bench.take(.vetoed, digest, one) } == .threshold)
      let others = try bench.committee.payload(veto, by: [0, 1, 2, 3])
      #expect(code { try bench.take(.vetoed, digest, others) } == .notSigned)
      let both = try bench.committee.payload(veto, by: [5, 6])
      try bench.take(.vetoed, digest, both)
      #expect(code { try bench.take(.vetoed, digest, both) } == .final)
      #expect(code { try bench.activate(digest) } == .final)
      #expect(code { try bench.propose(envelope, by: [0, 1, 2]) } == .final)
      // The sequence is free for another proposal.
      _ = try bench.propose(try bench.committee.fee(5, after: bench.state), by: [0, 1, 2])
    }
  }

  @Test func `a veto after activation comes too late`() throws {
    var bench = try Bench()
    let digest = try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0, 1, 2])
    try bench.run(hours: 24)
    try bench.activate(digest)
    let veto = try bench.committee.payload(bench.committee.act(.veto(proposal: digest), at: bench.clock), by: [5, 6])
    #expect(code { try bench.take(.vetoed, digest, veto) } == .final)
  }

  @Test func `neither a clock nor a host that stands still shortens a delay`() throws {
    var bench = try Bench()
    let digest = try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0, 1, 2])
    try bench.run(hours: 10)
    // The wall clock back by an hour, then forward by a day: ledger time goes its way.
    bench.clock.wall -= 3_600_000
    try bench.run(hours: 1)
    bench.clock.wall += 25 * 3_600_000
    try bench.run(hours: 12)
    #expect(bench.state.remaining(try bench.state.proposal(named: digest)) == 3_600_000)
    // The host is down for a day: ledger time goes on, and nothing has run.
    bench.clock.advance(86_400_000)
    try bench.take(.ran, "")
    #expect(try bench.settle() == [])
    #expect(bench.state.remaining(try bench.state.proposal(named: digest)) == 3_600_000)
    // More than a minute and a half at once, or more than ledger time went on, is no step.
    bench.clock.advance(3_600_000)
    for ran in [90_001, 3_600_000, -1] as [Int64] {
      #expect(code { try bench.state.take(GovernanceStep(.ran, "", bench.clock.moment(ran: ran))) } == .time)
    }
    try bench.take(.ran, "")
    #expect(code { try bench.state.take(GovernanceStep(.ran, "", bench.clock.moment(ran: 60_000))) } == .time)
    try bench.run(hours: 1)
    #expect(bench.state.next?.digest == digest)
  }

  @Test func `a ready proposal waits no longer than its grace, and not_before for both clocks`() throws {
    var bench = try Bench()
    let envelope = try bench.committee.fee(
      4, after: bench.state, changes: [("not_before", "2026-12-02T16:00:00Z")])
    let digest = try bench.propose(envelope, by: [0, 1, 2])
    try bench.run(hours: 71)
    bench.clock.wall += 86_400_000
    try bench.run(hours: 0)
    #expect(code { try bench.take(.ready, digest) } == .early)
    bench.clock.wall -= 86_400_000
    try bench.run(hours: 1)
    #expect(bench.state.next?.digest == digest)
    bench.clock.advance(14 * 86_400_000 - 1000)
    #expect(try bench.settle() == [])
    bench.clock.advance(1000)
    #expect(code { try bench.activate(digest) } == .expired)
    #expect(try bench.settle() == [.expired])
  }

  @Test func `a key has at most eight open proposals`() throws {
    var bench = try Bench()
    let state = bench.state
    for fee in 0..<8 { try bench.propose(try bench.committee.fee(fee, after: state), by: [0]) }
    #expect(code { try bench.propose(try bench.committee.fee(9, after: state), by: [0]) } == .tooMany)
    _ = try bench.propose(try bench.committee.fee(9, after: state), by: [0, 1])
  }

  @Test func `what the host can't load is invalid, and never in force`() throws {
    var bench = try Bench()
    let digest = try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0, 1, 2])
    #expect(code { try bench.take(.invalid, digest, reason: "a spec failed") } == .early)
    try bench.run(hours: 24)
    try bench.take(.invalid, digest, reason: "a spec failed")
    #expect(code { try bench.activate(digest) } == .final)
    #expect(bench.state.finished.last?.reason == "a spec failed")
  }

  @Test func `steps survive their entries, and the chain says for which ledger it is`() throws {
    var bench = try Bench()
    let root = bench.committee.root()
    let begin = GovernanceStep(
      .founded, root.digest, Clock().moment(), try bench.committee.payload(root, by: [0, 1, 2]), files: Committee.files)
    let digest = try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0, 1, 2])
    try bench.run(hours: 1)
    let veto = bench.committee.act(.veto(proposal: digest), at: bench.clock)
    try bench.take(.vetoed, digest, try bench.committee.payload(veto, by: [5, 6]))
    for step in [begin] + bench.steps {
      let pairs = step.pairs(ledger: "L")
      let again = try GovernanceStep(pairs: pairs, attachment: step.attachment, ledger: "L")
      #expect(again == step)
    }
    let pairs = begin.pairs(ledger: "L")
    #expect(code { _ = try GovernanceStep(pairs: pairs, attachment: begin.attachment, ledger: "M") } == .corrupt)
    #expect(code { _ = try GovernanceStep(pairs: [:], attachment: nil, ledger: "L") } == .corrupt)
    #expect(code { _ = try GovernanceStep(pairs: pairs, attachment: [1], ledger: "L") } == .corrupt)
    var state = try GovernanceState(founding: begin)
    #expect(code { try state.take(begin) } == .governed)
  }
}
