import Core
import DatabaseServers
import Foundation
import StandIns
import Testing

/// What a host's stream tells of money and trust while they move.
struct StreamNewsTests {
  /// What hosts need to sell by the provider's stand-in at this address.
  private static func environment(_ address: String) -> [String: String] {
    [
      "CASCADE_STRIPE_URL": address, "CASCADE_STRIPE_KEY": FakeStripe.key,
      "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_readme",
    ]
  }

  @Test func `each step of a payment, and whose level moved with trust, are told as they happen`() async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--demo", "--quiet-demo", "--no-specs"], environment: Self.environment(address))
    let token = try server.authorization(scratch)
    let reader = try StreamReader("payments,graph", of: server, as: token, in: scratch)

    // A citizen signs in and buys, as the articles print it.
    let commands = [try PrintedCommands(article: "SigningIn"), try PrintedCommands(article: "Money")]
    let ending = try PrintedCommands.run(commands, scratch, server)
    #expect(ending.code == 0, "\(ending.error)")
    reader.wait { reader.events("payment").contains { $0["data"]?["state"] == "settled" } }
    let payments = reader.events("payment").compactMap { $0["data"] }
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
    reader.wait { reader.events("level").contains { $0["data"]?["citizen"]?.string == pair.0 } }
    let news = try #require(
      reader.events("level").first { $0["data"]?["citizen"]?.string == pair.0 }?["data"], "\(reader.events("level"))")
    #expect(news["before"] == level)
    let now = try server.curl(token + ["http://\(server.api)/v1/citizens/\(pair.0)/measurement"])["level"]
    #expect(news["level"] == now && now != level)
    reader.stop()
    #expect(server.stop() == 0)
    try await stripe.stop()
  }

  /// The header with which the citizen asks who signed in last in the articles' terminal.
  private static func bearer(in scratch: Scratch) throws -> [String] {
    let names = FileManager.default.enumerator(atPath: scratch.url.path())?.compactMap { $0 as? String } ?? []
    let file = try #require(names.first { $0.hasSuffix("/tokens.json") })
    let tokens = try JSON(parsing: Array(Data(contentsOf: scratch.url.appending(path: file))))
    return ["-H", "Authorization: Bearer \(try #require(tokens["access_token"]?.string))"]
  }

  @Test func `a citizen's own stream tells what concerns it, and nothing of others`() async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--demo", "--quiet-demo", "--no-specs"], environment: Self.environment(address))
    let token = try server.authorization(scratch)
    let commands = [try PrintedCommands(article: "SigningIn"), try PrintedCommands(article: "Money")]
    let ending = try PrintedCommands.run(commands, scratch, server)
    #expect(ending.code == 0, "\(ending.error)")
    let bearer = try Self.bearer(in: scratch)
    let (own, other) = ("ConsiglioDeiDieci", "BarbarigoCadet")
    let stream = "http://\(server.api)/v1/stream?topics="
    #expect(try server.ask([stream + "decisions"]).status == 401)
    for topic in ["ledger", "rulebook", "awareness", "alarms", "decisions,alarms"] {
      #expect(try server.ask(bearer + [stream + topic]).status == 403, "\(topic)")
    }

    let all = try StreamReader("decisions,payments,graph", of: server, as: token, in: scratch)
    let citizen = try StreamReader("decisions,payments,graph", of: server, as: bearer, in: scratch)
    // What others do: a decision without a token, and trust that moves between two citizens.
    let decided = try server.decide("tier.assign", #"{"social_class":"Nobili","influence":1,"ducats":1}"#)
    let id = try #require(decided["decision_id"]?.string)
    let body: JSON = ["citizen1": .string(other), "citizen2": .string(own), "change": 20]
    let moved = try server.ask(token + ["-d", body.text, "http://\(server.api)/v1/graph/interactions"])
    #expect(moved.status == 200, "\(moved.json.text)")
    func hasTold(_ reader: StreamReader) -> Bool {
      reader.events("decision").contains { $0["data"]?["id"]?.string == id }
        && reader.events("level").contains { $0["data"]?["citizen"]?.string == other }
    }
    all.wait { hasTold(all) }
    #expect(hasTold(all))
    // What it does itself comes after that.
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    let key = Identifier(milliseconds: now, random: (7, 7)).description
    let paid = try server.ask(
      bearer + ["-H", "Idempotency-Key: \(key)", "-d", #"{"package":"explorer"}"#, "http://\(server.api)/v1/payments"])
    #expect(paid.json["state"] == "open", "\(paid.json.text)")
    for reader in [all, citizen] {
      reader.wait { reader.events("payment").contains { $0["data"]?["id"]?.string == key } }
      #expect(reader.events("payment").contains { $0["data"]?["id"]?.string == key })
    }
    #expect(citizen.events("payment").allSatisfy { $0["data"]?["id"]?.string == key })
    #expect(citizen.events("level").allSatisfy { $0["data"]?["citizen"]?.string == own })
    for event in citizen.events("decision") {
      #expect(event["data"]?["id"]?.string != id)
      let seen = event["data"]?.object?.members.map(\.name) ?? []
      #expect(Set(seen).isSubset(of: ["id", "point", "time", "generation", "result"]), "\(event.text)")
    }
    for reader in [all, citizen] { reader.stop() }
    #expect(server.stop() == 0)
    try await stripe.stop()
  }

  @Test(arguments: [true, false])
  func `each step of a payment is told by every host of a store, once, with a Redis or without`(
    hasRedis: Bool
  ) async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let redis = hasRedis ? try RedisServer() : nil
    let cluster = try ClusterFixture()
    let arguments = ["--demo", "--quiet-demo"] + (redis.map { ["--redis", $0.newDatabase()] } ?? [])
    for name in ["one", "two"] { try cluster.start(name, arguments, environment: Self.environment(address)) }
    let token = try cluster.authorization()
    let readers = try cluster.hosts.map { try StreamReader("payments", of: $0, as: token, in: cluster.scratch) }

    // A citizen signs in and buys at the first host, as the articles print it.
    let commands = [try PrintedCommands(article: "SigningIn"), try PrintedCommands(article: "Money")]
    let setup = cluster.environment.map { "export \($0.key)='\($0.value)'" }.joined(separator: "\n")
    let ending = try PrintedCommands.run(commands, cluster.scratch, cluster.hosts[0], setup: setup)
    #expect(ending.code == 0, "\(ending.error)")
    // The second host asks the store at least once a second, so what it told last is how the payments are now.
    let listed = try cluster.hosts[1].ask(token + ["http://\(cluster.hosts[1].api)/v1/payments?limit=10"])
    let payments = try #require(listed.json["payments"]?.array, "\(listed.json)")
    #expect(payments.contains { $0["state"] == "settled" } && payments.contains { $0["state"] == "open" })
    for reader in readers {
      func told() -> [JSON] { reader.events("payment").compactMap { $0["data"] } }
      func isTold(_ payment: JSON) -> Bool { told().last { $0["id"] == payment["id"] }?["state"] == payment["state"] }
      reader.wait { payments.allSatisfy(isTold) }
      for payment in payments { #expect(isTold(payment), "\(payment): \(told())") }
      let texts = told().map(\.text)
      #expect(Set(texts).count == texts.count, "\(texts)")
    }
    // The host that took the steps told all of them.
    #expect(readers[0].events("payment").contains { $0["data"]?["state"] == "created" })
    for reader in readers { reader.stop() }
    cluster.stop()
    redis?.stop()
    try await stripe.stop()
  }
}
