import Citizens
import Core
import Foundation
import StandIns
import StoreSQLite
import Testing
import TrustGraph

/// What comes into the kept graph by itself: Venice's relationships, and the days that pass.
struct GraphVeniceTests {
  private let scratch: Scratch
  private let data: [String]

  init() throws {
    scratch = try Scratch()
    data = ["--data", scratch.url.appending(path: "data").path()]
  }

  private func imported(_ venice: StandInVenice, _ arguments: [String] = []) throws -> Program.Ending {
    try Program.run(
      ["graph", "import", "--venice"] + arguments + data,
      environment: ["CASCADE_VENICE_URL": venice.baseURL, "CASCADE_VENICE_KEY": "secret-of-venice"])
  }

  @Test func `Venice's hundred and the pairs beyond them are imported, and a host tells so`() async throws {
    let venice = try await StandInVenice()
    for number in 0..<100 { venice.relate("b\(number)", "hub", trust: 60, strength: 50) }
    venice.relate("b1", "b2", trust: .double(99.94), strength: 1)
    let few = try imported(venice, ["--pairs", "1"])
    #expect(few.code == 0, "\(few.error)")
    let report = try few.json()
    #expect(report["listed"] == 100 && report["truncated"] == true && report["asked"] == 1)
    // 101 citizens are 5050 pairs; a hundred were listed.
    #expect(report["left"] == 4949 && report["edges"] == 100 && report["citizens"] == 101)
    #expect(few.error.contains("4949 more pairs"))
    #expect(venice.authorizations.allSatisfy { $0 == "Bearer secret-of-venice" })
    #expect(!few.error.contains("secret") && !few.out.contains("secret"))

    let all = try imported(venice)
    #expect(all.code == 0, "\(all.error)")
    #expect(try all.json()["asked"] == 4950 && all.json()["found"] == 1 && all.json()["left"] == 0)
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let stats = try server.curl(["http://\(server.api)/v1/graph/stats"])
    #expect(stats["edges"] == 101)
    #expect(stats["directory_import"]?["truncated"] == true && stats["directory_import"]?["found"] == 1)
    #expect(server.stop() == 0)
    await venice.stop()
  }

  @Test func `a citizen who matters is asked about, though nobody told of them`() async throws {
    let venice = try await StandInVenice()
    for number in 0..<100 { venice.relate("b\(number)", "hub", trust: 60, strength: 50) }
    venice.relate("b1", "quiet", trust: 70, strength: 0)
    let ending = try imported(venice, ["--citizen", "quiet"])
    #expect(try ending.json()["found"] == 1, "\(ending.error)")
    let kept = try Program.run(["graph", "export", "--format", "csv"] + data).out
    #expect(kept.contains("b1,quiet,70.0,"))
    await venice.stop()
  }

  @Test func `an invented or silent Venice imports nothing and says why`() async throws {
    let venice = try await StandInVenice()
    venice.relate("a", "b", trust: 60, strength: 1)
    for (mode, reason) in [
      (StandInVenice.Mode.fallback, "_fallback"), (.demo, "isDemo"), (.failing(500), "status 500"),
      (.raw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{"), "no JSON"),
    ] {
      venice.answer(mode)
      let ending = try imported(venice)
      #expect(ending.code == 1 && ending.out.isEmpty)
      #expect(ending.error.contains("nothing was imported") && ending.error.contains(reason), "\(ending.error)")
    }
    let kept = try Program.run(["graph", "export", "--format", "csv"] + data)
    #expect(kept.out.split(separator: "\n").count == 1)
    await venice.stop()
  }

  @Test func `the wrong mix of options is refused`() throws {
    for arguments in [
      [], ["--venice", "--edges", "x.csv"], ["--edges", "x.csv", "--citizen", "a"], ["--venice", "--pairs", "-1"],
    ] {
      #expect(try Program.run(["graph", "import"] + arguments + data).code == 64)
    }
    let address = try Program.run(
      ["graph", "import", "--venice"] + data, environment: ["CASCADE_VENICE_URL": "ftp://nowhere"])
    #expect(address.code == 1)
  }

  @Test func `a host that was away for days lets trust decay for each of them, and once`() async throws {
    let edges = try scratch.write("edges.csv", GraphKeepingTests.header + "anna,bruno,90,40,2025-01-01\n")
    #expect(try Program.run(["graph", "import", "--edges", edges] + data).code == 0)
    let store = try SQLiteRelationshipStore(directory: scratch.url.appending(path: "data/graph").path())
    let version = try await store.load().version
    let last = ISO8601.day(of: WallClock.milliseconds()) - 2
    try await store.save(SnapshotChange(from: version, to: version, marks: [GraphMark.decayedDay: String(last)]))
    await store.close()

    try scratch.copyRulebook()
    for _ in 0..<2 {
      let server = try RunningServer(scratch, ["--no-specs"])
      var through = ""
      // The host decays beside its first answers.
      for _ in 0..<600 where ![2, 3].map({ ISO8601.text(day: last + $0) }).contains(through) {
        try await Task.sleep(for: .milliseconds(50))
        through = try server.curl(["http://\(server.api)/v1/graph/stats"])["decayed_through"]?.string ?? ""
      }
      let kept = try Program.run(["graph", "export", "--format", "csv"] + data).out
      let expected = through == ISO8601.text(day: last + 2) ? "72.5,22.5" : "66.88,16.88"
      #expect(kept.contains("anna,bruno,\(expected),2025-01-01"), "\(kept)")
      #expect(server.stop() == 0)
    }
  }

  @Test func `a vote on the measurement's numbers is in force when the policy is saved`() async throws {
    let rows = (0..<5).flatMap { first in (0..<first).map { "c\(first),c\($0),99.94,,\n" } }.joined()
    let edges = try scratch.write("edges.csv", GraphKeepingTests.header + rows)
    #expect(try Program.run(["graph", "import", "--edges", edges] + data).code == 0)
    try scratch.copyRulebook()
    // With its specs: they must hold under any vote.
    let server = try RunningServer(scratch, ["--watch"])
    let question = ["http://\(server.api)/v1/citizens/c1/measurement"]
    let before = try server.curl(question)
    #expect(abs((before["level"]?.number ?? 0) - 0.617849) < 1e-6)
    #expect(before["ready"] == false)
    try scratch.replace("policies/consciousness.lua", "cohesion = 1 / (2 * PHI)", with: "cohesion = 0.5")
    try scratch.replace("policies/consciousness.lua", "ready = 0.618", with: "ready = 0.8")
    var after = before
    for _ in 0..<600 where after == before {
      try await Task.sleep(for: .milliseconds(50))
      after = try server.curl(question)
    }
    // P/2 + C/2 = 0.309017 + 0.4997, once both lines are in force.
    #expect(abs((after["level"]?.number ?? 0) - (0.618034 / 2 + 0.9994 / 2)) < 1e-6, "\(after.text) \(server.logged)")
    #expect(after["ready"] == true)
    #expect(server.stop() == 0)
  }
}
