import Core
import Foundation
import Testing

/// What a running host finds out about itself.
@Suite(.serialized) struct SelfKnowledgeTests {
  @Test func `a result that was changed on the disk is found, and told loudly`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1"])
    for _ in 0..<20 { _ = try setting.decide() }
    try await setting.wait { try setting.sample(#"cascade_selfcheck_replays_total{verdict="same"}"#) ?? 0 > 0 }
    #expect(try setting.sample("cascade_selfcheck_faults_total") ?? 0 == 0)
    #expect(try setting.sample("cascade_selfcheck_oldest_unverified_seconds") != nil)
    let ready = ["http://\(setting.server.api)/health/ready"]
    #expect(try setting.server.ask(ready).status == 200)
    // Every answer becomes another one, of the same length.
    let file = setting.scratch.url.appending(path: "data/records/0/000000000001.records")
    let before = try Data(contentsOf: file)
    var after = before
    var place = after.startIndex
    let result = Data(#""tier":""#.utf8)
    while let found = after.range(of: result, in: place..<after.endIndex) {
      after[found.upperBound] = UInt8(ascii: "x")
      place = found.upperBound
    }
    #expect(after != before, "\(String(decoding: before.suffix(600), as: UTF8.self))")
    let writing = try FileHandle(forWritingTo: file)
    try writing.write(contentsOf: after)
    try writing.close()
    try await setting.wait { try setting.sample("cascade_selfcheck_faults_total") ?? 0 > 0 }
    try await setting.wait { try setting.server.ask(ready).status == 503 }
    let unready = try setting.server.ask(ready)
    #expect(unready.json["detail"] == "the same input came to another answer; the host's log says which")
    #expect(try setting.sample(#"cascade_selfcheck_replays_total{verdict="differs"}"#) ?? 0 > 0)
    #expect(setting.server.logged.contains("the same input came to another answer: decision "))
    #expect(setting.server.logged.contains("that is not what was written"))
    #expect(setting.server.stop() == 0)
  }

  @Test func `decisions aren't healthy while a rule is broken, and are when it is mended`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    let path = "plugins/tiers/plugin.lua"
    let rule = try String(contentsOf: setting.scratch.url.appending(path: path), encoding: .utf8)
    let call = "social_class(input.social_class)"
    let broken = rule.replacing("local class = " + call, with: #"local class = error("broken")"#)
    #expect(broken != rule)
    func reload(_ text: String) throws {
      try setting.scratch.write(path, text)
      let answer = try setting.server.ask(
        ["-X", "POST"] + setting.authorization + ["http://\(setting.server.api)/v1/rulebook?specs=false"])
      #expect(answer.status == 200, "\(answer.json.text)")
    }
    var problem: String?
    func look() throws {
      _ = try setting.decide()
      problem = try setting.problem("decisions")
    }
    try await setting.wait {
      try look()
      return try setting.component("decisions")?["healthy"] == true
    }
    #expect(problem == nil)
    try reload(broken)
    try await setting.wait {
      try look()
      return problem != nil
    }
    #expect(problem == "rule_faults is over 0.1")
    try reload(rule)
    try await setting.wait {
      try look()
      return problem == nil
    }
    #expect(problem == nil)
    #expect(setting.server.stop() == 0)
  }

  @Test func `what nobody asked for is a blind spot until somebody does`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    func isBlind(_ spot: String, _ name: String) throws -> Bool {
      try setting.awareness()["blind_spots"]?[spot]?.array?.contains { $0.string == name } == true
    }
    let route = "GET /v1/rulebook"
    try await setting.wait { try isBlind("unseen_decisions", "tier.assign") && isBlind("unseen_routes", route) }
    #expect(try isBlind("unseen_decisions", "tier.assign") && isBlind("unseen_routes", route))
    _ = try setting.decide()
    _ = try setting.server.rulebook()
    try await setting.wait { try !isBlind("unseen_decisions", "tier.assign") && !isBlind("unseen_routes", route) }
    #expect(try !isBlind("unseen_decisions", "tier.assign") && !isBlind("unseen_routes", route))
    let spots = try setting.awareness()["blind_spots"]
    #expect(spots?["unreplayable_records"] == .null)
    #expect(spots?["unverified_seconds"]?.integer != nil)
    #expect(setting.server.stop() == 0)
  }

  @Test func `a host call that no rule makes is a blind spot until one does`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    let rule = """
      return { name = "probe", version = "1.0.0", decisions = {
        ["probe.balance"] = { input = {}, output = { balance = { type = "any" } }, uses = { "ledger.balance" },
          decide = function(input, host) return { balance = host.ledger.balance("citizen:anna") } end },
        ["probe.post"] = { input = { amount = "amount" }, output = {}, uses = { "ledger.post" },
          debits = { "citizen:anna" }, decide = function(input, host)
            host.ledger.post { from = "citizen:anna", to = "citizen:zoe", amount = input.amount }
            return {}
          end },
      } }
      """
    try setting.scratch.write("plugins/probe/plugin.lua", rule)
    let answer = try setting.server.ask(
      ["-X", "POST"] + setting.authorization + ["http://\(setting.server.api)/v1/rulebook?specs=false"])
    #expect(answer.status == 200, "\(answer.json.text)")
    func unseen() throws -> [String] {
      try setting.awareness()["blind_spots"]?["unseen_host_calls"]?.array?.compactMap(\.string) ?? []
    }
    try await setting.wait { try unseen().contains("ledger.post") }
    #expect(try Set(["ledger.balance", "ledger.post"]).isSubset(of: unseen()))
    // One on a lane, and one that is committed.
    _ = try setting.server.decide("probe.balance", "{}")
    try await setting.wait { try !unseen().contains("ledger.balance") }
    #expect(try !unseen().contains("ledger.balance"))
    #expect(try unseen().contains("ledger.post"))
    #expect(setting.server.stop() == 0)
  }

  @Test func `a host knows how long ago its data were backed up and verified`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    func age() throws -> JSON { try setting.awareness()["blind_spots"]?["backup_seconds"] ?? "unsaid" }
    try await setting.wait { try age() == .null }
    #expect(try age() == .null, "there is none yet")
    _ = try setting.decide()
    let backup = try Program.run([
      "backup", "--data", setting.scratch.url.appending(path: "data").path(), "--to",
      setting.scratch.url.appending(path: "backup").path(),
    ])
    #expect(backup.code == 0, "\(backup.error)")
    try await setting.wait { try age().integer != nil }
    #expect(try age().integer.map { $0 >= 0 } == true)
    #expect(setting.server.stop() == 0)
  }

  @Test func `the model goes on after a restart`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    try await setting.wait { (try setting.awareness()["series"]?.array ?? []).contains { $0["low"]?.number != nil } }
    let seen = try setting.awareness()["series"]?.array?.compactMap { $0["name"]?.string } ?? []
    #expect(!seen.isEmpty)
    #expect(setting.server.stop() == 0)
    let next = try RunningServer(setting.scratch, ["--no-specs", "--awareness", "0"])
    let kept = try next.curl(setting.authorization + ["http://\(next.api)/v1/awareness"])
    #expect(kept["series"]?.array?.compactMap { $0["name"]?.string }.starts(with: seen) == true)
    #expect(next.stop() == 0)
  }

  @Test func `a status says how the host is in one line`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    try await setting.wait { try setting.awareness()["awareness"]?.number != nil }
    // What a young host doesn't know yet grows less from step to step.
    let before = try setting.unknown()
    let status = try Program.run(["status", "--api", setting.server.api])
    let after = try setting.unknown()
    #expect(status.code == 0)
    #expect(status.error.hasPrefix("ok; awareness 0."), "\(status.error)")
    #expect(before.contains("calibration"))
    let said = [before, after].map { "unknown: " + $0.joined(separator: ", ") }
    #expect(said.contains { status.error.contains($0) }, "\(status.error)")
    #expect(status.error.split(separator: "\n").count == 1)
    #expect(setting.server.stop() == 0)
  }

  @Test func `the shipped objectives are rules that Prometheus is given`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let rules = try Program.run(["objectives", "--rulebook", scratch.url.path()])
    #expect(rules.code == 0, "\(rules.error)")
    #expect(rules.out.hasPrefix("groups:\n"))
    #expect(rules.out.contains("- alert: CascadeBudgetBurns"))
    #expect(rules.out.contains("bridge.quote: the latency budget of 30 days burns 14.4 times too fast"))
  }
}
