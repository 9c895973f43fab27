import Core
import Foundation
import StandIns
import TestSupport
import Testing

/// What a host leans on fails while it runs: the host names it, its figure falls, and both are over with the fault. (A
/// full disk and a rule that fails are among what a host finds out about itself.)
@Suite(.serialized) struct GameDayTests {
  private static let arguments = ["--lanes", "1", "--awareness", "1"]

  /// Signs in as a citizen whom nobody asked about before, in vain; so Venice is asked.
  private static func signIn(_ host: SelfAwareHost, _ number: Int) throws {
    func post(_ path: String, _ body: JSON) throws -> JSON {
      try host.server.curl(["-d", body.text, "http://\(host.server.api)/v1/auth/\(path)"])
    }
    let name = JSON.string("citizen\(number)")
    let nonce = try #require(try post("challenge", ["username": name])["nonce"])
    let signature = JSON.string(String(repeating: "A", count: 86))
    _ = try post("token", ["username": name, "nonce": nonce, "signature": signature])
  }

  @Test func `a Venice that fails is named, and so is that it answers again`() async throws {
    let venice = try await StandInVenice()
    let host = try SelfAwareHost(Self.arguments, environment: ["CASCADE_VENICE_URL": venice.baseURL])
    try Self.signIn(host, 1)
    try await host.wait { try host.component("venice")?["healthy"] == true }
    #expect(try host.component("venice")?["healthy"] == true)
    let before = try host.coverage()
    venice.answer(.failing(503))
    try await host.wait { try host.problem("venice") != nil }
    #expect(try host.problem("venice") == "Venice answers with status 503")
    #expect(try host.coverage() < before)
    #expect(try host.component("identity")?["healthy"] == true, "what leans on it is another part")
    venice.answer(.usual)
    try await host.wait { try host.problem("venice") == nil && host.coverage() >= before }
    #expect(try host.coverage() >= before)
    // Who called whom is seen, too.
    let unseen = try host.awareness()["blind_spots"]?["unseen_calls"]?.array ?? []
    #expect(!unseen.contains(["from": "identity", "to": "venice"]))
    #expect(!unseen.contains(["from": "graph", "to": "store"]))
    #expect(try host.awareness()["blind_spots"]?["undeclared_calls"]?.array == [])
    #expect(host.server.stop() == 0)
    await venice.stop()
  }

  @Test func `nobody who wasn't asked is probed`() async throws {
    let venice = try await StandInVenice()
    let host = try SelfAwareHost(Self.arguments, environment: ["CASCADE_VENICE_URL": venice.baseURL])
    try await host.wait { try host.awareness()["awareness"]?.number != nil }
    #expect(try host.component("venice")?["heard"] == .null)
    #expect(venice.authorizations.isEmpty)
    #expect(host.server.stop() == 0)
    await venice.stop()
  }

  @Test func `a store that has become slow is named while it is`() async throws {
    let disk = try Scratch()
    let slow = disk.url.appending(path: "slow").path()
    let faults = try FailingDisk.environment(in: disk.url.path(), ["CASCADE_SLOW": slow])
    let host = try SelfAwareHost(Self.arguments, environment: faults, storeSeconds: 0.25)
    var before = 0.0
    try await host.wait {
      let seen = try host.awareness()
      before = seen["coverage"]?.number ?? 0
      return SelfAwareHost.problem("store", in: seen) == nil && before > 0
    }
    _ = try disk.write("slow", "")
    // It is slow when something is written, and for the step that sees it.
    var seen: JSON = [:]
    var number = 100
    try await host.wait {
      number += 1
      let id = "7f3c1b1e-0000-4000-8000-000000000\(number)"
      #expect(try host.server.give(id: id, as: host.authorization).status == 200)
      seen = try host.awareness()
      return SelfAwareHost.problem("store", in: seen) != nil
    }
    #expect(SelfAwareHost.problem("store", in: seen) == "store_latency is over 0.25")
    #expect(seen["coverage"]?.number ?? 1 < before)
    try FileManager.default.removeItem(atPath: slow)
    var after = 0.0
    try await host.wait {
      after = try host.coverage()
      return after >= before
    }
    #expect(after >= before)
    #expect(host.server.stop() == 0)
  }
}
