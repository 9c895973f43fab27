import Citizens
import Core
import Cryptography
import Decisions
import Foundation
import Ledger
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
@testable import Server
import Synchronization
import Testing
import Tokens

/// What a sign-in leaves behind.
struct SignInRecordsTests {
  @Test func `a sign-in commits nothing to the ledger, and leaves its two records in the log`() async throws {
    try ThreadStack.setDefault()
    let directory = FileManager.default.temporaryDirectory.appending(path: "signin-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let generation = Generation(
      number: 3, rulebook: try RulebookLoader.load(GraphFixture.shipped(), runSpecs: false), activatedMilliseconds: 0)
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation, limits: RunLimits(deadline: .seconds(60)))
    let log = try RecordLog(directory: directory)
    try await lanes.keepRecords(RecordKeeping(.all, in: log))
    let store = MemoryLedgerStore(time: TimeSource(wall: { 1 }, boot: { 0 }))
    let committing = try CommittingDecisions(store: store, reader: HostReads(), generation: { generation })
    let decisions = HostDecisions(
      lanes: LaneDecisions(lanes), committing: committing, generation: { generation })
    let people = try #require(ListedCitizens(json: ["citizens": [["username": "anna", "social_class": "Nobili"]]]))
    let fixture = try AuthenticationFixture(people, rules: decisions)
    let citizen = try CitizenKey()
    try fixture.enrolled.enrol("anna", citizen.key.publicKey)

    let head = await store.head()
    let reply = try await fixture.signIn("anna", citizen.key)
    #expect(reply.status == 200, "\(reply.text)")
    #expect(await store.head() == head)
    #expect(await store.records(before: nil, limit: 9).isEmpty)

    let page = try await DecisionRecords(ledger: store, log: log.reader).page(limit: 9)
    let records = page.records.compactMap(RecordedDecision.init(json:))
    #expect(records.map(\.point).sorted() == ["access.grant", "tier.assign"])
    #expect(records.allSatisfy { $0.requester == "authentication" && $0.generation == 3 })
    // The token names the decision that granted it.
    let me = try await fixture.me(reply.json["access_token"]?.string)
    #expect(me.json["decision_id"]?.string == records.first { $0.point == "access.grant" }?.id.description)
    #expect(me.json["generation"] == 3)

    await committing.stop()
    await log.close()
    try await loops.shutdownGracefully()
  }

  @Test func `rules that change between the two decisions are asked both again`() async throws {
    let people = try #require(ListedCitizens(json: ["citizens": [["username": "anna", "social_class": "Nobili"]]]))
    let rules = ChangingRules()
    let fixture = try AuthenticationFixture(people, rules: rules)
    let citizen = try CitizenKey()
    try fixture.enrolled.enrol("anna", citizen.key.publicKey)
    let reply = try await fixture.signIn("anna", citizen.key)
    #expect(reply.status == 200, "\(reply.text)")
    #expect(rules.asked.withLock { $0 } == ["tier.assign", "access.grant 1", "tier.assign", "access.grant 2"])
  }
}
