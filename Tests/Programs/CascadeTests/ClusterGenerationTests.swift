import Core
import DatabaseServers
import Foundation
import Testing

/// Hosts that share a database decide by one generation, and read one another's records.
struct ClusterGenerationTests {
  private let reloads = ProcessInfo.processInfo.environment["CASCADE_FLEET_RELOADS"].flatMap { Int($0) } ?? 20

  /// A plugin that says its number.
  private static func marker(_ number: Int) -> String {
    """
    return { name = "marker", version = "1.0.0", decisions = {
      ["marker.say"] = { input = {}, output = { number = "integer" },
        decide = function() return { number = \(number) } end },
      ["marker.pay"] = { input = {}, output = { number = "integer" }, uses = { "ledger.post" },
        debits = { "citizen:anna" },
        decide = function(_, host)
          host.ledger.post { from = "citizen:anna", to = "marker:\(number)", amount = amount("DUC/2", 1) }
          return { number = \(number) }
        end },
    } }
    """
  }

  private func reload(_ host: RunningServer, _ cluster: ClusterFixture, _ number: Int) throws -> RunningServer.Answer {
    try cluster.write("plugins/marker/plugin.lua", Self.marker(number), of: host)
    let authorization = try cluster.authorization()
    return try host.ask(authorization + ["-X", "POST", "http://\(host.api)/v1/rulebook?specs=false"])
  }

  @Test func `reloads on any of three hosts are in force on all of them when they answer`() async throws {
    let cluster = try ClusterFixture()
    let hosts = try ["one", "two", "three"].map { try cluster.start($0) }
    let authorization = try cluster.authorization()
    _ = try hosts[0].give(100_000, to: "citizen:anna", id: ClusterFixture.id(1), as: authorization)
    for number in 1...reloads {
      let answer = try reload(hosts[number % 3], cluster, number)
      #expect(answer.status == 200, "\(answer.json)")
      let generation = try #require(answer.json["generation"]?.integer)
      for (place, host) in hosts.enumerated() {
        let said = try host.decide("marker.say", "{}")
        #expect(said["result"]?["number"]?.integer == Int64(number) && said["generation"]?.integer == generation)
        #expect(said["stale"] == nil)
        let key = ClusterFixture.id(1_000 + 10 * number + place)
        let paid = try host.ask(
          authorization + [
            "-H", "Idempotency-Key: \(key)", "-d", #"{"input":{}}"#, "http://\(host.decisions)/v1/decisions/marker.pay",
          ])
        #expect(paid.json["generation"]?.integer == generation, "\(paid.json)")
        #expect(paid.json["result"]?["number"]?.integer == Int64(number), "\(paid.json)")
      }
    }
    cluster.stop()
    #expect(try cluster.command(["ledger", "verify"]).out.contains("entries are good"))
  }

  @Test func `a restart decides by what the store says, whatever its files say`() throws {
    let cluster = try ClusterFixture()
    let first = try cluster.start("one")
    #expect(try reload(first, cluster, 7).status == 200)
    let generation = try first.decide("marker.say", "{}")["generation"]?.integer
    // The files of this one have no marker at all.
    let second = try cluster.start("two")
    let said = try second.decide("marker.say", "{}")
    #expect(said["result"]?["number"] == 7 && said["generation"]?.integer == generation)
    cluster.stop()
  }

  @Test func `a host killed in the middle doesn't hold up the next reload for long, and comes back by itself`()
    async throws
  {
    let cluster = try ClusterFixture()
    let hosts = try ["one", "two", "three"].map { try cluster.start($0) }
    #expect(try reload(hosts[0], cluster, 1).status == 200)
    kill(hosts[2].process.processIdentifier, SIGSTOP)
    // It isn't asked any more once it is silent for five seconds, and has no lease after ten.
    #expect(try reload(hosts[0], cluster, 2).status == 200)
    for host in hosts.prefix(2) { #expect(try host.decide("marker.say", "{}")["result"]?["number"] == 2) }
    kill(hosts[2].process.processIdentifier, SIGCONT)
    var answers: [JSON] = []
    for _ in 0..<200 {
      let said = try hosts[2].decide("marker.say", "{}")
      answers.append(said)
      if said["result"]?["number"] == 2, said["stale"] == nil { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(answers.last?["result"]?["number"] == 2)
    // What it said before that was marked.
    #expect(answers.allSatisfy { $0["result"]?["number"] == 2 || $0["stale"] == true || $0["result"] == nil })
    cluster.stop()
  }

  @Test func `any host tells the records of all, and how aware each is of itself`() async throws {
    let cluster = try ClusterFixture()
    let (one, two) = (try cluster.start("one"), try cluster.start("two"))
    let authorization = try cluster.authorization()
    let said = try one.decide("probe.balance", "{}")
    let id = try #require(said["decision_id"]?.string)
    var found = 0
    for _ in 0..<200 {
      found = try two.status(authorization, "/v1/records/\(id)")
      if found == 200 { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(found == 200)
    let page = try two.ask(authorization + ["http://\(two.api)/v1/records?point=probe.balance&limit=5"])
    #expect(page.json["records"]?.array?.compactMap { $0["id"]?.string } == [id], "\(page.json)")
    let aware = try two.ask(authorization + ["http://\(two.api)/v1/awareness"])
    let names = aware.json["fleet"]?["hosts"]?.array?.compactMap { $0["name"]?.string }
    #expect(names == ["one", "two"], "\(aware.json)")
    cluster.stop()
  }
}
