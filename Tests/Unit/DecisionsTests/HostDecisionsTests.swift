import Core
import Decisions
import Foundation
import Ledger
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
import Testing

/// The rules as the rest of the host asks them.
struct HostDecisionsTests {
  private static let probe = """
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.look"] = { input = { value = "integer" }, output = { value = "integer" },
        decide = function(input) return { value = 2 * input.value } end },
      ["probe.about"] = { input = { who = "string" }, output = {}, subject = "who",
        decide = function() return {} end },
      ["probe.pay"] = { input = {}, output = {}, uses = { "ledger.post" }, debits = { "pot" },
        decide = function(_, host)
          host.ledger.post { from = "pot", to = "shop", amount = amount("DUC/2", 1) }
          return {}
        end },
      ["probe.owe"] = { input = {}, output = { overdrafts = "any" }, decide = function()
        return { overdrafts = { { account = "receivable:anna", limit = amount("DUC/2", 100) } } }
      end },
    } }
    """

  /// Runs `body` with the rules, the ledger they commit to, and the log of what the lanes decide.
  private static func run(
    _ body: (HostDecisions, MemoryLedgerStore, RecordLog) async throws -> Void
  ) async throws {
    let directory = "/tmp/cascade-decisions-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let fixture = try EffectsFixture(EffectsFixture.generation(probe))
    try await fixture.give("pot", 10, id: 1)
    let log = try RecordLog(directory: directory)
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let generation = fixture.generation
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation, limits: RunLimits(deadline: .seconds(60)))
    try await lanes.keepRecords(RecordKeeping(.all, in: log))
    let decisions = HostDecisions(
      lanes: LaneDecisions(lanes), committing: fixture.decisions, generation: { generation })
    let result: Result<Void, any Error>
    do { result = .success(try await body(decisions, fixture.store, log)) } catch { result = .failure(error) }
    await fixture.decisions.stop()
    await log.close()
    try await loops.shutdownGracefully()
    try result.get()
  }

  @Test func `a decision without effects is made on a lane, and its record says who asked`() async throws {
    try await Self.run { decisions, store, log in
      let head = await store.head()
      let decided = try await decisions.decide(Question("probe.look", .value(["value": 4]), requester: "somebody"))
      #expect(try decided.result() == ["value": 8])
      let sent = Array(#"{"input":{"value":5}}"#.utf8)
      #expect(try await decisions.decide(Question("probe.look", .sent(sent))).result() == ["value": 10])
      #expect(await store.head() == head)
      #expect(await store.record(decided.id) == nil)
      let record = try #require(try log.reader.record(decided.id).flatMap { RecordedDecision(bytes: $0) })
      #expect(record.requester == "somebody" && record.result == ["value": 8])
    }
  }

  @Test func `a record names whom its decision is about, whatever the text looks like`() async throws {
    try await Self.run { decisions, store, log in
      for name in ["anna", "Andrè \u{22}quoted\u{22}", #"back\slash"#, "\u{1F701}"] {
        let decided = try await decisions.decide(Question("probe.about", .value(["who": .string(name)])))
        let record = try #require(try log.reader.record(decided.id).flatMap { RecordedDecision(bytes: $0) })
        #expect(record.subject == name && record.input == ["who": .string(name)])
        let page = try await DecisionRecords(ledger: store, log: log.reader).page(RecordFilter(subject: name), limit: 9)
        #expect(page.records.map { $0["id"]?.string } == [decided.id.description])
      }
      let sent = Array(#"{"input":{"who":"\u0061nna"}}"#.utf8)
      let decided = try await decisions.decide(Question("probe.about", .sent(sent)))
      let page = try await DecisionRecords(ledger: store, log: log.reader).page(RecordFilter(subject: "anna"), limit: 9)
      #expect(page.records.count == 2 && page.records.first?["id"]?.string == decided.id.description)
      // What is too long for a subject is none.
      let long = String(repeating: "x", count: 257)
      let other = try await decisions.decide(Question("probe.about", .value(["who": .string(long)])))
      let record = try #require(try log.reader.record(other.id).flatMap { RecordedDecision(bytes: $0) })
      #expect(record.subject == nil)
    }
  }

  @Test func `a decision with effects is committed, its key being its id`() async throws {
    try await Self.run { decisions, store, log in
      let key = EffectsFixture.key(1)
      let trace = try #require(TraceContext(traceparent: "00-\(String(repeating: "a", count: 32))-00f067aa0ba902b7-01"))
      let decided = try await decisions.decide(Question("probe.pay", .value([:]), key: key, trace: trace))
      #expect(decided.id == key && !decided.isRepeat)
      let bytes = await store.record(key)
      let record = try #require(bytes.flatMap { RecordedDecision(bytes: $0) })
      #expect(record.effects.count == 1 && record.trace == trace)
      // Without a key it has an id of its own.
      #expect(try await decisions.decide(Question("probe.pay", .value([:]))).id != key)
      let other = MemoryLedgerStore(time: TimeSource(wall: { 1 }, boot: { 0 }))
      #expect(try await DecisionRecords(ledger: other, log: log.reader).page(limit: 9).records.isEmpty)
    }
  }

  @Test func `decisions with effects are counted beside those without`() async throws {
    try await Self.run { decisions, _, _ in
      _ = try await decisions.decide(Question("probe.look", .value(["value": 4])))
      _ = try await decisions.decide(Question("probe.pay", .value([:])))
      // A key has it committed, and it is the same decision still.
      _ = try await decisions.decide(Question("probe.look", .value(["value": 4]), key: EffectsFixture.key(1)))
      let counted = await decisions.statistics
      #expect(counted.decided == 3)
      #expect(counted.runs == ["probe.look": 2, "probe.pay": 1])
    }
  }

  @Test func `what the host books is committed, and a key is bound, whatever the rule declares`() async throws {
    try await Self.run { decisions, store, _ in
      let key = EffectsFixture.key(1)
      let booked = try await decisions.decide(Question("probe.owe", .value([:]), key: key, booking: .overdrafts))
      let name = try #require(AccountName("receivable:anna"))
      #expect(await store.accounts(named: [name]).first?.floor == -100)
      let again = try await decisions.decide(Question("probe.owe", .value([:]), key: key, booking: .overdrafts))
      #expect(booked.id == key && again.isRepeat && again.printed == booked.printed)
      let looked = EffectsFixture.key(2)
      let decided = try await decisions.decide(Question("probe.look", .value(["value": 4]), key: looked))
      #expect(decided.id == looked)
      #expect(await store.record(looked) != nil)
      let failure = await #expect(throws: DecisionFailure.self) {
        try await decisions.decide(Question("probe.look", .value(["value": 5]), key: looked))
      }
      #expect(failure?.reason == "key_reused")
    }
  }

  @Test(arguments: ["probe.look", "probe.pay"])
  func `a question for one generation is not answered by another`(point: String) async throws {
    try await Self.run { decisions, _, _ in
      let input: JSON = point == "probe.look" ? ["value": 1] : [:]
      let decided = try await decisions.decide(Question(point, .value(input), generation: 1))
      #expect(decided.generation == 1)
      let failure = await #expect(throws: DecisionFailure.self) {
        try await decisions.decide(Question(point, .value(input), generation: 2))
      }
      #expect(failure?.isOfAnotherGeneration == true && failure?.code == .conflict && failure?.run == nil)
    }
  }

  @Test func `what isn't offered says so, and a rule's failure says by which run`() async throws {
    try await Self.run { decisions, _, _ in
      let missing = await #expect(throws: DecisionFailure.self) {
        try await decisions.decide(Question("probe.none", .value([:])))
      }
      #expect(missing?.isNotOffered == true && missing?.code == .unknownDecision)
      let failed = await #expect(throws: DecisionFailure.self) {
        try await decisions.decide(Question("probe.look", .value(["value": "x"])))
      }
      #expect(failed?.code == .invalidInput && failed?.run?.generation == 1)
    }
  }
}
