import Core
import Foundation
import TestSupport
import Testing

/// What operators did can be told afterwards: who, what, from where, and how it ended.
struct AuditTests {
  private static func acts(_ scratch: Scratch) throws -> [JSON] {
    try Program.run(["audit", "--format", "json", "--data", scratch.url.appending(path: "data").path()]).jsonLines()
  }

  @Test func `reload, rollback, a transfer and refusals name the operator's token`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let header = try server.authorization(scratch)
    let base = "http://\(server.api)/v1/"
    #expect(try server.ask(header + ["-X", "POST", base + "rulebook?specs=false"]).status == 200)
    #expect(try server.ask(header + ["-X", "POST", base + "rulebook/rollback"]).status == 409)
    let id = "018bcfe5-6800-7000-8000-000000000001"
    #expect(try server.give(1_000_000_000, to: "citizen:anna", id: id, as: header).status == 200)
    #expect(try server.ask(["-H", "Authorization: Bearer odd", "-X", "POST", base + "rulebook"]).status == 401)
    #expect(try server.ask(["-X", "POST", base + "rulebook"]).status == 401)
    #expect(try server.ask(header + [base + "ledger/accounts/world"]).status != 401)
    #expect(server.stop() == 0)

    let acts = try Self.acts(scratch)
    let issued = try #require(acts.first)
    #expect(issued["what"] == "issueToken" && issued["who"] == .string("local:\(getuid())"))
    let who = "operator:" + (issued["details"]?["jti"]?.string ?? "")
    let told = acts.dropFirst().map { [$0["what"], $0["who"], $0["outcome"], $0["from"]].map { $0?.string ?? "" } }
    #expect(
      told == [
        ["reloadRulebook", who, "done", "127.0.0.1"],
        ["rollBackRulebook", who, "nothing_to_roll_back", "127.0.0.1"],
        ["createTransfers", who, "done", "127.0.0.1"],
        ["reloadRulebook", "", "invalid_token", "127.0.0.1"],
      ])
    #expect(server.logged.contains("rollBackRulebook") && server.logged.contains(who))
    // Whoever has the ledger alone knows it, too.
    let export = try Program.run(
      ["ledger", "export", "--format", "csv", "--data", scratch.url.appending(path: "data").path()])
    #expect(export.out.contains("_requester") && export.out.contains(who), "\(export.out)\(export.error)")
    let token = header.last?.split(separator: " ").last ?? ""
    let kept = try String(contentsOf: scratch.url.appending(path: "data/audit/000000000001.jsonl"), encoding: .utf8)
    #expect(!token.isEmpty && !kept.contains(token.suffix(40)))
  }

  @Test func `reloads that nobody asked for over HTTP are acts as well, with their cause`() async throws {
    for (cause, options) in [("signal", []), ("watch", ["--watch"])] {
      let scratch = try Scratch()
      try scratch.copyRulebook()
      let server = try RunningServer(scratch, ["--no-specs"] + options)
      func change(_ old: String, _ new: String) throws {
        try scratch.replace("policies/fees.lua", old, with: new)
        if options.isEmpty { kill(server.process.processIdentifier, SIGHUP) }
      }
      try change("fee = \"0.025\"", "fee = \"0.03\"")
      #expect(try await Patience.lasts { try server.rulebook()["generation"] == 2 })
      try change("fee = \"0.03\"", "fee = = \"0.03\"")
      #expect(try await Patience.lasts { server.logged.contains("reload refused") })
      #expect(server.stop() == 0)
      let told = try Self.acts(scratch).map {
        [$0["what"], $0["who"], $0["outcome"], $0["from"]].map { $0?.string ?? "" }
      }
      let who = "local:\(getuid())"
      #expect(
        told == [
          ["reloadRulebook", who, "done", cause], ["reloadRulebook", who, "load_failed", cause],
        ])
    }
  }

  @Test func `commands are noted, and issued tokens listed until they are over`() throws {
    let scratch = try Scratch()
    let data = ["--data", scratch.url.appending(path: "data").path()]
    for _ in 0..<2 { #expect(try Program.run(["token", "operator", "--lifetime", "8h"] + data).code == 0) }
    let tokens = try Program.run(["token", "list", "--format", "json"] + data).jsonLines()
    #expect(tokens.count == 2 && tokens.allSatisfy { $0["revoked"] == false })
    let jti = try #require(tokens.first?["jti"]?.string)
    #expect(try Program.run(["token", "revoke", jti] + data).code == 0)
    #expect(try Program.run(["token", "rotate"] + data).code == 0)
    let transfer = ["ledger", "transfer", "--from", "world", "--to", "citizen:anna", "--amount", "1.00 DUC/2"]
    #expect(try Program.run(transfer + data).code == 0)
    let listed = try Program.run(["token", "list"] + data).out
    #expect(listed.split(separator: "\n").contains { $0.hasPrefix(jti) && $0.hasSuffix("revoked") }, "\(listed)")
    #expect(
      try Self.acts(scratch).map { $0["what"]?.string }
        == ["issueToken", "issueToken", "revokeToken", "rotateKeys", "makeTransfer"])
    let pretty = try Program.run(["audit"] + data).out
    #expect(pretty.contains("makeTransfer") && pretty.contains("amount=1.00 DUC/2"))
    #expect(try Program.run(["audit", "--since", "1h"] + data).out == pretty)
  }

  @Test func `a line that can't be read is told`() throws {
    let scratch = try Scratch()
    try scratch.write("data/audit/000000000001.jsonl", "{\"at\":1}\n")
    let ending = try Program.run(["audit", "--data", scratch.url.appending(path: "data").path()])
    #expect(ending.code == 2 && ending.error.contains("1 lines of the audit log can't be read"))
    #expect(try Program.run(["audit", "--data", scratch.url.appending(path: "none").path()]).code == 0)
  }
}
