import Core
import Governance
import GovernanceTesting
import Testing

@Suite struct ProposalTests {
  @Test func `a proposal is read with all it says`() throws {
    let bench = try Bench()
    let state = bench.state
    let proposal = try RulebookProposal(
      try bench.committee.fee(
        4, after: state,
        changes: [("not_before", "2026-12-01T00:00:00Z"), ("withdrawn", [.string(state.active.digest)])]))
    #expect(proposal.sequence == 1)
    #expect(proposal.previous == state.root.digest)
    #expect(proposal.title == "fee 4")
    #expect(proposal.requiredHost == HostVersion("0.1.0"))
    #expect(proposal.notBefore?.text == "2026-12-01T00:00:00Z")
    #expect(proposal.withdrawn == [state.active.digest])
    #expect(proposal.impact == nil)
  }

  @Test(
    arguments: [
      [("plugins/../fees.lua", 1)], [("/policies/fees.lua", 1)], [("policies/fees.txt", 1)], [("fees.lua", 1)],
      [("policies//fees.lua", 1)], [("policies/.fees.lua", 1)], [("policies\\fees.lua", 1)], [("etc/passwd.lua", 1)],
      [("policies/b.lua", 1), ("policies/a.lua", 1)], [("policies/a.lua", 1), ("policies/a.lua", 1)],
      [("policies/Fees.lua", 1), ("policies/fees.lua", 1)], [("policies/..", 1)], [("policies/fees.csv", 1)],
      [("plugins/fees/fees.json", 1)], [("plugins/spec/fees.csv", 1)],
    ] as [[(String, Int64)]])
  func `a path that no rulebook can have, or has twice, is refused`(list: [(String, Int64)]) throws {
    #expect(try refusal(of: list) == .files)
  }

  @Test func `tables of cases that specs read are files of a rulebook`() throws {
    let bench = try Bench()
    let contents: [ExactText: [UInt8]] = [
      "plugins/fees/plugin.lua": [1], "plugins/fees/spec/a.csv": [2], "plugins/fees/spec/more/b.json": [3],
    ]
    let envelope = try bench.committee.proposal(contents, after: bench.state, title: "cases")
    #expect(try RulebookProposal(envelope).files == FileManifest(contents: contents))
  }

  private func refusal(of list: [(String, Int64)]) throws -> GovernanceError.Code? {
    let bench = try Bench()
    let hash = JSON.string(String(repeating: "a", count: 64))
    let files = JSON.array(list.map { ["path": .string($0.0), "size": .integer($0.1), "sha256": hash] })
    let envelope = try bench.committee.fee(4, after: bench.state, changes: [("files", files)])
    return code { _ = try RulebookProposal(envelope) }
  }

  @Test func `a digest that isn't that of the files is refused`() throws {
    let bench = try Bench()
    let envelope = try bench.committee.fee(
      4, after: bench.state, changes: [("digest", .string(bench.state.active.digest))])
    #expect(code { _ = try RulebookProposal(envelope) } == .files)
  }

  @Test(
    arguments: [
      ("realm", "x"), ("sequence", 0), ("sequence", "1"), ("sequence", .double(1.5)), ("previous", "sha256:"),
      ("root", nil),
      ("files", [:]), ("digest", nil), ("expires", nil), ("title", "a\nb"), ("title", nil), ("impact", "yes"),
      ("not_before", "soon"), ("withdrawn", ["x"]), ("requires", ["host": 1]), ("requires", ["host": "1.x"]),
      ("requires", ["lua": "5.4"]), ("surprise", true),
    ] as [(String, JSON?)])
  func `each member has one form`(name: String, value: JSON?) throws {
    let bench = try Bench()
    let envelope = try bench.committee.fee(4, after: bench.state, changes: [(name, value)])
    #expect(code { _ = try RulebookProposal(envelope) } == .malformed)
  }

  @Test func `versions compare number by number`() {
    for (older, newer) in [("0.1.0", "0.1.1"), ("0.9", "0.10"), ("1", "1.0.1"), ("0.1.0", "1"), ("2.1", "10.0")] {
      #expect(HostVersion(older).map { $0 < HostVersion(newer) ?? $0 } == true, "\(older) \(newer)")
    }
    #expect(HostVersion("1.0") == HostVersion("1.0.0"))
    for text in ["", ".", "1.", "v1", "1.-1", "1.2.3.4.5", "1234567890", "1 "] { #expect(HostVersion(text) == nil) }
  }

  @Test func `a file extra, missing, renamed, differing in case or changed is named`() {
    let files = Committee.files
    let fees = Array("return { fee = 3 }".utf8)
    let plugin = Array("return {}".utf8)
    func differences(_ contents: [ExactText: [UInt8]]) -> [String] {
      files.differences(in: FileManifest(contents: contents)).map(\.description)
    }
    #expect(differences(["plugins/fees/plugin.lua": plugin, "policies/fees.lua": fees]) == [])
    #expect(
      differences(["plugins/fees/plugin.lua": plugin, "policies/fees.lua": fees, "policies/x.lua": []])
        == ["extra policies/x.lua"])
    #expect(differences(["plugins/fees/plugin.lua": plugin]) == ["missing policies/fees.lua"])
    #expect(
      differences(["plugins/fees/plugin.lua": plugin, "policies/Fees.lua": fees])
        == ["extra policies/Fees.lua", "missing policies/fees.lua"])
    #expect(
      differences(["plugins/fees/plugin.lua": plugin, "policies/fees.lua": plugin]) == ["changed policies/fees.lua"])
  }

  @Test func `the class of a change is told from the files`() {
    let files = Committee.files
    func change(_ contents: [ExactText: [UInt8]]) -> ChangeClass {
      FileManifest(contents: contents).change(from: files)
    }
    let plugin = Array("return {}".utf8)
    #expect(change(["plugins/fees/plugin.lua": plugin, "policies/fees.lua": [1]]) == .policies)
    #expect(change(["plugins/fees/plugin.lua": plugin]) == .policies)
    #expect(
      change(["plugins/fees/plugin.lua": [1], "policies/fees.lua": Array("return { fee = 3 }".utf8)]) == .plugins)
    #expect(change(["policies/fees.lua": Array("return { fee = 3 }".utf8)]) == .plugins)
    #expect(
      change(["plugins/a policies/x.lua": [1], "plugins/fees/plugin.lua": plugin, "policies/fees.lua": [1]]) == .plugins
    )
  }

  @Test func `an act is read back as it was written`() throws {
    let committee = try Committee()
    for action in [
      .veto(proposal: Committee.files.digest), .revert(digest: Committee.files.digest), .suspend(points: nil),
      .suspend(points: ["fee.charge"]), .hold, .freshness(digest: Committee.files.digest),
    ] as [GovernanceAct.Action] {
      guard case .act(let act) = try SignedPayload(committee.act(action, at: Clock())).content else {
        Issue.record("\(action) is no act")
        continue
      }
      #expect(act.action == action)
      #expect(act.reason == "why")
    }
    let veto = committee.act(.veto(proposal: Committee.files.digest), at: Clock())
    #expect(code { _ = try GovernanceAct(veto, .emergency) } == .payloadType)
    let swapped = Envelope(payloadType: GovernanceAct.Kind.emergency.payloadType, payload: veto.payload)
    #expect(code { _ = try SignedPayload(swapped) } == .malformed)
    #expect(code { _ = try SignedPayload(committee.act(.suspend(points: []), at: Clock())) } == .malformed)
  }
}
