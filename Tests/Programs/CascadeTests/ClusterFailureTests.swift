import Core
import DatabaseServers
import Foundation
import TestSupport
import Testing

/// Three hosts under load, and what fails. `make torture` does the same at length.
@Suite(.serialized)
struct ClusterFailureTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let kills = environment["CASCADE_CLUSTER_KILLS"].flatMap { Int($0) } ?? 10
  private static let isLong = environment["CASCADE_CLUSTER_KILLS"] != nil

  private static func three(on server: PostgresServer? = nil, _ arguments: [String] = []) throws -> ClusterFixture {
    let cluster = try ClusterFixture(on: server)
    for name in ["one", "two", "three"] { try cluster.start(name, arguments) }
    return cluster
  }

  /// Waits until so many more are acknowledged; the time it took. Throws after a minute.
  private static func waits(forMore count: Int, _ load: ClusterLoad) async throws -> Duration {
    let (begin, goal) = (ContinuousClock.now, load.count + count)
    while load.count < goal {
      if ContinuousClock.now - begin > .seconds(60) {
        throw ServerFailure(said: "nothing was acknowledged for a minute")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    return ContinuousClock.now - begin
  }

  /// Every acknowledged transfer is there, once, and the chain is whole.
  private static func check(_ cluster: ClusterFixture, _ load: ClusterLoad) throws {
    let (acknowledged, odd) = load.end()
    #expect(odd == [])
    let verified = try cluster.command(["ledger", "verify"])
    #expect(verified.out.contains(" entries are good, head "), "\(verified.out)")
    let balances = try cluster.command(["ledger", "balances", "--format", "json"]).json()
    let anna = balances["accounts"]?.array?.first { $0["account"] == "citizen:anna" }
    #expect(anna?["posted"]?.integer == Int64(acknowledged), "\(balances)")
  }

  @Test func `whichever of three hosts is killed, the others go on, and nothing is lost or done twice`() async throws {
    let cluster = try Self.three()
    var hosts = cluster.hosts
    let load = ClusterLoad(hosts, callers: 6, as: try cluster.authorization())
    _ = try await Self.waits(forMore: 6, load)
    var slowest = Duration.zero
    for round in 0..<Self.kills {
      let victim = Int.random(in: 0..<3)
      let killed = ContinuousClock.now
      hosts[victim].process.kill()
      hosts[victim].process.waitUntilExit()
      // The others go on before it is back.
      #expect(try await Patience.lasts { (load.last(beside: victim) ?? killed) > killed })
      slowest = max(slowest, (load.last(beside: victim) ?? killed) - killed)
      hosts[victim] = try cluster.start("again\(round)")
      load.replace(victim, by: hosts[victim])
      _ = try await Self.waits(forMore: 10, load)
    }
    print("\(Self.kills) kills, \(load.count) transfers; elsewhere one was accepted within \(slowest)")
    try Self.check(cluster, load)
    for host in hosts { #expect(host.stop() == 0, "\(host.logged)") }
  }

  @Test func `a host that stands still stops nobody for long, and says what is true when it goes on`() async throws {
    let cluster = try Self.three()
    let load = ClusterLoad(cluster.hosts, callers: 6, as: try cluster.authorization())
    _ = try await Self.waits(forMore: 6, load)
    let process = cluster.hosts[0].process.processIdentifier
    kill(process, SIGSTOP)
    let stopped = ContinuousClock.now
    // The others go on while it stands still, and after PostgreSQL has ended what it was in the middle of.
    #expect(try await Patience.lasts { (load.last(beside: 0) ?? stopped) > stopped })
    try await Task.sleep(for: Self.isLong ? .seconds(30) : .seconds(3))
    kill(process, SIGCONT)
    _ = try await Self.waits(forMore: 10, load)
    try Self.check(cluster, load)
    cluster.stop()
  }

  @Test func `a host whose packets a firewall swallows decides nothing as if it were current, and is back by itself`()
    async throws
  {
    let cluster = try ClusterFixture()
    let (one, two) = (try cluster.start("one"), try cluster.start("two"))
    let (proxy, address) = try cluster.proxy()
    defer { proxy.close() }
    let cut = try cluster.start("three", store: address)
    let authorization = try cluster.authorization()
    #expect(try cluster.reload(one, 1).status == 200)
    let load = ClusterLoad(cluster.hosts, callers: 6, as: authorization)
    _ = try await Self.waits(forMore: 12, load)

    let swallowed = ContinuousClock.now
    proxy.swallow(true)
    #expect(try await Patience.lasts { (load.last(beside: 2) ?? swallowed) > swallowed })
    // It answers once the one that is cut off has no lease any more.
    #expect(try cluster.reload(two, 2).status == 200)
    for host in [one, two] { #expect(try host.decide("marker.say", "{}")["result"]?["number"] == 2) }
    let said = try cut.decide("marker.say", "{}")
    #expect(said["result"] == nil || said["result"]?["number"] == 1 && said["stale"] == true, "\(said)")
    let refused = try cluster.pay(1, key: 1, at: cut, as: authorization)
    #expect(refused.status == 503, "\(refused.json)")
    if Self.isLong { try await Task.sleep(for: .seconds(60) - (ContinuousClock.now - swallowed)) }

    proxy.swallow(false)
    let healed = ContinuousClock.now
    #expect(
      try await Patience.lasts {
        let said = try cut.decide("marker.say", "{}")
        return said["result"]?["number"] == 2 && said["stale"] == nil
      }, "\(cut.logged)")
    load.comeBack(to: 2)
    #expect(try await Patience.lasts { (load.last(at: 2) ?? healed) > healed }, "\(cut.logged)")
    let generations = try Set(cluster.hosts.map { try $0.decide("marker.say", "{}")["generation"]?.integer })
    #expect(generations.count == 1)
    try Self.check(cluster, load)
    cluster.stop()
  }

  @Test func `PostgreSQL stops at once under load and starts again, and hosts go on by themselves`() async throws {
    let server = try PostgresServer()
    let cluster = try Self.three(on: server)
    let load = ClusterLoad(cluster.hosts, callers: 6, as: try cluster.authorization())
    for _ in 0..<(Self.isLong ? 10 : 1) {
      _ = try await Self.waits(forMore: 10, load)
      server.process?.stop(SIGQUIT)
      try await Task.sleep(for: .seconds(1))
      try server.start()
      let back = try await Self.waits(forMore: 1, load)
      print("after the server's restart a transfer was accepted within \(back)")
      #expect(back < .seconds(10))
    }
    _ = try await Self.waits(forMore: 10, load)
    try Self.check(cluster, load)
    for host in cluster.hosts { #expect(try host.status([], "/health/ready") == 200, "\(host.logged)") }
    cluster.stop()
    server.process?.stop()
  }

  @Test func `no request fails for a Redis that is killed, empty or slow, and readiness says that it is away`()
    async throws
  {
    let redis = try RedisServer()
    let proxy = try SlowProxy(server: redis.port)
    defer { proxy.close() }
    let address = redis.newDatabase().replacing(":\(redis.port)/", with: ":\(proxy.port)/")
    let cluster = try Self.three(["--demo", "--redis", address])
    let hosts = cluster.hosts
    let load = ClusterLoad(hosts, callers: 2, as: try cluster.authorization())
    var asked = 0
    func challenge() throws {
      for host in hosts {
        asked += 1
        let name = #"{"username":"anna\#(asked % 5)"}"#
        let answer = try host.ask(["-d", name, "http://\(host.api)/v1/auth/challenge"])
        // One address may ask sixty times at once, and twenty times for one name.
        #expect(answer.status == 200 || asked > 60 && answer.status == 429, "\(answer.json)")
      }
    }
    func says(_ text: String, _ isSaid: Bool) async throws {
      var ready = RunningServer.Answer(status: 0, retryAfter: "", body: [])
      for _ in 0..<200 {
        try challenge()
        ready = try hosts[0].ask(["http://\(hosts[0].api)/health/ready"])
        if ready.status == 200, ready.json.text.contains(text) == isSaid { return }
        try await Task.sleep(for: .milliseconds(50))
      }
      Issue.record("\(ready.status) \(ready.json)")
    }
    try await says("redis: away", false)
    redis.stop()
    try await says("redis: away", true)
    try redis.start()
    try await says("redis: away", false)
    redis.pause(true)
    try await says("redis: away", true)
    redis.pause(false)
    try await says("redis: away", false)
    proxy.delay(milliseconds: 1_000)
    try await says("redis: away", true)
    _ = try await Self.waits(forMore: 5, load)
    proxy.delay(milliseconds: 0)
    try await says("redis: away", false)
    _ = try await Self.waits(forMore: 5, load)
    try Self.check(cluster, load)
    let metrics = try hosts[0].text(["http://\(hosts[0].api)/metrics"])
    for figure in ["cascade_part_works{part=\"redis\"} 1\n", "cascade_redis_forged_values 0\n"] {
      #expect(metrics.contains(figure), "\(metrics)")
    }
    // It is said once, not with each request.
    #expect(hosts[0].logged.split(separator: "\n").count { $0.contains("Redis is away") } <= 4, "\(hosts[0].logged)")
    cluster.stop()
    redis.stop()
  }
}
