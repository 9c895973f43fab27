import Core
import Decisions
import Governance
import GovernanceTesting
import GovernedHosts
import Hummingbird
import Ledger
import Rulebook
@testable import Server
import Synchronization
import Testing

/// Governance over HTTP: the signature is the authority, and nothing else.
struct GovernanceRouteTests {
  /// Serves a governed host's routes to `body`.
  private func serving(
    _ body: (GovernedHost, APIFixture, GovernanceBook, GovernanceCourse) async throws -> Void
  ) async throws {
    let governed = try await GovernedHost()
    try await governed.serving { book, _, course in
      let limiter = MemoryRateLimiter(limit: 100)
      try await body(
        governed, APIFixture(endpoints: Endpoint.governance(book, course, limiter: limiter)), book, course)
    }
  }

  private func files(_ fee: Int) -> JSON {
    let members = GovernedHost.files(fee: fee).map {
      (name: $0.key.text, value: JSON.string(String(decoding: $0.value, as: UTF8.self)))
    }
    return .object(JSON.Object(members))
  }

  @Test func `a proposal is sent, signed, vetoed and told, without a token`() async throws {
    try await serving { governed, api, book, course in
      let state = try #require(await book.current)
      let fee = try governed.fee(4, after: state)
      let first = try governed.committee.signed(fee, by: [0, 1])
      let body: JSON = ["envelope": first.json, "files": files(4)]
      let proposed = try await api.ask(.post, "/v1/governance/proposals", body: body.bytes)
      #expect(proposed.status == 200, "\(proposed.text)")
      #expect(proposed.json["proposals"]?.array?.first?["state"] == "proposed")
      let path = "/v1/governance/proposals/\(fee.digest)"
      let told = try await api.ask(.get, path)
      #expect(try Envelope(told.json["envelope"] ?? .null).payload == fee.payload)
      let third = try governed.committee.signed(fee, by: [2]).json.bytes
      let signed = try await api.ask(.post, path + "/signatures", body: third)
      #expect(signed.json["proposals"]?.array?.first?["state"] == "approved")
      #expect(signed.json["proposals"]?.array?.first?["signed_by"] == ["h0", "h1", "h2"])
      let veto = governed.committee.act(.veto(proposal: fee.digest), at: governed.time.clock)
      let vetoed = try await api.ask(
        .post, path + "/veto", body: try governed.committee.signed(veto, by: [5, 6]).json.bytes)
      #expect(vetoed.json["finished"]?.array?.first?["state"] == "vetoed", "\(vetoed.text)")
      #expect(try await api.ask(.get, path).status == 404)
      let all = try await api.ask(.get, "/v1/governance/proposals")
      #expect(all.json["proposals"] == [] && all.json["finished"]?.array?.count == 1)
      _ = course
    }
  }

  @Test func `what holders have done is kept as an act, and so is what was refused`() async throws {
    let governed = try await GovernedHost()
    let kept = Mutex<[AuditEvent]>([])
    try await governed.serving { book, _, course in
      let api = APIFixture(endpoints: Endpoint.governance(book, course, limiter: MemoryRateLimiter(limit: 100))) {
        event in kept.withLock { $0.append(event) }
      }
      governed.time.advance(seconds: 3_600)
      let state = try #require(await book.current)
      let act = governed.committee.act(.freshness(digest: state.active.digest), at: governed.time.clock)
      let path = "/v1/governance/freshness"
      let odd = try governed.committee.signed(act, by: [6]).json.bytes
      #expect(try await api.ask(.post, path, body: odd, peer: "10.1.1.1").status == 403)
      let signed = try governed.committee.signed(act, by: [0]).json.bytes
      let confirmed = try await api.ask(.post, path, body: signed, peer: "10.1.1.1")
      #expect(confirmed.status == 200, "\(confirmed.text)")
      // Looking is no act.
      #expect(try await api.ask(.get, "/v1/governance").status == 200)
    }
    let acts = kept.withLock { $0 }
    #expect(acts.map(\.what) == ["confirmFreshness", "confirmFreshness"])
    #expect(acts.allSatisfy { $0.who == "holders" && $0.from == "10.1.1.1" })
    #expect(acts.first?.outcome != AuditEvent.done && acts.last?.outcome == AuditEvent.done)
  }

  @Test func `who shows no valid signature of the right role hears 403 and no more, and nothing is kept`() async throws
  {
    try await serving { governed, api, book, _ in
      let committee = governed.committee
      let state = try #require(await book.current)
      let fee = try governed.fee(4, after: state)
      let stranger = try Committee()
      let clock = governed.time.clock
      let wrong = try governed.fee(4, after: state, changes: [("realm", "none"), ("sequence", 9)])
      let veto = committee.act(.veto(proposal: fee.digest), at: clock)
      let hold = committee.act(.hold, at: clock)
      let fresh = committee.act(.freshness(digest: state.active.digest), at: clock)
      let forged = fee.with([Envelope.Signature(keyID: committee.keys[0].id, bytes: [UInt8](repeating: 1, count: 64))])
      let cases: [(path: String, envelope: JSON)] = [
        ("/proposals", [:]), ("/proposals", ["envelope": [:]]), ("/proposals", ["envelope": fee.json]),
        ("/proposals", ["envelope": forged.json, "files": files(4)]),
        ("/proposals", ["envelope": try stranger.signed(fee, by: [0, 1, 2]).json, "files": files(4)]),
        ("/proposals", ["envelope": try stranger.signed(wrong, by: [0, 1, 2]).json, "files": files(4)]),
        ("/proposals", ["envelope": try committee.signed(fee, by: [5, 6]).json, "files": files(4)]),
        ("/proposals/\(fee.digest)/signatures", try stranger.signed(fee, by: [0]).json),
        ("/proposals/\(fee.digest)/signatures", try committee.signed(fee, by: [5]).json),
        ("/proposals/\(fee.digest)/veto", try stranger.signed(veto, by: [5, 6]).json),
        ("/proposals/\(fee.digest)/veto", try committee.signed(veto, by: [0, 1, 2]).json),
        ("/emergency", try stranger.signed(hold, by: [0, 1]).json),
        ("/emergency", try committee.signed(hold, by: [5, 6]).json),
        ("/freshness", try committee.signed(fresh, by: [6]).json), ("/freshness", ["payload": "e30="]),
      ]
      let before = await governed.ledger.head().sequence
      for (number, one) in cases.enumerated() {
        // Each from an address of its own, since so many tries of one are too many.
        let answer = try await api.ask(
          .post, "/v1/governance" + one.path, body: one.envelope.bytes, peer: "10.0.0.\(number + 1)")
        #expect(answer.status == 403, "\(one.path): \(answer.text)")
        #expect(answer.json["detail"] == "there is no valid signature of a key that may do this", "\(one.path)")
        #expect(answer.json["reason"] == nil)
      }
      #expect(await governed.ledger.head().sequence == before)
      #expect(await book.current?.open.isEmpty == true)
      #expect(try await governed.rulebooks.snapshot(FileManifest(contents: GovernedHost.files(fee: 4)).digest) == nil)
    }
  }

  @Test func `a holder is told what is wrong, by its code`() async throws {
    try await serving { governed, api, book, _ in
      let state = try #require(await book.current)
      func propose(_ changes: [(String, JSON?)], files: JSON) async throws -> JSON {
        let envelope = try governed.committee.signed(try governed.fee(4, after: state, changes: changes), by: [0])
        let body: JSON = ["envelope": envelope.json, "files": files]
        let answer = try await api.ask(.post, "/v1/governance/proposals", body: body.bytes)
        #expect(answer.status == 409 && answer.json["code"] == "refused", "\(answer.text)")
        return answer.json["reason"] ?? .null
      }
      #expect(try await propose([("sequence", 2)], files: files(4)) == "sequence")
      #expect(try await propose([("realm", .string(String(repeating: "0", count: 32)))], files: files(4)) == "realm")
      #expect(try await propose([("surprise", 1)], files: files(4)) == "malformed")
      #expect(try await propose([], files: files(5)) == "files")
      #expect(try await propose([], files: .null) == "files")
      #expect(try await propose([], files: ["policies/fees.lua": 1]) == "files")
      #expect(await book.current?.open.isEmpty == true)
      let hold = governed.committee.act(.hold, sequence: 0, at: governed.time.clock)
      let one = try governed.committee.signed(hold, by: [0]).json.bytes
      let few = try await api.ask(.post, "/v1/governance/emergency", body: one)
      #expect(few.json["reason"] == "threshold")
      let two = try governed.committee.signed(hold, by: [0, 1]).json.bytes
      #expect(try await api.ask(.post, "/v1/governance/emergency", body: two).json["held"] == true)
      #expect(try await api.ask(.post, "/v1/governance/emergency", body: two).json["reason"] == "known")
      // An envelope of one payload under the address of another.
      let fee = try governed.committee.signed(try governed.fee(4, after: state), by: [0]).json.bytes
      let other = "/v1/governance/proposals/\(state.root.digest)/signatures"
      #expect(try await api.ask(.post, other, body: fee).json["reason"] == "malformed")
    }
  }

  @Test func `an address may try ten times a minute, and another one still may`() async throws {
    try await serving { governed, api, book, _ in
      let state = try #require(await book.current)
      let fresh = governed.committee.act(.freshness(digest: state.active.digest), at: governed.time.clock)
      let body = try governed.committee.signed(fresh, by: [6]).json.bytes
      for _ in 0..<10 {
        #expect(try await api.ask(.post, "/v1/governance/freshness", body: body, peer: "10.1.1.1").status == 403)
      }
      for path in ["/freshness", "/emergency", "/proposals", "/proposals/x/veto", "/proposals/x/signatures"] {
        let late = try await api.ask(.post, "/v1/governance" + path, body: body, peer: "10.1.1.1")
        #expect(late.status == 429, "\(path)")
        #expect(late.field("retry-after") != nil)
        #expect(late.field("ratelimit-limit") == "10" && late.field("ratelimit-reset") == late.field("retry-after"))
      }
      #expect(try await api.ask(.post, "/v1/governance/freshness", body: body, peer: "10.1.1.2").status == 403)
    }
  }

  @Test func `a proposal has at most 4 MiB with its files, other envelopes what any public body has`() async throws {
    try await serving { governed, api, book, _ in
      let state = try #require(await book.current)
      var contents = GovernedHost.files(fee: 4)
      for number in 0..<3 {
        contents["policies/long\(number).lua"] = Array(("return {} --" + String(repeating: "x", count: 900_000)).utf8)
      }
      let envelope = try governed.committee.signed(
        try governed.committee.proposal(contents, after: state, title: "long"), by: [0])
      let members = contents.map { (name: $0.key.text, value: JSON.string(String(decoding: $0.value, as: UTF8.self))) }
      let body: JSON = ["envelope": envelope.json, "files": .object(JSON.Object(members))]
      let taken = try await api.ask(.post, "/v1/governance/proposals", body: body.bytes)
      #expect(taken.status == 200, "\(taken.text)")
      let padded = body.bytes + [UInt8](repeating: 0x20, count: 4 << 20)
      #expect(try await api.ask(.post, "/v1/governance/proposals", body: padded).status == 413)
      let spaces = [UInt8](repeating: 0x20, count: 65 << 10)
      #expect(try await api.ask(.post, "/v1/governance/emergency", body: spaces).status == 413)
    }
  }

  @Test func `without a root there is nothing to sign`() async throws {
    let governed = try await GovernedHost()
    let empty = MemoryLedgerStore(time: .system)
    try await governed.serving { _, host, _ in
      let book = try await GovernanceBook(empty, time: .system)
      let course = GovernanceCourse(book, host, rulebooks: governed.rulebooks, version: nil, refusesStale: false)
      #expect(try await course.round() == [])
      let limiter = MemoryRateLimiter(limit: 100)
      let api = APIFixture(endpoints: Endpoint.governance(book, course, limiter: limiter))
      #expect(try await api.ask(.get, "/v1/governance").json == ["governed": false])
      let fee = governed.committee.root()
      let body: JSON = ["envelope": try governed.committee.signed(fee, by: [0, 1, 2]).json]
      #expect(try await api.ask(.post, "/v1/governance/proposals", body: body.bytes).status == 404)
    }
  }
}
