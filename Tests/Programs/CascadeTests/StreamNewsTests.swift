import Core
import Foundation
import StandIns
import Testing

/// What a host's stream tells of money and trust while they move.
struct StreamNewsTests {
  @Test func `each step of a payment, and whose level moved with trust, are told as they happen`() async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--demo", "--quiet-demo", "--no-specs"],
      environment: [
        "CASCADE_STRIPE_URL": address, "CASCADE_STRIPE_KEY": FakeStripe.key,
        "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_readme",
      ])
    let token = try server.authorization(scratch)
    let told = scratch.url.appending(path: "told")
    let reader = Process()
    reader.executableURL = URL(filePath: "/bin/sh")
    reader.arguments =
      ["-c", #"out=$1; shift; exec curl -sN "$@" > "$out""#, "sh", told.path()] + token + [
        "-H", "Accept: application/x-ndjson", "http://\(server.api)/v1/stream?topics=payments,graph",
      ]
    try reader.run()
    func events(_ name: String) -> [JSON] {
      let lines = (try? String(contentsOf: told, encoding: .utf8))?.split(separator: "\n") ?? []
      return lines.compactMap { try? JSON(parsing: String($0)) }.filter { $0["event"]?.string == name }
    }
    func wait(_ isEnough: () -> Bool) {
      for _ in 0..<600 where !isEnough() { usleep(100_000) }
    }
    wait { !events("live").isEmpty }

    // A citizen signs in and buys, as the articles print it.
    let commands = [try PrintedCommands(article: "SigningIn"), try PrintedCommands(article: "Money")]
    let ending = try PrintedCommands.run(commands, scratch, server)
    #expect(ending.code == 0, "\(ending.error)")
    wait { events("payment").contains { $0["data"]?["state"] == "settled" } }
    let payments = events("payment").compactMap { $0["data"] }
    #expect(payments.contains { $0["state"] == "created" })
    let settled = try #require(payments.last { $0["state"] == "settled" })
    // The list says the same of it.
    let list = try server.ask(token + ["http://\(server.api)/v1/payments?limit=1000"])
    #expect(list.status == 200)
    #expect(list.json["payments"]?.array?.contains { $0["id"] == settled["id"] } == true, "\(list.json.text)")

    let pair = ("BarbarigoCadet", "ConsiglioDeiDieci")
    let level = try server.curl(token + ["http://\(server.api)/v1/citizens/\(pair.0)/measurement"])["level"]
    let body: JSON = ["citizen1": .string(pair.0), "citizen2": .string(pair.1), "change": 20]
    let moved = try server.ask(token + ["-d", body.text, "http://\(server.api)/v1/graph/interactions"])
    #expect(moved.status == 200, "\(moved.json.text)")
    wait { events("level").contains { $0["data"]?["citizen"]?.string == pair.0 } }
    let news = try #require(
      events("level").first { $0["data"]?["citizen"]?.string == pair.0 }?["data"], "\(events("level"))")
    #expect(news["before"] == level)
    let now = try server.curl(token + ["http://\(server.api)/v1/citizens/\(pair.0)/measurement"])["level"]
    #expect(news["level"] == now && now != level)
    // It has the signals off that this thread has.
    kill(reader.processIdentifier, SIGKILL)
    reader.waitUntilExit()
    #expect(server.stop() == 0)
    try await stripe.stop()
  }
}
