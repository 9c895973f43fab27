import Core
import Foundation
import TestSupport
import Testing

/// Hosts that share a database decide by one generation, and read one another's records.
struct ClusterGenerationTests {
  private let reloads = ProcessInfo.processInfo.environment["CASCADE_FLEET_RELOADS"].flatMap { Int($0) } ?? 20

  @Test func `reloads on any of three hosts are in force on all of them when they answer`() async throws {
    let cluster = try ClusterFixture()
    let hosts = try ["one", "two", "three"].map { try cluster.start($0) }
    let authorization = try cluster.authorization()
    _ = try hosts[0].give(100_000, to: "citizen:anna", id: ClusterFixture.id(1), as: authorization)
    for number in 1...reloads {
      let answer = try cluster.reload(hosts[number % 3], number)
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
    #expect(try cluster.reload(first, 7).status == 200)
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
    #expect(try cluster.reload(hosts[0], 1).status == 200)
    kill(hosts[2].process.processIdentifier, SIGSTOP)
    // It isn't asked any more once it is silent for five seconds, and has no lease after ten.
    #expect(try cluster.reload(hosts[0], 2).status == 200)
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

  @Test func `what holders signed at one host decides at all of them, and what nobody signed at none`() async throws {
    let cluster = try ClusterFixture()
    let governed = try GovernedData(cluster.scratch, environment: cluster.environment)
    let pinned = ["--demo", "--governance", "enforce", "--governance-root", governed.pin]
    let hosts = try ["one", "two"].map { try cluster.start($0, pinned) }
    // The files of both hosts are other ones.
    try await decide(hosts, 3, proposal: 0, governed)
    _ = try governed.activate(fee: 4, hosts[0])
    try await decide(hosts, 4, proposal: 1, governed)
    let second = try governed.activate(fee: 5, hosts[1])
    try await decide(hosts, 5, proposal: 2, governed)
    for host in hosts {
      let state = try governed.get("/v1/governance", host)
      let activated = state["finished"]?.array?.filter { $0["state"] == "activated" }
      #expect(state["sequence"] == 2 && state["payload"]?.string == second, "\(state)")
      #expect(activated?.count == 2, "\(state)")
      // Neither its files nor an operator change what decides.
      let reload = try host.ask(try cluster.authorization() + ["-X", "POST", "http://\(host.api)/v1/rulebook"])
      #expect(reload.status != 200, "\(reload.json)")
    }
    try await decide(hosts, 5, proposal: 2, governed)
    cluster.stop()
    let verified = try governed.run(["governance", "verify"])
    #expect(verified.code == 0, "\(verified.out)\(verified.error)")

    // Each host holds the envelopes against the chain by itself: none starts when one was changed in the database.
    try cluster.execute(
      """
      UPDATE cascade.attachments SET bytes = set_byte(bytes, length(bytes) / 2, get_byte(bytes, length(bytes) / 2) # 1)
      """)
    #expect(try governed.run(["governance", "verify"]).code != 0)
    #expect(throws: ServerFailure.self) { try cluster.start("three", pinned) }
  }

  @Test func `a generation that somebody writes into the database decides at no host, and those in force go on`()
    async throws
  {
    let cluster = try ClusterFixture()
    let governed = try GovernedData(cluster.scratch, environment: cluster.environment)
    let pinned = ["--demo", "--governance", "enforce", "--governance-root", governed.pin]
    let hosts = try ["one", "two"].map { try cluster.start($0, pinned) }
    try await decide(hosts, 3, proposal: 0, governed)
    let past = try #require(try hosts[0].rulebook()["digest"]?.string)
    _ = try governed.activate(fee: 4, hosts[0])
    try await decide(hosts, 4, proposal: 1, governed)
    let before = try #require(try hosts[0].rulebook()["generation"]?.integer)
    try cluster.execute(
      """
      INSERT INTO cascade.generations (number, digest, sequence, milliseconds)
        VALUES (nextval('cascade.generation_numbers'), '\(past)', 1, 1);
      UPDATE cascade.ledger_head SET generation = currval('cascade.generation_numbers')
      """)
    for host in hosts {
      var number = before
      for _ in 0..<400 where number < before + 2 {
        let said = try host.decide("fees.fee", "{}")
        #expect(said["result"]?["fee"] == 4 && said["stale"] == nil, "\(said)")
        number = said["generation"]?.integer ?? 0
        try await Task.sleep(for: .milliseconds(25))
      }
      #expect(number >= before + 2, "\(host.logged)")
    }
    #expect(hosts.contains { $0.logged.contains("isn't in force under governance") })
    // Effects are taken under the head's generation alone.
    #expect(try hosts[1].give(id: ClusterFixture.id(7), as: cluster.authorization()).status == 200)
    cluster.stop()
  }

  /// Waits until every host decides by this fee, and knows that it is the one of this proposal.
  private func decide(
    _ hosts: [RunningServer], _ fee: Int64, proposal: Int64, _ governed: GovernedData
  ) async throws {
    for host in hosts {
      var (said, known) = (JSON.null, Int64?.none)
      for _ in 0..<400 {
        said = try host.decide("fees.fee", "{}")
        known = try governed.get("/v1/governance", host)["sequence"]?.integer
        if said["result"]?["fee"]?.integer == fee, known == proposal { break }
        try await Task.sleep(for: .milliseconds(25))
      }
      #expect(said["result"]?["fee"]?.integer == fee && known == proposal, "\(said) \(host.logged)")
    }
  }

  @Test func `old records of all hosts go at whichever host it is asked, and the logs go on as chains`() async throws {
    let cluster = try ClusterFixture()
    let (one, two) = (try cluster.start("one", ["--keep-records", "90d"]), try cluster.start("two"))
    let authorization = try cluster.authorization()
    func decided(_ host: RunningServer) throws -> String {
      try #require(try host.decide("probe.balance", "{}")["decision_id"]?.string)
    }
    func isShown(_ id: String, at host: RunningServer) async throws -> Bool {
      for _ in 0..<200 {
        if try host.status(authorization, "/v1/records/\(id)") == 200 { return true }
        try await Task.sleep(for: .milliseconds(50))
      }
      return false
    }
    let (first, second) = (try decided(one), try decided(two))
    #expect(try await isShown(first, at: two))
    #expect(try await isShown(second, at: one))
    let before = String(Int64(Date().timeIntervalSince1970 * 1_000))
    let pruned = try cluster.command(["records", "prune", "--before", before, "--api", two.api])
    #expect(try pruned.json() == ["segments": 2, "records": 2, "problems": []])
    #expect(try two.status(authorization, "/v1/records/\(first)") == 404)
    #expect(try one.status(authorization, "/v1/records/\(second)") == 404)
    // A copy of what went is recognised, by what the store says.
    let copy = try #require(cluster.segments(of: one).first)
    let known = try cluster.command(["records", "verify", copy]).json()
    #expect(known["log"]?.string?.hasPrefix("shared/one/") == true && known["count"] == 1, "\(known)")
    // What comes then follows what is gone.
    #expect(try await isShown(try decided(one), at: two))
    #expect(try await isShown(try decided(two), at: one))
    cluster.stop()
    #expect(try cluster.command(["replay", "--all"]).out == "2 decisions come out the same\n")
    #expect(try cluster.command(["ledger", "verify"]).out.contains("entries are good"))
  }

  @Test func `a host's checkpoint is held against the records that are stored, whoever verifies it`() async throws {
    let cluster = try ClusterFixture()
    let (one, two) = (try cluster.start("one"), try cluster.start("two"))
    let authorization = try cluster.authorization()
    #expect(try one.give(id: ClusterFixture.id(1), as: authorization).status == 200)
    var decided: [String] = []
    for _ in 0..<5 {
      decided.append(try #require(try two.decide("probe.balance", "{}")["decision_id"]?.string))
    }
    let checkpoint = try two.ask(authorization + ["http://\(two.api)/v1/ledger/checkpoint"]).json
    #expect(checkpoint["records"]?.array?.isEmpty == false, "\(checkpoint)")
    let kept = try cluster.scratch.write("checkpoint.json", checkpoint.text)
    for id in decided {
      var found = 0
      for _ in 0..<1_200 {
        found = try one.status(authorization, "/v1/records/\(id)")
        if found == 200 { break }
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(found == 200)
    }
    cluster.stop()
    let verified = try cluster.command(["ledger", "verify", "--checkpoint", kept])
    #expect(verified.error.contains("5 decision records in the logs of all hosts are good"), "\(verified.error)")
    #expect(!verified.error.contains("can't be told"), "\(verified.error)")
    try cluster.execute("UPDATE cascade.decision_log SET hash = sha256(hash) WHERE log LIKE 'two/%'")
    let data = ["--data", cluster.scratch.url.appending(path: "commands").path()]
    let changed = try Program.run(["ledger", "verify", "--checkpoint", kept] + cluster.shared + data)
    #expect(changed.code == 2, "\(changed.out)\(changed.error)")
    #expect(changed.out.contains("that the checkpoint names"), "\(changed.out)")
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
