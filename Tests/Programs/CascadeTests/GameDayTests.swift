import Core
import DatabaseServers
import Foundation
import StandIns
import TestSupport
import Testing

/// What a host leans on fails while it runs: the host names it, its figure falls, and both are over with the fault.
@Suite(.serialized) struct GameDayTests {
  /// `CASCADE_GAME_DAYS` plays more of them.
  private static let rounds = ProcessInfo.processInfo.environment["CASCADE_GAME_DAYS"].flatMap(Int.init) ?? 1

  @Test func `each fault alone and every two at once are named, lower the figure, and are over when they are over`()
    async throws
  {
    let day = try await GameDay()
    let host = day.host
    var before = 0.0
    for _ in 0..<Self.rounds {
      for faults in GameDayFault.combinations {
        // On a busy machine a part that is well may not be heard of in time, which would hide a fault.
        try await host.wait { try host.coverage() >= before }
        before = max(before, try host.coverage())
        try faults.forEach(day.begin)
        var seen: JSON = [:]
        try await host.wait {
          try day.use()
          seen = try host.awareness()
          let areNamed = faults.allSatisfy { SelfAwareHost.problem($0.component, in: seen) != nil }
          // A part is named at once, and the figure follows at the next step.
          return areNamed && (seen["coverage"]?.number ?? 0) < before
        }
        for fault in faults {
          let problem = SelfAwareHost.problem(fault.component, in: seen) ?? "none"
          // A part that fails in two ways at once says one of them: without a disk, records and store fail alike.
          #expect(faults.contains { problem.contains($0.problem) }, "\(faults): \(problem)")
        }
        #expect(seen["coverage"]?.number ?? 0 < before, "\(faults)")
        if faults.contains(.rule) { #expect(seen["problem"]?.string?.contains("a broken rule") == true) }
        // A part that nobody uses is well again at the next step.
        var status = ""
        try await host.wait {
          try day.use()
          status = try Program.run(["status", "--api", host.server.api]).error
          return status.contains("not healthy: ") && faults.allSatisfy { status.contains($0.component) }
        }
        #expect(status.contains("not healthy: ") && faults.allSatisfy { status.contains($0.component) }, "\(status)")
        // The last one first: who mends a rule needs a disk.
        for fault in faults.reversed() {
          try day.end(fault)
          try await host.wait { try host.problem(fault.component) == nil }
          #expect(try host.problem(fault.component) == nil, "\(faults)")
        }
        try await host.wait { try host.coverage() >= before }
        #expect(try host.coverage() >= before, "\(faults)")
        #expect(try host.awareness()["problem"] == .null, "\(faults)")
      }
    }
    // Who called whom was seen, too.
    let spots = try host.awareness()["blind_spots"]
    let unseen = spots?["unseen_calls"]?.array ?? []
    #expect(!unseen.contains(["from": "identity", "to": "venice"]))
    #expect(!unseen.contains(["from": "graph", "to": "store"]))
    #expect(spots?["undeclared_calls"]?.array == [])
    #expect(host.server.stop() == 0)
    await day.venice.stop()
  }

  @Test func `a Redis that is killed is named, lowers the figure, and is well when it is there again`() async throws {
    let redis = try RedisServer()
    let cluster = try ClusterFixture()
    let host = try cluster.start(
      "one", ["--demo", "--lanes", "1", "--awareness", "1", "--redis", redis.newDatabase()])
    let authorization = try cluster.authorization()
    var seen: JSON = [:]
    /// Asks Redis, and then what the host says of itself.
    func look() throws -> (isHealthy: Bool?, problem: String?, coverage: Double) {
      let challenge = try host.ask(["-d", #"{"username":"anna"}"#, "http://\(host.api)/v1/auth/challenge"])
      #expect(challenge.status == 200, "\(challenge.json)")
      seen = try host.curl(authorization + ["http://\(host.api)/v1/awareness"])
      let cache = seen["components"]?.array?.first { $0["name"] == "cache" }
      return (cache?["healthy"]?.bool, cache?["problem"]?.string, seen["coverage"]?.number ?? 0)
    }
    var before = 0.0
    _ = try await Patience.lasts {
      let now = try look()
      before = now.coverage
      return now.isHealthy == true && before > 0
    }
    #expect(try look().isHealthy == true, "\(seen)")
    redis.stop()
    _ = try await Patience.lasts {
      let now = try look()
      return now.problem != nil && now.coverage < before
    }
    #expect(SelfAwareHost.problem("cache", in: seen) == "Redis is away", "\(seen)")
    #expect(seen["coverage"]?.number ?? 1 < before, "\(seen)")
    try redis.start()
    _ = try await Patience.lasts {
      let now = try look()
      return now.isHealthy == true && now.coverage >= before
    }
    #expect(SelfAwareHost.problem("cache", in: seen) == nil, "\(seen)")
    #expect(seen["coverage"]?.number ?? 0 >= before, "\(seen)")
    cluster.stop()
    redis.stop()
  }

  @Test func `nobody who wasn't asked is probed`() async throws {
    let venice = try await StandInVenice()
    let host = try SelfAwareHost(
      ["--lanes", "1", "--awareness", "1"], environment: ["CASCADE_VENICE_URL": venice.baseURL])
    try await host.wait { try host.awareness()["awareness"]?.number != nil }
    #expect(try host.component("venice")?["heard"] == .null)
    #expect(venice.authorizations.isEmpty)
    #expect(host.server.stop() == 0)
    await venice.stop()
  }
}
