import Core
import Foundation
import Testing

/// `graph import` and `graph export`: what a host keeps, put in and taken out.
struct GraphKeepingTests {
  static let header = "citizen1,citizen2,trustScore,strengthScore,lastInteraction\n"
  private let scratch: Scratch
  private let data: [String]

  init() throws {
    scratch = try Scratch()
    data = ["--data", scratch.url.appending(path: "data").path()]
  }

  private func imported(_ rows: String, header: String = Self.header) throws -> Program.Ending {
    let edges = try scratch.write("edges.csv", header + rows)
    return try Program.run(["graph", "import", "--edges", edges] + data)
  }

  /// What is kept, as the lines of its CSV without the header.
  private func kept() throws -> [String] {
    let ending = try Program.run(["graph", "export", "--format", "csv"] + data)
    #expect(ending.code == 0, "\(ending.error)")
    return ending.out.split(separator: "\n").dropFirst().map(String.init)
  }

  @Test func `of a pair the newest row stays, within a file and over files`() throws {
    let first = try imported("anna,bruno,40,1,2025-01-01\nbruno,anna,50,2,2025-02-01\nanna,bruno,60,3,2025-01-15\n")
    #expect(first.code == 0, "\(first.error)")
    #expect(first.out == "3 relationships read, 1 new; 1 among 2 citizens in all\n")
    #expect(try kept() == ["anna,bruno,50.0,2.0,2025-02-01"])
    let second = try imported("bruno,anna,70,0,2025-02-01\nanna,carla,,,\n")
    #expect(second.out == "2 relationships read, 1 new; 2 among 3 citizens in all\n")
    #expect(try kept() == ["anna,bruno,50.0,2.0,2025-02-01", "anna,carla,,0.0,"])
    _ = try imported("bruno,anna,70,0,2025-03-01\n")
    #expect(try kept().first == "anna,bruno,70.0,0.0,2025-03-01")
  }

  @Test func `a loop keeps its citizen and makes no relationship`() throws {
    #expect(try imported("solo,solo,99,9,\nanna,bruno,40,,\n").out.hasSuffix("1 among 3 citizens in all\n"))
    #expect(try kept() == ["solo,solo,,,", "anna,bruno,40.0,0.0,"])
  }

  @Test(arguments: [
    ("anna,bruno,nan,,\n", "trustScore 'nan' is no number"), ("anna,bruno,NaN,,\n", "no number"),
    ("anna,bruno,1,inf,\n", "strengthScore 'inf' is no number"), ("anna,bruno,100.01,,\n", "outside 0 to 100"),
    ("anna,bruno,-1,,\n", "outside 0 to 100"), ("anna,bruno\n", "2 fields where the header has 5"),
    (",bruno,1,,\n", "name is empty"), ("anna,\"bruno,1,,\n", "does not end"),
    ("\(String(repeating: "a", count: 257)),bruno,1,,\n", "over 256 bytes"),
  ])
  func `a line that can't be taken is named, and nothing is kept`(row: String, message: String) throws {
    let ending = try imported("anna,carla,50,,\n" + row + "anna,dora,50,,\n")
    #expect(ending.code == 1)
    #expect(ending.out.isEmpty)
    let line = try #require(ending.error.split(separator: "\n").first)
    #expect(line.hasPrefix(scratch.url.appending(path: "edges.csv").path() + ":3:1: error: "), "\(line)")
    #expect(line.contains(message), "\(line)")
    let export = try Program.run(["graph", "export", "--format", "csv"] + data)
    #expect(export.code == 1 && export.error.contains("there is no graph in"))
  }

  @Test func `a missing column, a missing file and a place that can't be written are told`() throws {
    let column = try imported("anna,bruno\n", header: "citizen1,citizen2\n")
    #expect(column.code == 1 && column.error.contains(":1:1: error: the column 'trustScore' is missing"))
    let file = try Program.run(["graph", "import", "--edges", "/nowhere.csv"] + data)
    #expect(file.code == 1 && file.error.contains("/nowhere.csv"))
    let edges = try scratch.write("edges.csv", Self.header)
    let place = try Program.run(["graph", "import", "--edges", edges, "--data", "/dev/null/data"])
    #expect(place.code == 1 && place.error.contains("/dev/null/data"))
  }

  @Test func `odd names go in and come out as they are, in every format`() throws {
    let names = ["a,b", "say \"hi\"", "<tag>&'", "Zoë", "名前", "=1+1", " x ", "line\nbreak"]
    let rows = names.map { "\"\($0.replacing("\"", with: "\"\""))\",anna,60,,\n" }.joined()
    #expect(try imported(rows).code == 0)
    let csv = scratch.url.appending(path: "out/graph.csv").path()
    #expect(try Program.run(["graph", "export", "--format", "csv", "--out", csv] + data).code == 0)
    for name in names {
      let measured = try Program.run(["graph", "measure", "--edges", csv, "--citizen", name])
      #expect(measured.code == 0, "\(measured.error)")
      #expect(try measured.json()["window"] == 9)
    }
    for format in ["graphml", "gexf"] {
      let out = try Program.run(["graph", "export", "--format", format] + data).out
      #expect(out.contains("&lt;tag&gt;&amp;'") && out.contains("line&#10;break"))
    }
    let again = try Program.run(["graph", "export", "--format", "svg"] + data)
    #expect(again.code == 64)
  }

  @Test func `beside a running host nothing is imported, and everything exported`() throws {
    #expect(try imported("anna,bruno,40,,\n").code == 0)
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let ending = try imported("anna,carla,50,,\n")
    #expect(ending.code == 1)
    #expect(ending.error.contains("another host runs on"))
    let token = try Program.run(["token", "operator"] + data).out.trimmingCharacters(in: .whitespacesAndNewlines)
    let sent = try server.curl([
      "-H", "Authorization: Bearer \(token)", "http://\(server.api)/v1/graph/relationships", "-d",
      #"{"relationships":[{"citizen1":"anna","citizen2":"dora","trustScore":60}]}"#,
    ])
    #expect(sent["edges"] == 2, "\(sent.text)")
    #expect(try kept() == ["anna,bruno,40.0,0.0,", "anna,dora,60.0,0.0,"])
    #expect(server.stop() == 0)
    #expect(try kept().count == 2)
    #expect(try imported("anna,carla,50,,\n").out.hasSuffix("3 among 4 citizens in all\n"))
  }
}
