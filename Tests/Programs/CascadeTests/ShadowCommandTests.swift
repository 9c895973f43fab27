import Core
import Foundation
import TestSupport
import Testing

/// Rules that decide along on a real host.
struct ShadowCommandTests {
  private let scratch: Scratch
  private let data: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
  }

  /// A copy of the rules with the fee at 3 %.
  private func candidate() throws -> String {
    let folder = scratch.url.appending(path: "candidate")
    for name in ["plugins", "policies"] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: scratch.url.appending(path: name), to: folder.appending(path: name))
    }
    try scratch.replace("candidate/policies/fees.lua", #"fee = "0.025""#, with: #"fee = "0.030""#)
    return folder.path()
  }

  private func shadow(_ server: RunningServer, _ arguments: String...) throws -> Program.Ending {
    try Program.run(["shadow"] + arguments + ["--data", data, "--api", server.api])
  }

  /// Asks for quotes; the ids of the decisions.
  private func quote(_ server: RunningServer, _ count: Int) throws -> [String] {
    try (1...count).map { number in
      let input = #"{"side":"sell","amount":{"asset":"DUC/2","minor":\#(100_000 * number)},"level":0}"#
      return try #require(try server.decide("bridge.quote", input)["decision_id"]?.string)
    }
  }

  private func wait(_ server: RunningServer, pairs: Int) async throws -> JSON {
    var status = JSON.null
    let isThere = try await Patience.lasts {
      status = try shadow(server, "status").json()
      return status["pairs"] == .integer(Int64(pairs)) && status["state"] == "running"
    }
    #expect(isThere, "it never compared \(pairs): \(status.text)")
    return status
  }

  @Test
  func `a shadow goes on after the host was killed, loses nothing, and shows its verdict with a record`() async throws {
    var server = try RunningServer(scratch, ["--no-specs"])
    #expect(try shadow(server, "status").code == 2)
    let started = try shadow(server, "start", "--candidate", try candidate(), "--until", "24h")
    #expect(started.code == 0, "\(started.error)")
    #expect(try started.json()["state"] == "running")
    var ids = try quote(server, 5)
    _ = try await wait(server, pairs: 5)
    ids += try quote(server, 5)
    server.process.kill()
    server.process.waitUntilExit()
    server = try RunningServer(scratch, ["--no-specs"])
    ids += try quote(server, 2)
    let status = try await wait(server, pairs: 12)
    #expect(status["id"] == (try started.json()["id"]) && status["flips"] == 12 && status["dropped"] == 0)
    let report = try shadow(server, "report").json()
    #expect(report["baseline"] == "live" && report["classes"]?["changed"] == 12)
    #expect(report["clusters"]?.array?.first?["file"] == "policies/fees.lua")
    let authorization = try server.authorization(scratch)
    for id in ids {
      let record = try server.curl(authorization + ["http://\(server.api)/v1/records/\(id)"])
      #expect(record["shadow"]?["class"] == "changed" && record["id"] == .string(id))
    }
    let metrics = try server.text(["http://\(server.api)/metrics"])
    #expect(metrics.contains("cascade_shadow_pairs"), "\(metrics.suffix(500))")
    #expect(try shadow(server, "stop").json()["ending"] == "stopped")
    #expect(try shadow(server, "stop").code == 2)
    // What it decided along left nothing behind.
    #expect(server.stop() == 0)
    #expect(try Program.run(["ledger", "verify", "--data", data]).code == 0)
    #expect(try Program.run(["replay", "--all", "--data", data]).code == 0)
  }

  @Test func `a candidate that doesn't load is refused with its file and line`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let folder = try candidate()
    try scratch.replace("candidate/policies/fees.lua", "return {", with: "return {{")
    let ending = try shadow(server, "start", "--candidate", folder)
    #expect(ending.code == 2 && ending.error.contains("policies/fees.lua:"), "\(ending.error)")
    #expect(try shadow(server, "report").code == 2)
    #expect(server.stop() == 0)
  }

  @Test(arguments: [
    ["start"], ["start", "--candidate", ""], ["start", "--candidate", "1", "--share", "0"],
    ["start", "--candidate", "1", "--share", "2/3"], ["start", "--candidate", "1", "--until", "soon"],
  ])
  func `what can't be meant is wrong usage`(_ arguments: [String]) throws {
    #expect(try Program.run(["shadow"] + arguments + ["--data", data]).code == 64)
  }
}
