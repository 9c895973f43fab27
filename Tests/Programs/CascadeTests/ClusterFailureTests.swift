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
      while (load.last(beside: victim) ?? killed) <= killed {
        if ContinuousClock.now - killed > .seconds(120) {
          throw ServerFailure(said: "the others acknowledged nothing for two minutes")
        }
        try await Task.sleep(for: .milliseconds(5))
      }
      slowest = max(slowest, (load.last(beside: victim) ?? killed) - killed)
      hosts[victim] = try cluster.start("again\(round)")
      load.replace(victim, by: hosts[victim])
      _ = try await Self.waits(forMore: 10, load)
    }
    print("\(Self.kills) kills, \(load.count) transfers; elsewhere one was accepted within \(slowest)")
    #expect(slowest < .seconds(5))
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
    try await Task.sleep(for: Self.isLong ? .seconds(30) : .seconds(3))
    #expect((load.last(beside: 0) ?? stopped) > stopped)
    kill(process, SIGCONT)
    _ = try await Self.waits(forMore: 10, load)
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
    let cluster = try Self.three(["--demo", "--redis", redis.newDatabase()])
    let hosts = cluster.hosts
    let load = ClusterLoad(hosts, callers: 2, as: try cluster.authorization())
    func challenge() throws {
      for host in hosts {
        let answer = try host.ask(["-d", #"{"username":"anna"}"#, "http://\(host.api)/v1/auth/challenge"])
        #expect(answer.status == 200, "\(answer.json)")
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
    _ = try await Self.waits(forMore: 5, load)
    try Self.check(cluster, load)
    // It is said once, not with each request.
    #expect(hosts[0].logged.split(separator: "\n").count { $0.contains("Redis is away") } <= 3, "\(hosts[0].logged)")
    cluster.stop()
    redis.stop()
  }
}
