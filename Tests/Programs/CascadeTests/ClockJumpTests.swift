import Citizens
import Core
import Foundation
import StoreSQLite
import TestSupport
import Testing
import TrustGraph

/// A host on data that were last seen a year ago, though nobody knows where the year went.
struct ClockJumpTests {
  private static let day: Int64 = 86_400_000
  private let scratch: Scratch
  private var data: URL { scratch.url.appending(path: "data") }

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
  }

  /// Has the clocks be seen at noon `days` days ago, and trust decayed through `due` days before that.
  private func setBack(_ days: Int64, due: Int64) async throws {
    let path = data.appending(path: "host.json")
    var mark = try #require(try JSON(parsing: Array(Data(contentsOf: path))).object)
    var clock = try #require(mark["clock"]?.object)
    let seen = try #require(clock["wall"]?.integer) / Self.day - days
    clock["wall"] = .integer(seen * Self.day + Self.day / 2)
    mark["clock"] = .object(clock)
    // The graph is changed beside its host.
    mark["left"] = .object(JSON.Object([]))
    try Data(JSON.object(mark).bytes).write(to: path)
    let store = try SQLiteRelationshipStore(directory: data.appending(path: "graph").path())
    let graph = try await LiveGraph(store)
    _ = try await graph.apply([], marks: [GraphMark.decayedDay: String(seen - due)])
    await graph.close()
  }

  /// What is kept of the pair, as a line of the export.
  private func kept() throws -> String {
    let ending = try Program.run(["graph", "export", "--format", "csv", "--data", data.path()])
    return ending.out.split(separator: "\n").last.map(String.init) ?? ending.error
  }

  @Test(arguments: [(365 as Int64), -365])
  func `after an accepted jump trust decays by the days that were due, and not by those of the jump`(
    days: Int64
  ) async throws {
    let edges = try scratch.write(
      "edges.csv", "citizen1,citizen2,trustScore,strengthScore,lastInteraction\nanna,bruno,90,40,2025-01-01\n")
    let imported = try Program.run(["graph", "import", "--edges", edges, "--data", data.path()])
    #expect(imported.code == 0, "\(imported.error)")
    let first = try RunningServer(scratch, ["--no-specs"])
    #expect(first.stop() == 0, "\(first.logged)")
    try await setBack(days, due: 2)
    #expect {
      try RunningServer(scratch, ["--no-specs"])
    } throws: { error in
      "\(error)".contains("start once with --accept-clock")
    }
    let server = try RunningServer(scratch, ["--no-specs", "--accept-clock"])
    #expect(try await Patience.lasts { server.logged.contains("trust decayed") })
    #expect(server.stop() == 0)
    #expect(server.logged.contains("the clock was accepted: "), "\(server.logged)")
    #expect(server.logged.contains("days=2 "), "\(server.logged)")
    #expect(try kept() == "anna,bruno,72.5,22.5,2025-01-01")
    // From there on a day is a day: a host that starts again finds none.
    let next = try RunningServer(scratch, ["--no-specs"])
    #expect(next.stop() == 0 && !next.logged.contains("trust decayed"), "\(next.logged)")
    #expect(try kept() == "anna,bruno,72.5,22.5,2025-01-01")
    let audit = try Program.run(["audit", "--data", data.path()])
    #expect(audit.out.contains("acceptClock"), "\(audit.out)")
  }
}
