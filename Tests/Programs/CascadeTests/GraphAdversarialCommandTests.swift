import Core
import Foundation
import Testing

/// Graphs made to be difficult, through the command line and a host that keeps them.
struct GraphAdversarialCommandTests {
  private let scratch: Scratch
  private let data: [String]

  init() throws {
    scratch = try Scratch()
    data = ["--data", scratch.url.appending(path: "data").path()]
  }

  private func measure(_ edges: String, _ citizen: String) throws -> Program.Ending {
    try Program.run(["graph", "measure", "--edges", edges, "--citizen", citizen])
  }

  @Test func `a clique of 47 is measured`() throws {
    let rows = (0..<47).flatMap { first in (0..<first).map { "c\(first),c\($0),90,,\n" } }.joined()
    let measured = try measure(try scratch.write("edges.csv", GraphKeepingTests.header + rows), "c20").json()
    #expect(measured["triangles"] == 1035 && measured["crystallised"] == 1035 && measured["window"] == 47)
    #expect(measured["rho"]?.number == 1)
  }

  @Test func `a star of 100 000 is measured by the command, and by a host within its deadline or refused`() throws {
    let rows = (0..<100_000).map { "hub,leaf\($0),80,,\n" }.joined()
    let edges = try scratch.write("edges.csv", GraphKeepingTests.header + rows)
    for citizen in ["hub", "leaf4711"] {
      let measured = try measure(edges, citizen).json()
      #expect(measured["window"] == 47 && measured["triangles"] == 0 && measured["median"]?.number == 80)
    }
    #expect(try Program.run(["graph", "import", "--edges", edges] + data).code == 0)
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    for citizen in ["hub", "leaf4711"] {
      let answer = try server.curl(["http://\(server.api)/v1/citizens/\(citizen)/measurement"])
      if answer["window"] != 47 {
        #expect(answer["code"] == "deadline" && answer["status"] == 503, "\(answer.text)")
      }
    }
    // Whatever came of it, the host goes on.
    let small = try server.decide("tier.assign", "{\"social_class\":\"Nobili\"}")
    #expect(small["result"]?["tier"] == "enterprise")
    #expect(server.stop() == 0)
  }

  @Test func `loops, duplicates and odd names are measured`() throws {
    let edges = try scratch.write(
      "edges.csv",
      GraphKeepingTests.header + "anna,anna,99,,\nanna,bruno,40,,1\nbruno,anna,60,,2\nanna,bruno,50,,\n"
        + "\"o,\"\"dd\"\"\n\",anna,70,,\n")
    let anna = try measure(edges, "anna").json()
    #expect(anna["window"] == 3 && anna["median"]?.number == 65)
    #expect(try measure(edges, "o,\"dd\"\n").json()["window"] == 3)
    #expect(try Program.run(["graph", "stats", "--edges", edges]).json()["edges"] == 2)
  }

  @Test(arguments: ["nan", "inf", "1e999", "101", "-1", "abc", "0x10"])
  func `a score that is no number of the scale names file and line`(score: String) throws {
    let edges = try scratch.write("edges.csv", GraphKeepingTests.header + "a,b,50,,\na,c,\(score),,\n")
    for arguments in [["measure", "--edges", edges, "--citizen", "a"], ["stats", "--edges", edges]] {
      let ending = try Program.run(["graph"] + arguments)
      #expect(ending.code == 1 && ending.out.isEmpty)
      #expect(ending.error.hasPrefix("\(edges):3:1: error: "), "\(ending.error)")
    }
  }
}
