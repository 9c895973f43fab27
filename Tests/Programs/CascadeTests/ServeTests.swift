import Core
import Foundation
import TestSupport
import Testing

/// `serve` and the commands that talk to it, from a rule's edit to the next decision.
struct ServeTests {
  static let sale = "{\"side\":\"sell\",\"amount\":\"1000.00 DUC/2\",\"level\":0}"

  /// Asks until `done` holds; what it was asked last.
  private func wait(_ ask: () throws -> JSON, until done: (JSON) -> Bool) async throws -> JSON {
    var answer = try ask()
    _ = try await Patience.lasts {
      answer = try ask()
      return done(answer)
    }
    return answer
  }

  @Test func `a fee changed while it serves changes the next quote, and a typo changes nothing`() async throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--watch", "--demo"])
    let before = try server.decide("bridge.quote", Self.sale)
    #expect(before["generation"] == 1)
    #expect(before["result"]?["net"] == ["asset": "USD/2", "minor": 9750])

    try scratch.replace("policies/fees.lua", "\"0.025\"", with: "\"0.030\"")
    let after = try await wait({ try server.decide("bridge.quote", Self.sale) }) { $0["generation"] == 2 }
    #expect(after["result"]?["net"] == ["asset": "USD/2", "minor": 9700], "\(server.logged)")

    try scratch.replace("policies/fees.lua", "return {", with: "retrun {")
    let refused = try await wait(server.rulebook) { $0["last_reload"]?["successful"] == false }
    let problem = refused["last_reload"]?["problems"]?.array?.first
    #expect(problem?["file"] == "policies/fees.lua")
    #expect(problem?["line"]?.integer != nil)
    #expect(try server.decide("bridge.quote", Self.sale)["generation"] == 2)
    #expect(server.stop() == 0)
  }

  @Test func `reload, rollback and status talk to a running host`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch)
    let common = ["--api", server.api, "--data", scratch.url.appending(path: "data").path()]
    let status = try Program.run(["status"] + common)
    #expect(status.code == 0)
    #expect(try status.json()["generation"] == 1)

    try scratch.replace("policies/tiers.lua", "2499", with: "2500")
    let reload = try Program.run(["reload", "--no-specs"] + common)
    #expect(reload.code == 0, "\(reload.error)")
    #expect(try reload.json()["generation"] == 2)
    #expect(try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")["result"]?["usd_per_month"] == 2500)

    let rollback = try Program.run(["rollback"] + common)
    #expect(rollback.code == 0)
    #expect(try rollback.json()["generation"] == 3)
    #expect(try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")["result"]?["usd_per_month"] == 2499)

    // What a rollback set aside stays so until it changes, also over a restart.
    let aside = try Program.run(["reload", "--no-specs"] + common)
    #expect(try aside.json()["generation"] == 3)
    #expect(try aside.json()["reload"]?["outcome"] == "set_aside")
    #expect(aside.error.contains("a rollback set these files aside, so nothing changed"), "\(aside.error)")
    // The specs pin the price, so a reload that runs them is refused, and says why.
    try scratch.replace("policies/tiers.lua", "2500", with: "2502")
    let refused = try Program.run(["reload"] + common)
    #expect(refused.code == 2)
    #expect(refused.error.contains("plugins/tiers/spec/"))
    #expect(try server.rulebook()["generation"] == 3)
    // What changed ends the rollback, and is told with what is doubtful.
    try scratch.replace("policies/tiers.lua", "return {", with: "return { odd = 1, odd = 2,")
    let ended = try Program.run(["reload", "--no-specs"] + common)
    #expect(ended.code == 0, "\(ended.error)")
    #expect(try ended.json()["reload"]?["outcome"] == "rollback_ended")
    #expect(try ended.json()["reload"]?["doubts"]?.array?.first?["code"] == "duplicate_key")
    #expect(ended.error.contains("the files changed since the rollback, so it is over"), "\(ended.error)")
    #expect(ended.error.contains("warning: policies/tiers.lua:"), "\(ended.error)")
    #expect(try server.rulebook()["reload"] == nil)
  }

  @Test func `a hang-up reloads`() async throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    try scratch.replace("policies/tiers.lua", "2499", with: "2501")
    kill(server.process.processIdentifier, SIGHUP)
    let answer = try await wait({ try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}") }) {
      $0["generation"] == 2
    }
    #expect(answer["result"]?["usd_per_month"] == 2501)
  }

  @Test func `a generation's number is not used again after a restart, and one directory has one host`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let first = try RunningServer(scratch, ["--no-specs"])
    #expect(try first.rulebook()["generation"] == 1)
    #expect(throws: ServerFailure.self) { try RunningServer(scratch, ["--no-specs"]) }
    #expect(first.stop() == 0)
    let second = try RunningServer(scratch, ["--no-specs"])
    #expect(try second.rulebook()["generation"] == 2)
  }

  @Test func `what it suggests to try is a decision that its rulebook has, and works as printed`() throws {
    let scratch = try Scratch()
    let source = """
      local function decide() return { ok = true } end
      return { name = "shop", version = "1.0.0", decisions = {
        ["shop.ask"] = { input = {}, output = { ok = "boolean" }, operators = true, decide = decide },
        ["shop.count"] = { input = { things = { list = "string" } }, output = { ok = "boolean" }, decide = decide },
        ["shop.greet"] = {
          input = { hour = { type = "integer", min = 5 }, kind = { enum = { "gift", "plain" } } },
          output = { ok = "boolean" }, decide = decide,
        },
      } }

      """
    try scratch.write("plugins/shop/plugin.lua", source)
    let server = try RunningServer(scratch)
    #expect(server.said.contains(": 3 decisions of 1 plugin on 2 lanes ("), "\(server.said)")
    let line = try #require(server.said.split(separator: "\n").first { $0.hasPrefix("Try: ") })
    let command = String(line.dropFirst("Try: ".count))
    #expect(
      command == "curl -s http://\(server.decisions)/v1/decisions/shop.greet "
        + "-d '{\"input\":{\"hour\":5,\"kind\":\"gift\"}}'")
    let answer = try Program.run(["-c", command], executable: "/bin/bash").json()
    #expect(answer["result"] == ["ok": true], "\(answer.text)")
    #expect(server.stop() == 0)
  }

  @Test func `reloading without the operator's token is refused`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let answer = try server.curl(["-X", "POST", "http://\(server.api)/v1/rulebook"])
    #expect(answer["status"] == 401 && answer["code"] == "unauthorized")
  }

  @Test func `a rulebook that is broken at a restart leaves the last one, said loudly`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let first = try RunningServer(scratch, ["--no-specs"])
    #expect(first.stop() == 0)
    try scratch.write("plugins/broken/plugin.lua", "return {")
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")["result"]?["usd_per_month"] == 2499)
    #expect(server.logged.contains("critical") && server.logged.contains("plugins/broken/plugin.lua:1"))
    #expect(try server.curl(["http://\(server.api)/health/ready"])["status"] == "degraded")
    let metrics = try server.text(["http://\(server.api)/metrics"])
    #expect(metrics.contains("cascade_rulebook_last_reload_successful 0\n"))
    #expect(server.stop() == 0)
    #expect(throws: ServerFailure.self) { try RunningServer(scratch, ["--no-specs", "--strict"]) }
  }

  @Test func `half a deploy that loses what is asked for doesn't decide`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    _ = try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")
    try FileManager.default.removeItem(at: scratch.url.appending(path: "plugins/tiers"))
    let common = ["--api", server.api, "--data", scratch.url.appending(path: "data").path()]
    let refused = try Program.run(["reload", "--no-specs"] + common)
    #expect(refused.code == 2 && refused.error.contains("asked for within the hour: tier.assign"), "\(refused.error)")
    #expect(try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")["generation"] == 1)
    let allowed = try Program.run(["reload", "--no-specs", "--allow-removal"] + common)
    #expect(allowed.code == 0, "\(allowed.error)")
    #expect(try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")["code"] == "unknown_decision")
  }

  @Test func `a rulebook that does not load keeps the host from starting`() throws {
    let scratch = try Scratch()
    try scratch.write("plugins/broken/plugin.lua", "return {")
    #expect {
      try RunningServer(scratch)
    } throws: { error in
      "\(error)".contains("plugins/broken/plugin.lua:1")
    }
  }

  @Test func `the program serves a demonstration from wherever it is, without the folder it was built in`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let program = scratch.url.appending(path: "bin/cascade")
    try FileManager.default.createDirectory(
      at: program.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: URL(filePath: Program.path), to: program)
    let server = try RunningServer(scratch, ["--no-specs", "--demo"], executable: program.path())
    let answer = try server.decide("consciousness.measure", "{\"citizen\":\"ConsiglioDeiDieci\"}")
    #expect((answer["result"]?["level"]?.number ?? 0) > 0)
    for number in [SIGUSR1, SIGUSR2] { kill(server.process.processIdentifier, number) }
    let metrics = try server.text(["http://\(server.api)/metrics"])
    for part in ["ledger", "records", "revocations", "rulebook"] {
      #expect(metrics.contains("cascade_part_works{part=\"\(part)\"} 1\n"))
    }
    #expect(server.stop() == 0)
    #expect(server.logged.contains("stopping: what was asked is answered first"))
  }

  @Test func `the demo measures a citizen of the sample data`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs", "--demo"])
    let answer = try server.decide("consciousness.measure", "{\"citizen\":\"ConsiglioDeiDieci\"}")
    #expect((answer["result"]?["level"]?.number ?? 0) > 0)
  }
}
