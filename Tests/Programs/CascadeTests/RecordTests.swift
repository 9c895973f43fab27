import Core
import Foundation
import PeerTesting
import TestSupport
import Testing

/// Records of a running host, and `cascade replay`.
struct RecordTests {
  private static let probe = """
    local function pay(input, host)
      local before = host.ledger.balance("citizen:anna")
      host.ledger.post { from = "citizen:anna", to = "citizen:zoe", amount = input.amount }
      return { before = before, now = host.now, drawn = host.random() }
    end
    local any = { type = "any" }
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.pay"] = { input = { amount = "amount" }, output = { before = any, now = "integer", drawn = "number" },
        uses = { "ledger.balance", "ledger.post" }, debits = { "citizen:anna" }, decide = pay },
      ["probe.balance"] = { input = {}, output = { balance = "any" }, uses = { "ledger.balance" },
        decide = function(input, host) return { balance = host.ledger.balance("citizen:anna") } end },
      ["probe.numbers"] = { input = {}, output = { numbers = { list = "number" } },
        decide = function(input, host)
          return { numbers = { 1e5, 1e-4, 0.1 + 0.2, 1e300, 123456789012345680000.0, host.random(), host.now } }
        end },
      ["probe.broken"] = { input = {}, output = {}, decide = function() error("a broken rule") end },
    } }
    """

  private static func id(_ number: Int) -> String {
    let digits = String(number)
    return "018bcfe5-6800-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  private struct Setting {
    let scratch: Scratch
    let data: [String]
    let server: RunningServer
    let authorization: [String]

    init(_ arguments: [String] = [], fileKiB: Int? = nil) throws {
      scratch = try Scratch()
      try scratch.copyRulebook()
      try scratch.write("plugins/probe/plugin.lua", RecordTests.probe)
      server = try RunningServer(scratch, ["--no-specs"] + arguments, fileKiB: fileKiB)
      data = ["--data", scratch.url.appending(path: "data").path()]
      authorization = try server.authorization(scratch)
    }

    func decide(_ point: String, _ body: String, _ more: [String] = []) throws -> RunningServer.Answer {
      try server.ask(["-d", body, "http://\(server.decisions)/v1/decisions/\(point)"] + more)
    }

    func decide(_ point: String, _ input: String, key: Int) throws -> RunningServer.Answer {
      try decide(
        point, "{\"input\":\(input)}", authorization + ["-H", "Idempotency-Key: \(RecordTests.id(key))"])
    }

    func give(_ account: String, _ minor: Int, _ number: Int) throws {
      let answer = try server.give(Int64(minor), to: account, id: RecordTests.id(number), as: authorization)
      #expect(answer.json["results"]?.array?.first?["status"] == "created", "\(answer.json)")
    }

    func records(_ query: String) throws -> [JSON] {
      try server.ask(authorization + ["http://\(server.api)/v1/records?limit=1000\(query)"]).json["records"]?.array
        ?? []
    }

    /// The records of `point`, once there are `count` of them.
    func records(of point: String, count: Int) async throws -> [JSON] {
      var found = try records("&point=\(point)")
      for _ in 0..<400 where found.count != count {
        try await Task.sleep(for: .milliseconds(25))
        found = try records("&point=\(point)")
      }
      return found
    }

    /// Bytes of all segments on disk.
    var recordedBytes: Int {
      let records = scratch.url.appending(path: "data/records").path()
      let paths = FileManager.default.enumerator(atPath: records)?.compactMap { $0 as? String } ?? []
      return paths.reduce(0) { sum, path in
        let size = try? FileManager.default.attributesOfItem(atPath: records + "/" + path)[.size] as? Int
        return sum + (size ?? 0)
      }
    }

    func replay(_ id: String) throws -> Program.Ending { try Program.run(["replay", id] + data) }
    func replayAll() throws -> Program.Ending { try Program.run(["replay", "--all"] + data) }
  }

  @Test func `decisions of every kind are shown again in the bytes of their time, and what was changed is named`()
    async throws
  {
    let setting = try Setting(["--demo", "--lanes", "1"])
    try setting.give("citizen:anna", 500, 1)
    try setting.give("treasury", 1_000_000, 2)
    let citizens = (0..<30).map { "{\"username\":\"c\($0)\",\"social_class\":\"Facchini\"}" }
    let answers = [
      try setting.decide("tier.assign", #"{"input":{"social_class":"Nobili"}}"#),
      try setting.decide("bridge.quote", "{\"input\":\(ServeTests.sale)}"),
      try setting.decide("consciousness.measure", #"{"input":{"citizen":"ConsiglioDeiDieci"}}"#),
      try setting.decide("probe.balance", #"{"input":{}}"#),
      try setting.decide("probe.numbers", #"{"input":{}}"#),
      try setting.decide("probe.broken", #"{"input":{}}"#),
      try setting.decide("tier.assign", #"{"input":{"class":"Nobili"}}"#),
      try setting.decide("tier.assign", "no JSON"),
      try setting.decide("bridge.quote", #"{"input":{"side":"sell","amount":"0.01 DUC/2","level":0}}"#),
      try setting.decide("probe.pay", #"{"amount":"1.00 DUC/2"}"#, key: 11),
      try setting.decide("probe.pay", #"{"amount":"100.00 DUC/2"}"#, key: 12),
      try setting.decide("probe.pay", #"{"amount":"nothing"}"#, key: 13),
      try setting.decide("treasury.redistribute", "{\"citizens\":[\(citizens.joined(separator: ","))]}", key: 14),
    ]
    #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 500, 422, 422, 409, 200, 409, 422, 200])
    let measured = try setting.server.ask(["http://\(setting.server.api)/v1/citizens/TopGlassmaker/measurement"])
    #expect(measured.status == 200)
    #expect(try await setting.records(of: "consciousness.measure", count: 2).count == 2)
    #expect(try await setting.records(of: "tier.assign", count: 3).count == 3)

    let list = ["records", "list", "--api", setting.server.api] + setting.data
    let refused = try Program.run(list + ["--refused", "--point", "bridge.quote"])
    #expect(refused.code == 0 && refused.out.split(separator: "\n").count == 1, "\(refused)")
    #expect(try JSON(parsing: Array(refused.out.utf8))["error"]?["reason"] == "below_minimum")
    let tiers = try Program.run(list + ["--where", "result.tier=enterprise", "--limit", "1"])
    #expect(try JSON(parsing: Array(tiers.out.utf8))["point"] == "tier.assign", "\(tiers)")
    #expect(try Program.run(list + ["--where", "result.tier"]).code == 64)

    // Who asked is known by their token.
    let paid = try setting.records("&point=probe.pay").compactMap { $0["requester"]?.string }
    #expect(Set(paid).count == 1)
    #expect(paid.first.flatMap { Identifier(String($0.dropFirst("operator:".count))) } != nil, "\(paid)")
    for answer in answers {
      let id = try #require(answer.json["decision_id"]?.string)
      let replay = try setting.replay(id)
      #expect(replay.code == 0, "\(replay.out)\(replay.error)")
      #expect(try replay.json()["verdict"] == "same", "\(replay.out)")
      if answer.status == 200 {
        let told = "\"answer\":" + String(decoding: answer.body, as: UTF8.self) + ","
        #expect(replay.out.contains(told), "\(replay.out)")
      } else {
        #expect(try replay.json()["error"]?["code"] == answer.json["code"])
        #expect(try replay.json()["error"]?["message"] == answer.json["detail"])
      }
    }
    #expect(setting.server.stop() == 0)
    let all = try setting.replayAll()
    #expect(all.code == 0, "\(all.out)\(all.error)")
    #expect(all.out == "14 decisions come out the same\n")
    try await tamper(setting)
  }

  /// Records of decisions with effects, each change with hashes that fit it: their entries say otherwise.
  private func tamperLedger(_ setting: Setting) throws {
    let folder = setting.scratch.url.appending(path: "data/ledger")
    let kept = setting.scratch.url.appending(path: "kept")
    try FileManager.default.copyItem(at: folder, to: kept)
    let find = "id, b = d.execute('SELECT id, bytes FROM records WHERE instr(bytes, ?)', (b'probe.pay',)).fetchone()"
    for change in [
      "n = b.replace(b'operator:', b'operatos:'); "
        + "d.execute('UPDATE records SET bytes = ?, hash = ? WHERE id = ?', (n, hashlib.sha256(n).digest(), id))",
      "d.execute('DELETE FROM records WHERE id = ?', (id,))",
      "d.execute('INSERT INTO records VALUES (?, ?, ?)', (bytes(16), b, hashlib.sha256(b).digest()))",
    ] {
      let script = "import sqlite3, hashlib, sys; d = sqlite3.connect(sys.argv[1]); \(find); \(change); d.commit()"
      let said = try PeerProcess.run(["-c", script, folder.appending(path: "ledger.sqlite").path()])
      try #require(said.status == 0, "\(said.text)")
      let all = try setting.replayAll()
      #expect(all.code == 2 && all.out.contains("ledger "), "\(change): \(all.out)\(all.error)")
      try FileManager.default.removeItem(at: folder)
      try FileManager.default.copyItem(at: kept, to: folder)
    }
    #expect(try setting.replayAll().code == 0)
  }

  /// A rulebook that is gone, then a record that was changed.
  private func tamper(_ setting: Setting) async throws {
    let segment = setting.scratch.url.appending(path: "data/records/0/000000000001.records")
    let before = try Data(contentsOf: segment)
    var changed = before
    let place = try #require(changed.firstRange(of: Data("\"enterprise\"".utf8)))
    changed.replaceSubrange(place, with: Data("\"enterprisf\"".utf8))
    try changed.write(to: segment)
    let all = try setting.replayAll()
    #expect(all.code == 2)
    #expect(all.out.contains("is not what was written"))
    #expect(all.out.contains("tier.assign: its result is another one"))
    try (before + Data(count: 100)).write(to: segment)
    let zeros = try setting.replayAll()
    #expect(zeros.code == 1)
    #expect(zeros.out.contains("000000000001.records: ends in the middle of frame "), "\(zeros.out)")
    #expect(zeros.out.hasSuffix("14 decisions come out the same\n"))
    // The newest checkpoint says where the log ended.
    try FileManager.default.removeItem(at: segment)
    let gone = try setting.replayAll()
    #expect(gone.code == 2 && gone.out.contains("the last are missing"), "\(gone.out)")
    try before.write(to: segment)
    try tamperLedger(setting)
    try loseRulebooks(setting)
    // What was changed weighs more than what can't be told.
    try changed.write(to: segment)
    #expect(try setting.replayAll().code == 2)
    try before.write(to: segment)
    let lost = try setting.replay(Self.id(11))
    #expect(lost.code == 1)
    #expect(try lost.json()["verdict"] == "impossible")
    #expect(try setting.replay(Self.id(99)).code == 1)
    #expect(try setting.replay("none").code == 64)
    #expect(try Program.run(["replay"] + setting.data).code == 64)
  }

  /// The archive of rulebooks edited, then gone: what they decided can't be told.
  private func loseRulebooks(_ setting: Setting) throws {
    let archive = setting.scratch.url.appending(path: "data/rulebooks")
    let files = try FileManager.default.contentsOfDirectory(atPath: archive.path())
    #expect(!files.isEmpty)
    for file in files {
      let url = archive.appending(path: file)
      let good = try Data(contentsOf: url)
      try FileManager.default.removeItem(at: url)
      var edited = good
      let place = try #require(edited.firstRange(of: Data("enterprise".utf8)))
      edited.replaceSubrange(place, with: Data("enterprisf".utf8))
      try edited.write(to: url)
    }
    let edited = try setting.replayAll()
    #expect(edited.code == 1, "\(edited.out)\(edited.error)")
    #expect(edited.out == "0 decisions come out the same, 14 can't be run again\n")
    try FileManager.default.removeItem(at: archive)
    let gone = try setting.replayAll()
    #expect(gone.code == 1, "\(gone.out)\(gone.error)")
    #expect(gone.out == edited.out)
  }

  @Test func `a host that is killed leaves a chain that can be read, and goes on with it`() async throws {
    let setting = try Setting()
    for _ in 0..<20 { _ = try setting.decide("tier.assign", #"{"input":{"social_class":"Nobili"}}"#) }
    let early = try await setting.records(of: "tier.assign", count: 20).compactMap { $0["id"]?.string }
    #expect(early.count == 20)
    // Enough that most are still to be decided when the first are on disk: those are to be run again, each time.
    let lines = String(repeating: "{\"social_class\":\"Nobili\"}\n", count: 5_000)
    let file = try setting.scratch.write("lines", lines)
    let load = ChildProcess()
    load.executableURL = URL(filePath: "/usr/bin/curl")
    load.arguments = [
      "-s", "-o", "/dev/null", "-H", "Content-Type: application/x-ndjson", "--data-binary", "@" + file,
      "http://\(setting.server.decisions)/v1/decisions/tier.assign",
    ]
    let before = setting.recordedBytes
    try load.run()
    for _ in 0..<10_000 where setting.recordedBytes == before { usleep(1_000) }
    #expect(setting.recordedBytes > before)
    setting.server.process.kill()
    setting.server.process.waitUntilExit()
    load.waitUntilExit()
    let killed = try setting.replayAll()
    // The last write may have been cut short; the next start takes that away.
    let isTorn = killed.out.contains(": ends in the middle of frame ")
    #expect(killed.code == (isTorn ? 1 : 0), "\(killed.out)\(killed.error)")
    let last = killed.out.split(separator: "\n").last ?? ""
    let count = try #require(Int(last.prefix { $0 != " " }))
    #expect(count >= 20)
    for id in early.prefix(3) { #expect(try setting.replay(id).code == 0) }

    let next = try RunningServer(setting.scratch, ["--no-specs"])
    _ = try next.decide("tier.assign", "{\"social_class\":\"Nobili\"}")
    #expect(next.stop() == 0)
    #expect(try setting.replayAll().out == "\(count + 1) decisions come out the same\n")
  }

  @Test(arguments: [("effects", 0), ("sample:5", 8), ("all", 40)])
  func `the switch says which decisions are kept, and those with effects always are`(
    records: String, kept: Int
  ) async throws {
    let setting = try Setting(["--lanes", "1", "--records", records])
    try setting.give("citizen:anna", 500, 1)
    for _ in 0..<40 { _ = try setting.decide("tier.assign", #"{"input":{"social_class":"Nobili"}}"#) }
    #expect(try setting.decide("probe.pay", #"{"amount":"1.00 DUC/2"}"#, key: 11).status == 200)
    #expect(try await setting.records(of: "tier.assign", count: kept).count == kept)
    #expect(try setting.records("&point=probe.pay").map { $0["id"]?.string } == [Self.id(11)])
    #expect(setting.server.stop() == 0)
    #expect(try setting.replayAll().out == "\(kept + 1) decisions come out the same\n")
  }

  /// Decides until the disk takes no more records: the ids of what was decided.
  private static func fill(_ setting: Setting) throws -> [String] {
    let large = String(repeating: "x", count: 60_000)
    let line = try setting.scratch.write("line", "{\"input\":{\"social_class\":\"\(large)\"}}")
    var decided: [String] = []
    var refused: RunningServer.Answer?
    for _ in 0..<400 where refused == nil {
      let answer = try setting.decide("tier.assign", "@" + line)
      // A large input may also be too much for a slow machine: that is decided, too.
      if answer.json["code"] == "unavailable" {
        refused = answer
      } else {
        decided.append(answer.json["decision_id"]?.string ?? "?")
      }
    }
    #expect(refused?.retryAfter == "1")
    #expect(refused?.json["code"] == "unavailable")
    #expect(refused?.json["decision_id"] == nil)
    return decided
  }

  @Test func `a host whose disk takes no more records stops in good order, and has lost none`() async throws {
    let setting = try Setting(["--lanes", "1"], fileKiB: 3 << 10)
    let ready = ["http://\(setting.server.api)/health/ready"]
    #expect(try setting.server.ask(ready).status == 200)
    let decided = try Self.fill(setting)
    let unready = try setting.server.ask(ready)
    #expect(unready.status == 503)
    #expect(unready.json["detail"] == "decision records can't be written; the host's log says why")
    #expect(try setting.server.ask(["http://\(setting.server.api)/health"]).json["status"] == "unavailable")
    try setting.give("citizen:anna", 500, 1)
    #expect(setting.server.stop() == 0)
    #expect(setting.server.logged.contains("decisions are refused: can't write to the log of records: File too large"))
    // The next start goes on behind what was written.
    #expect(try Program.run(["ledger", "verify"] + setting.data).code == 0)
    let next = try RunningServer(setting.scratch, ["--no-specs"])
    #expect(try next.ask(["http://\(next.api)/health/ready"]).status == 200)
    #expect(next.stop() == 0)
    let all = try setting.replayAll()
    #expect(all.code == 0, "\(all.out)\(all.error)")
    let counts = all.out.split { !$0.isNumber }.compactMap { Int($0) }
    #expect(counts.reduce(0, +) == decided.count, "\(all.out)\(all.error)")
  }

  @Test func `a host whose disk takes no more records refuses until it does, and loses none`() async throws {
    let setting = try Setting(["--lanes", "1"], fileKiB: 6 << 10)
    var decided = try Self.fill(setting)
    // What has effects goes on.
    try setting.give("citizen:anna", 500, 1)
    #expect(try setting.decide("probe.pay", #"{"amount":"1.00 DUC/2"}"#, key: 11).status == 200)

    let limit = ChildProcess()
    limit.executableURL = URL(filePath: "/usr/bin/prlimit")
    limit.arguments = ["--pid", "\(setting.server.process.processIdentifier)", "--fsize=unlimited"]
    try limit.run()
    limit.waitUntilExit()
    #expect(limit.terminationStatus == 0)
    let ready = ["http://\(setting.server.api)/health/ready"]
    for _ in 0..<400 {
      if try setting.server.ask(ready).status == 200 { break }
      try await Task.sleep(for: .milliseconds(25))
    }
    let answer = try setting.decide("tier.assign", #"{"input":{"social_class":"Nobili"}}"#)
    #expect(answer.status == 200)
    decided.append(answer.json["decision_id"]?.string ?? "?")
    #expect(setting.server.stop() == 0)
    let all = try setting.replayAll()
    #expect(all.code == 0, "\(all.out)")
    // Those that come out the same, and those that ran out of time.
    let counts = all.out.split { !$0.isNumber }.compactMap { Int($0) }
    #expect(counts.reduce(0, +) == decided.count + 1, "\(all.out)\(all.error)")
  }

  /// The newest checkpoint of the book is damaged: it is named, and the one before it is taken.
  private func checkDamagedCheckpoint(_ setting: Setting) throws {
    let path = "data/checkpoints/000000000004.json"
    let before = try String(contentsOf: setting.scratch.url.appending(path: path), encoding: .utf8)
    try setting.scratch.write(path, before.replacing("\"size\":4", with: "\"size\":4444"))
    let verified = try Program.run(["ledger", "verify"] + setting.data)
    #expect(verified.code == 2)
    #expect(verified.out.contains("000000000004.json is damaged: it is no checkpoint of 4 entries\n4 entries are good"))
    #expect(verified.error.contains("the checkpoint of 1 entries was signed by the key"))
    try setting.scratch.write(path, before)
  }

  @Test func `a signed checkpoint shows that a tail was cut, and a forged one is named`() async throws {
    let setting = try Setting()
    let data = setting.scratch.url.appending(path: "data")
    try setting.give("citizen:anna", 500, 1)
    // The ledger as it was then, put back later: every entry in it is good.
    #expect(setting.server.stop() == 0)
    let early = setting.scratch.url.appending(path: "early")
    try FileManager.default.copyItem(at: data.appending(path: "ledger"), to: early)
    let server = try RunningServer(setting.scratch, ["--no-specs"])
    let events = (2...4).map {
      "{\"id\":\"\(Self.id($0))\",\"from\":\"world\",\"to\":\"citizen:zoe\",\"kind\":\"posted\","
        + "\"amount\":{\"asset\":\"DUC/2\",\"minor\":1}}"
    }
    _ = try server.ask(
      setting.authorization + [
        "-d", "{\"events\":[\(events.joined(separator: ","))]}", "http://\(server.api)/v1/ledger/transfers",
      ])
    let checkpoint = try server.ask(setting.authorization + ["http://\(server.api)/v1/ledger/checkpoint"]).json
    #expect(checkpoint["size"] == 4)
    #expect(checkpoint["signature"]?.string?.split(separator: ".").count == 3)
    #expect(server.stop() == 0)
    let kept = try setting.scratch.write("checkpoint.json", checkpoint.text)
    let jwks = data.appending(path: "keys/checkpoints.json").path()

    let verify = ["ledger", "verify"] + setting.data
    for more in [[], ["--checkpoint", kept], ["--checkpoint", kept, "--jwks", jwks]] {
      let good = try Program.run(verify + more)
      #expect(good.code == 0, "\(good.out)\(good.error)")
      #expect(good.out.hasPrefix("4 entries are good"))
      #expect(good.error.contains("was signed by the key"))
    }
    try checkDamagedCheckpoint(setting)
    let strangers = try setting.scratch.write("strangers.json", "{\"keys\":[]}")
    var forged = checkpoint.object ?? JSON.Object()
    forged["size"] = 3
    let shorter = try setting.scratch.write("shorter.json", JSON.object(forged).text)
    for more in [["--checkpoint", kept, "--jwks", strangers], ["--checkpoint", shorter]] {
      let bad = try Program.run(verify + more)
      #expect(bad.code == 2)
      #expect(bad.out.contains("is not valid"), "\(bad.out)")
    }

    try FileManager.default.removeItem(at: data.appending(path: "ledger"))
    try FileManager.default.copyItem(at: early, to: data.appending(path: "ledger"))
    for more in [[], ["--checkpoint", kept, "--jwks", jwks]] {
      let cut = try Program.run(verify + more)
      #expect(cut.code == 2)
      #expect(cut.out == "2: entry 2 is missing; the checkpoint has 4 entries\n")
    }
  }
}
