import Citizens
import Core
import Decisions
import Hummingbird
import Rulebook
@testable import Server
import Testing
import TrustGraph

/// `POST /v1/graph/interactions`, and how far the graph is kept up.
struct GraphInteractionTests {
  private static func send(_ fixture: GraphFixture, _ body: JSON, isOperator: Bool = true) async throws -> Reply {
    try await fixture.api.ask(
      .post, "/v1/graph/interactions", isOperator ? fixture.api.authorization : [:], body: body.bytes)
  }

  private static func event(_ first: JSON, _ second: JSON, _ change: JSON) -> JSON {
    ["citizen1": first, "citizen2": second, "change": change]
  }

  @Test func `an event moves the trust, and the next measurement sees it`() async throws {
    try await GraphFixture.run { fixture in
      let first = try await Self.send(fixture, Self.event("anna", "bruno", 15))
      #expect(first.status == 200, "\(first.text)")
      #expect(first.json["trust_before"] == .null)
      #expect(first.json["trust"]?.number == 81.28)
      #expect(first.json["snapshot"] == 2 && first.json["generation"] == 1)
      let schemas = try await fixture.api.ask(.get, "/openapi.json").json["components"]?["schemas"]
      let schema = try #require(schemas?["TrustMove"])
      #expect(SchemaCheck(components: schemas ?? .null).faults(first.json, schema).isEmpty)
      let second = try await Self.send(fixture, Self.event("bruno", "anna", .double(-1.5)))
      #expect(second.json["trust_before"]?.number == 81.28)
      let after = try #require(second.json["trust"]?.number)
      #expect(after < 81.28)
      let measured = try await fixture.api.ask(.get, "/v1/citizens/anna/measurement").json
      #expect(measured["median"]?.number == after)
    }
  }

  @Test func `only an operator reports events`() async throws {
    try await GraphFixture.run { fixture in
      let reply = try await Self.send(fixture, Self.event("anna", "bruno", 1), isOperator: false)
      #expect(reply.status == 401)
      #expect(fixture.graph.snapshot.nodeCount == 0)
    }
  }

  static let wrong: [(body: JSON, detail: String)] = [
    (event(7, "b", 1), "citizen1 and citizen2 must be names"), (event("a", .null, 1), "must be names"),
    (event("a", "b", "1"), "change must be a number"), (event("a", "b", .null), "change must be a number"),
    (event("a", "a", 1), "citizen1 and citizen2 are the same"), (event("", "b", 1), "a citizen's name is empty"),
    (["citizen1": "a", "citizen2": "b", "change": 1, "trust": 9], "unknown field 'trust'"),
    ([], "the body must be an object"),
  ]

  @Test(arguments: wrong)
  func `a body that is no event is refused by field`(body: JSON, detail: String) async throws {
    try await GraphFixture.run { fixture in
      let reply = try await Self.send(fixture, body)
      #expect(reply.status == 422)
      #expect(reply.json["code"] == "invalid_input")
      #expect(reply.json["detail"]?.string?.contains(detail) == true, "\(reply.text)")
      #expect(fixture.graph.snapshot.nodeCount == 0)
    }
  }

  @Test func `a number that is none, or too large for one, is refused`() async throws {
    try await GraphFixture.run { fixture in
      for change in ["NaN", "Infinity", "1e999", "0x1", "+1"] {
        let reply = try await fixture.api.ask(
          .post, "/v1/graph/interactions", fixture.api.authorization,
          body: Array(#"{"citizen1":"a","citizen2":"b","change":\#(change)}"#.utf8))
        #expect(reply.status == 400 || reply.status == 422, "\(change)")
      }
      #expect(fixture.graph.snapshot.nodeCount == 0)
      let large = try await Self.send(fixture, Self.event("a", "b", .double(1e300)))
      #expect(large.json["trust"]?.number == 100)
    }
  }

  @Test func `without the rule the route says which one is missing`() async throws {
    var rules = try GraphFixture.shipped()
    rules = .init(files: rules.files.filter { !$0.key.text.hasPrefix("plugins/trust/") })
    try await GraphFixture.run(rules) { fixture in
      let reply = try await Self.send(fixture, Self.event("anna", "bruno", 1))
      #expect(reply.status == 503)
      #expect(reply.json["detail"]?.string?.contains("'trust.update'") == true)
    }
  }

  @Test func `the numbers of a move are the policy's`() async throws {
    let rules = try GraphFixture.shipped([
      "policies/trust.lua": { $0.replacing("sensitivity = 0.1", with: "sensitivity = 0.2") }
    ])
    try await GraphFixture.run(rules) { fixture in
      // f(Δ) = 2/π · atan(0.2 · 5), half of the way.
      let reply = try await Self.send(fixture, Self.event("anna", "bruno", 5))
      #expect(reply.json["trust"]?.number == 75)
    }
  }

  @Test func `the stats tell the last decay and the last import`() async throws {
    try await GraphFixture.run { fixture in
      let before = try await fixture.api.ask(.get, "/v1/graph/stats").json
      #expect(before["decayed_through"] == nil && before["directory_import"] == nil)
      _ = try await fixture.moves.decay(through: 20_240)
      let directory = try #require(ListedCitizens(json: ["citizens": []]))
      _ = try await DirectoryImport(from: directory, into: fixture.graph).run(at: 0)
      let document = try await fixture.api.ask(.get, "/openapi.json").json
      let after = try await fixture.api.ask(.get, "/v1/graph/stats").json
      #expect(after["decayed_through"] == "2025-06-01")
      #expect(after["directory_import"]?["truncated"] == false)
      let schemas = document["components"]?["schemas"] ?? .null
      #expect(SchemaCheck(components: schemas).faults(after, schemas["GraphStats"] ?? .null).isEmpty)
    }
  }
}
