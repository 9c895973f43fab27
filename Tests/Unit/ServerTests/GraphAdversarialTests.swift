import Citizens
import Core
import Decisions
import Hummingbird
@testable import Server
import Testing
import TrustGraph

/// Graphs made to be difficult, sent and measured over HTTP.
struct GraphAdversarialTests {
  /// Measures; then validates against rewired graphs when the measurement was made.
  private static func measure(_ fixture: GraphFixture, _ citizen: String) async throws -> JSON {
    let reply = try await fixture.api.ask(.get, "/v1/citizens/\(citizen)/measurement")
    #expect(reply.status == 200, "\(reply.text)")
    return reply.json
  }

  @Test func `a clique of 47 is measured`() async throws {
    try await GraphFixture.run { fixture in
      let rows = (0..<47).flatMap { first in (0..<first).map { GraphFixture.row("c\(first)", "c\($0)", 90) } }
      #expect(try await fixture.send(rows).json["edges"] == 1081)
      let measured = try await Self.measure(fixture, "c20")
      #expect(measured["triangles"] == 1035 && measured["crystallised"] == 1035 && measured["window"] == 47)
      #expect(measured["rho"]?.number == 1)
      #expect(abs((measured["C"]?.number ?? 0) - 0.9) < 1e-9)
    }
  }

  @Test func `a star of 100 000 is measured from its middle and from its edge`() async throws {
    try await GraphFixture.run { fixture in
      // A body is a mebibyte at most.
      for part in 0..<10 {
        let rows = (0..<10_000).map { GraphFixture.row("hub", "l\(part * 10_000 + $0)", 80) }
        let reply = try await fixture.send(rows)
        #expect(reply.status == 200, "\(reply.text)")
      }
      #expect(fixture.graph.snapshot.edgeCount == 100_000)
      for citizen in ["hub", "l99999"] {
        let measured = try await Self.measure(fixture, citizen)
        #expect(measured["window"] == 47 && measured["triangles"] == 0 && measured["rho"] == nil)
        #expect(measured["median"]?.number == 80)
      }
      let window = try await fixture.api.ask(.get, "/v1/graph/window/hub?nodes=256").json
      #expect(window["nodes"]?.array?.count == 256 && window["edges"]?.array?.count == 255)
    }
  }

  @Test func `loops and duplicates leave one relationship of each pair`() async throws {
    try await GraphFixture.run { fixture in
      var rows = [JSON](repeating: GraphFixture.row("anna", "anna", 99), count: 50)
      rows += (0..<50).map { (number: Int) -> JSON in
        [
          "citizen1": number % 2 == 0 ? "anna" : "bruno", "citizen2": number % 2 == 0 ? "bruno" : "anna",
          "trustScore": .integer(Int64(number)), "lastInteraction": .string(number == 17 ? "9" : "1"),
        ]
      }
      let reply = try await fixture.send(rows)
      #expect(reply.json["edges"] == 1 && reply.json["nodes"] == 2 && reply.json["taken"] == 100)
      #expect(reply.json["loops"] == 50 && reply.json["first_loop"] == 0)
      #expect(try await Self.measure(fixture, "anna")["median"]?.number == 17)
      let names = try await fixture.send([GraphFixture.row("Jos\u{E9}", "Jose\u{301}", 9)])
      #expect(names.json["loops"] == 0 && names.json["first_loop"] == .null && names.json["edges"] == 2)
    }
  }

  @Test(arguments: [
    #"NaN"#, #"nan"#, #"Infinity"#, #"-Infinity"#, #"1e999"#, #""NaN""#, #"-0.001"#, #"100.0001"#, #"[50]"#, #"true"#,
  ])
  func `a score that is no number of the scale is refused, and nothing taken`(score: String) async throws {
    try await GraphFixture.run { fixture in
      let body =
        #"{"relationships":[{"citizen1":"a","citizen2":"b"},{"citizen1":"a","citizen2":"c","trustScore":"#
        + score + "}]}"
      let reply = try await fixture.api.ask(
        .post, "/v1/graph/relationships", fixture.api.authorization, body: Array(body.utf8))
      #expect(reply.status == 400 || reply.status == 422, "\(reply.text)")
      if reply.status == 422 {
        let message = reply.json["errors"]?.array?.first?["message"]?.string ?? ""
        #expect(message.hasPrefix("relationships[1]: trustScore"), "\(message)")
      }
      #expect(fixture.graph.snapshot.nodeCount == 0)
    }
  }

  /// Names as the wire has them, and as a path has them.
  static let oddNames = [
    ("a/b", "a%2Fb"), ("a%2Fb", "a%252Fb"), ("..", "%2E%2E"), ("?x=1#y", "%3Fx%3D1%23y"), ("Zoë", "Zo%C3%AB"),
    ("Zoe\u{308}", "Zoe%CC%88"), ("\u{202E}rtl", "%E2%80%AErtl"), ("tab\there", "tab%09here"),
    ("'; DROP TABLE citizen; --", "%27%3B%20DROP%20TABLE%20citizen%3B%20--"), ("🜁", "%F0%9F%9C%81"), (" ", "%20"),
  ]

  @Test func `odd names are kept apart, measured and drawn`() async throws {
    try await GraphFixture.run { fixture in
      let rows = Self.oddNames.map { GraphFixture.row($0.0, "anna", 60) }
      #expect(try await fixture.send(rows).json["nodes"] == .integer(Int64(rows.count + 1)))
      for (name, path) in Self.oddNames {
        let measured = try await fixture.api.ask(.get, "/v1/citizens/\(path)/measurement")
        #expect(measured.status == 200, "\(name): \(measured.text)")
        #expect(measured.json["window"] == .integer(Int64(rows.count + 1)))
        let window = try await fixture.api.ask(.get, "/v1/graph/window/\(path)?nodes=1")
        let drawn = window.json["nodes"]?.array?.first?["name"]?.string ?? ""
        #expect(Array(drawn.utf8) == Array(name.utf8))
      }
    }
  }

  @Test func `names that can't be are refused by place`() async throws {
    try await GraphFixture.run { fixture in
      let long = String(repeating: "é", count: 129)
      let reply = try await fixture.send([GraphFixture.row("anna", long, 60), GraphFixture.row("", "anna", 60)])
      #expect(reply.status == 422)
      let messages = reply.json["errors"]?.array?.compactMap { $0["message"]?.string } ?? []
      #expect(messages.first == "relationships[0]: a citizen's name has over 256 bytes")
      #expect(messages.last == "relationships[1]: a citizen's name is empty")
      let surrogate = #"{"relationships":[{"citizen1":"a","citizen2":"\ud800"}]}"#
      let broken = try await fixture.api.ask(
        .post, "/v1/graph/relationships", fixture.api.authorization, body: Array(surrogate.utf8))
      #expect(broken.status == 400)
      let bytes = Array(#"{"relationships":[{"citizen1":"a","citizen2":""#.utf8) + [0xC3, 0x28] + Array(#""}]}"#.utf8)
      let invalid = try await fixture.api.ask(.post, "/v1/graph/relationships", fixture.api.authorization, body: bytes)
      #expect(invalid.status == 400)
      #expect(fixture.graph.snapshot.nodeCount == 0)
    }
  }
}
