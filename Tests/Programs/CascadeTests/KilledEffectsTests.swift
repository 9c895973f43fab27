import Core
import Foundation
import TestSupport
import Testing

/// A host that is killed while it decides with effects: whatever it answered is in the ledger, one by one.
struct KilledEffectsTests {
  private static let rule = """
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.pay"] = { input = { amount = "amount" }, output = { now = "integer" },
        uses = { "ledger.post" }, debits = { "citizen:anna" },
        decide = function(input, host)
          host.ledger.post { from = "citizen:anna", to = "citizen:zoe", amount = input.amount }
          return { now = host.now }
        end },
    } }
    """

  /// Four who ask without a pause, each time under a key of its own, and note the keys of what was answered with 200.
  private static let load = #"""
    ask() {
      local number=0 key code
      while :; do
        number=$((number + 1))
        key=$(printf '018bcfe5-6800-7000-8000-%04d%08d' "$1" "$number")
        code=$(curl -s -m 60 -o /dev/null -w '%{http_code}' -H "$authorization" -H "Idempotency-Key: $key" \
          -d '{"input":{"amount":"1.00 DUC/2"}}' "$address") || return 0
        [ "$code" = 200 ] || return 0
        echo "$key" >> "$answered"
      done
    }
    address=$0 authorization=$1 answered=$2
    for worker in 1 2 3 4; do ask "$worker" & done
    wait
    """#

  @Test func `each decision that was answered before a kill is in the ledger with its money after it`() async throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.write("plugins/probe/plugin.lua", Self.rule)
    var server = try RunningServer(scratch, ["--no-specs"])
    let authorization = try server.authorization(scratch)
    let funds = "018bcfe5-6800-7000-8000-900000000001"
    #expect(try server.give(1_000_000_000, to: "citizen:anna", id: funds, as: authorization).status == 200)

    let answered = try scratch.write("answered", "")
    func keys() -> [String] {
      ((try? String(contentsOfFile: answered, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
    let asking = ChildProcess()
    asking.executableURL = URL(filePath: "/bin/bash")
    asking.arguments = [
      "-c", Self.load, "http://\(server.decisions)/v1/decisions/probe.pay", try #require(authorization.last), answered,
    ]
    try asking.run()
    defer { asking.terminate() }
    #expect(try await Patience.lasts { keys().count >= 40 }, "\(server.logged.suffix(2_000))")
    server.process.kill()
    server.process.waitUntilExit()
    asking.waitUntilExit()
    let kept = keys()
    #expect(kept.count >= 40, "\(server.logged.suffix(2_000))")

    server = try RunningServer(scratch, ["--no-specs"])
    for key in kept {
      let record = try server.ask(authorization + ["http://\(server.api)/v1/records/\(key)"])
      #expect(record.status == 200 && record.json["point"] == "probe.pay", "\(key) is lost: \(record.json)")
    }
    // One that was decided and not answered may be there, too; each moved its money once.
    let records = try server.ask(authorization + ["http://\(server.api)/v1/records?limit=1000&point=probe.pay"])
    let count = try #require(records.json["records"]?.array).count
    #expect((kept.count...kept.count + 4).contains(count))
    let account = try server.ask(authorization + ["http://\(server.api)/v1/ledger/accounts/citizen:zoe"])
    #expect(account.json["posted"] == .integer(Int64(100 * count)), "\(account.json)")
    #expect(server.stop() == 0)
    let verified = try Program.run(["ledger", "verify", "--data", scratch.url.appending(path: "data").path()])
    #expect(verified.code == 0, "\(verified.out)\(verified.error)")
  }
}
