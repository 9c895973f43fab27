import Core
import Decisions
import Foundation
import LuaRuntime
import NIOCore
import Rulebook
import Testing

/// Decisions of a lane, recorded and run again.
struct ReplayTests {
  private static let probe = """
    local function decision(input, output, decide) return { input = input, output = output, decide = decide } end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.double"] = decision({ value = "number" }, { value = "number" }, function(input)
        return { value = 2 * input.value }
      end),
      ["probe.kind"] = decision({ value = "any" }, { kind = "string", value = "any" }, function(input)
        return { kind = math.type(input.value) or type(input.value), value = input.value }
      end),
      ["probe.moment"] = decision({}, { now = "integer", drawn = { list = "number" } }, function(input, host)
        local drawn = {}
        for turn = 1, 5 do drawn[turn] = host.random() end
        return { now = host.now, drawn = drawn }
      end),
      ["probe.spin"] = decision({}, {}, function() while true do end end),
      ["probe.hungry"] = decision({}, {}, function() local text = "x" while true do text = text .. text end end),
      ["probe.broken"] = decision({}, {}, function() error("a broken rule") end),
      ["probe.wrong"] = decision({}, { value = "integer" }, function() return { value = "no integer" } end),
      ["probe.refuse"] = decision({}, {}, function() return nil, { code = "too_poor", message = "no" } end),
      ["probe.balance"] = { input = { account = "account" }, output = { balance = "any" }, uses = { "ledger.balance" },
        decide = function(input, host) return { balance = host.ledger.balance(input.account) } end },
    } }
    """

  private struct Asked {
    var point: String
    var sent: String
    var isEnveloped = true
  }

  private static let inputs: [(point: String, input: String)] = [
    ("probe.double", #"{"value":4}"#), ("probe.double", #"{"value":1.0}"#), ("probe.double", #"{"value":1e300}"#),
    ("probe.double", #"{"value":50000.0}"#), ("probe.double", #"{"value":0.00005}"#),
    ("probe.double", #"{"value":-0.0}"#), ("probe.double", #"{"value":9007199254740993}"#),
    ("probe.double", #"{"value":12345678901234567890}"#), ("probe.double", #"{"value":1e999}"#),
    ("probe.kind", #"{"value":[1,1.0,"\u00e9\u0000\ud83d\ude00",{"b":1,"a":[]}]}"#), ("probe.kind", "{}"),
    ("probe.moment", "{}"), ("probe.spin", "{}"), ("probe.hungry", "{}"), ("probe.broken", "{}"),
    ("probe.wrong", "{}"), ("probe.refuse", "{}"), ("probe.balance", #"{"account":"citizen:anna"}"#),
    ("probe.balance", #"{"account":"no account"}"#), ("probe.double", #"{"value":4,"more":1}"#),
    ("probe.double", #"{"value":"x"}"#), ("probe.double", "[]"), ("probe.double", "7"),
    ("probe.double", "{ \"value\" :\n" + String(repeating: " ", count: 500) + "4 }"),
    ("probe.kind", "{\"value\":[" + String(repeating: "1e5,", count: 60) + "1]}"),
  ]

  /// What holds no input, or more.
  private static let others: [String] = [
    "", "{", "nothing", "{}", #"{"input":{"value":1},"more":2}"#, #"{"input":{"value":1}} {"#, #"{"value":1}"#,
    #"{"input":{"value":01}}"#, "\u{0}",
  ]

  private static let asked: [Asked] = {
    var asked: [Asked] = []
    for (point, input) in inputs {
      asked.append(Asked(point: point, sent: #"{"input":\#(input)}"#))
      asked.append(Asked(point: point, sent: input, isEnveloped: false))
    }
    for sent in others {
      asked.append(Asked(point: "probe.double", sent: sent))
      asked.append(Asked(point: "probe.double", sent: sent, isEnveloped: false))
    }
    return asked
  }()

  /// A balance for everybody.
  private struct Rich: BalancePort {
    func balance(of account: AccountName) -> Amount? { Asset("DUC/2").map { Amount(4_200, $0) } }
  }

  /// What a lane told.
  private struct Told {
    var asked: Asked
    var id: Identifier
    var answer: [UInt8]?
    var failure: JSON?
  }

  private static func decide(_ place: LaneGroup.Place, _ log: RecordLog) async throws -> [Told] {
    try await place.loop.submit {
      let lane = place.lane.value
      var told: [Told] = []
      for asked in Self.asked {
        guard let entry = lane.decision(named: asked.point) else { continue }
        Array(asked.sent.utf8).withUnsafeBytes { sent in
          let made = lane.decideOnRecord(entry, input: sent, isEnveloped: asked.isEnveloped)
          var one = Told(asked: asked, id: made.id)
          switch made.outcome.ending {
          case .result(let bytes):
            let head = #"{"decision_id":"\#(made.id)","generation":\#(made.generation),"result":"#
            one.answer = Array(head.utf8) + Array(bytes) + [UInt8(ascii: "}")]
          case .failure(let failure): one.failure = failure.json
          case .fetch: Issue.record("\(asked.point) fetched")
          }
          told.append(one)
        }
      }
      #expect(lane.recorder?.write() == true)
      return told
    }.get()
  }

  @Test func `every decision is shown again from its record alone, byte for byte`() async throws {
    let directory = "/tmp/cascade-replay-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let log = try RecordLog(directory: directory + "/records")
    let generation = try EffectsFixture.generation(Self.probe)
    let archive = RulebookArchive(directory: directory + "/rulebooks")
    try archive.store(generation.rulebook.snapshot)
    var told: [Told] = []
    let limits = RunLimits(deadline: .seconds(30))
    try await LaneFixture.withLanes(1, limits: limits, reads: HostReads(balances: Rich())) { lanes in
      try await lanes.install(generation)
      try await lanes.keepRecords(RecordKeeping(.all, in: log))
      told = try await Self.decide(lanes.places[0], log)
    }
    #expect(told.count == Self.asked.count)
    #expect(try log.reader.verify() == RecordVerification(records: told.count))
    let run = RecordedRun(archive)
    for one in told {
      let what = "\(one.asked.point) \(one.asked.sent.prefix(60))"
      let bytes = try #require(try log.reader.record(one.id), "\(what)")
      let record = try #require(RecordedDecision(bytes: bytes), "\(what)")
      #expect(try JSON(parsing: bytes, limits: RecordLimits.parsing) == record.json)
      let replay = await run.replay(record)
      #expect(replay.verdict == .same, "\(what)")
      #expect(replay.answer == one.answer, "\(what)")
      #expect(replay.failure?.json == one.failure, "\(what)")
      if record.failure?.code != .memoryExhausted { #expect(replay.fuel == record.fuel, "\(what)") }
    }
    #expect(Set(told.compactMap { $0.failure?["code"]?.string }).count >= 6)
    await log.close()
  }

  @Test func `what was forged comes out otherwise, and what is not kept can't be run`() async throws {
    let directory = "/tmp/cascade-replay-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let generation = try EffectsFixture.generation(Self.probe)
    let archive = RulebookArchive(directory: directory)
    try archive.store(generation.rulebook.snapshot)
    let run = RecordedRun(archive)
    var record = RecordedDecision(
      id: Identifier(milliseconds: 1, random: (1, 1)), point: "probe.double", generation: 1,
      digest: generation.digest, input: ["value": 4])
    record.result = ["value": 8]
    record.fuel = await run.replay(record).fuel
    #expect(await run.replay(record).verdict == .same)
    var forgeries: [RecordedDecision] = []
    for change in 0..<4 {
      var forged = record
      switch change {
      case 0: forged.result = ["value": 9]
      case 1: forged.input = ["value": 5]
      case 2: forged.fuel += 1
      default: (forged.result, forged.failure) = (nil, LuaFailure(code: .runtime, message: "it failed"))
      }
      forgeries.append(forged)
    }
    for forged in forgeries {
      guard case .differs = await run.replay(forged).verdict else {
        Issue.record("\(forged) comes out the same")
        continue
      }
    }
    var lost = record
    lost.digest = "sha256:" + String(repeating: "0", count: 64)
    var late = record
    (late.result, late.failure) = (nil, LuaFailure(code: .deadline, message: "too late"))
    var gone = record
    gone.point = "probe.gone"
    for record in [lost, late, gone] {
      guard case .impossible = await run.replay(record).verdict else {
        Issue.record("\(record.point) was run")
        continue
      }
    }
  }
}
