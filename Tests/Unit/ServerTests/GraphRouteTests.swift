import Citizens
import Core
import Decisions
import Hummingbird
@testable import Server
import Testing
import TrustGraph

/// `/v1/graph`.
struct GraphRouteTests {
  @Test func `stats tell what the graph is like, and each change makes the next snapshot`() async throws {
    try await GraphFixture.run { fixture in
      let empty = try await fixture.api.ask(.get, "/v1/graph/stats").json
      #expect(empty["nodes"] == 0)
      #expect(empty["median"] == nil)
      let sent = try await fixture.send([
        GraphFixture.row("anna", "bruno", 40), GraphFixture.row("bruno", "chiara", 60),
        GraphFixture.row("chiara", "anna", 70), GraphFixture.row("dora", "dora", 10),
      ])
      #expect(sent.json == ["taken": 4, "loops": 1, "first_loop": 3, "nodes": 4, "edges": 3, "snapshot": 2])
      let stats = try await fixture.api.ask(.get, "/v1/graph/stats").json
      #expect(stats["triangles"] == 1)
      #expect(stats["isolated"] == 1)
      #expect(stats["median"]?.number == 60)
      #expect(stats["snapshot"] == 2)
      // The same rows again change nothing.
      #expect(try await fixture.send([GraphFixture.row("bruno", "anna", 40)]).json["snapshot"] == 2)
      #expect(try await fixture.api.ask(.get, "/v1/graph/stats?neutral=x").status == 422)
    }
  }

  @Test func `a window has the nearest first and what stands between them`() async throws {
    try await GraphFixture.run { fixture in
      _ = try await fixture.send([
        GraphFixture.row("anna", "bruno", 40), GraphFixture.row("anna", "chiara", 60),
        GraphFixture.row("chiara", "bruno", 70), GraphFixture.row("bruno", "dora", 10),
      ])
      let window = try await fixture.api.ask(.get, "/v1/graph/window/anna?nodes=3").json
      #expect(window["nodes"]?.array?.map { $0["name"] } == ["anna", "chiara", "bruno"])
      #expect(window["nodes"]?.array?.map { $0["degree"] } == [2, 2, 3])
      #expect(window["edges"]?.array?.map { $0["trust"]?.number } == [60, 40, 70])
      #expect(window["edges"]?.array?.last?["target"] == 2)
      #expect(try await fixture.api.ask(.get, "/v1/graph/window/anna").json["nodes"]?.array?.count == 4)
      #expect(try await fixture.api.ask(.get, "/v1/graph/window/nobody").json["code"] == "unknown_citizen")
      for wrong in ["0", "257", "x"] {
        let reply = try await fixture.api.ask(.get, "/v1/graph/window/anna?nodes=\(wrong)")
        #expect(reply.status == 422)
        #expect(reply.json["code"] == "invalid_input")
      }
    }
  }

  @Test func `rows that can't be taken are named by place and field, and none is taken`() async throws {
    try await GraphFixture.run { fixture in
      let rows: [JSON] = [
        GraphFixture.row("anna", "bruno", 40), GraphFixture.row("anna", "", 40), GraphFixture.row("anna", "b", 100.5),
        ["citizen1": "anna", "citizen2": "b", "trust": 1], ["citizen1": "anna"], 7,
        ["citizen1": "anna", "citizen2": "b", "strengthScore": "much"],
      ]
      let reply = try await fixture.send(rows)
      #expect(reply.status == 422)
      #expect(reply.json["code"] == "invalid_input")
      let messages = reply.json["errors"]?.array?.compactMap { $0["message"]?.string } ?? []
      #expect(messages.count == 6)
      #expect(messages.first?.hasPrefix("relationships[1]: ") == true)
      #expect(messages.contains("relationships[2]: trustScore must be a number from 0 to 100"))
      #expect(messages.contains("relationships[3]: unknown field 'trust'"))
      #expect(messages.contains("relationships[4]: citizen2 must be a name"))
      #expect(messages.contains("relationships[6]: strengthScore must be a number from 0 to 100"))
      #expect(fixture.graph.snapshot.nodeCount == 0)
    }
  }

  @Test func `only an operator adds relationships, and only so many at once`() async throws {
    var limits = APILimits()
    limits.bodyBytes = 4096
    try await GraphFixture.run(limits: limits) { fixture in
      let body = (["relationships": []] as JSON).bytes
      #expect(try await fixture.api.ask(.post, "/v1/graph/relationships", body: body).status == 401)
      let many = try await fixture.send((0..<200).map { GraphFixture.row("anna", "c\($0)", 1) })
      #expect(many.status == 413)
      #expect(try await fixture.api.ask(.post, "/v1/graph/relationships", fixture.api.authorization).status == 400)
    }
  }

  @Test func `an operator takes the whole graph as GraphML, GEXF or CSV`() async throws {
    try await GraphFixture.run { fixture in
      _ = try await fixture.send([GraphFixture.row("anna", "b,c", 40)])
      #expect(try await fixture.api.ask(.get, "/v1/graph/export.csv").status == 401)
      for (format, type) in [
        ("graphml", "application/graphml+xml"), ("gexf", "application/gexf+xml"), ("csv", "text/csv; charset=utf-8"),
      ] {
        let reply = try await fixture.api.ask(.get, "/v1/graph/export.\(format)", fixture.api.authorization)
        #expect(reply.status == 200)
        #expect(reply.field("content-type") == type)
        let expected = try #require(GraphExport.Format(rawValue: format))
        #expect(reply.text == GraphExport(fixture.graph.snapshot, as: expected).text)
      }
    }
  }

  @Test func `each example of the graph's routes fits its schema`() async throws {
    try await GraphFixture.run { fixture in
      let document = try await fixture.api.ask(.get, "/openapi.json").json
      let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
      let endpoints = fixture.api.server.endpoints.filter { $0.path.contains("graph") || $0.path.contains("citizens") }
      #expect(endpoints.count >= 7)
      for endpoint in endpoints {
        #expect(check.faults(endpoint.answer.example, endpoint.answer.schema).isEmpty, "\(endpoint.path)")
        if let body = endpoint.body { #expect(check.faults(body.example, body.schema).isEmpty, "\(endpoint.path)") }
      }
    }
  }
}
