import Core
import Decisions
import Hummingbird
import Rulebook
import Synchronization
import Testing

@testable import Server

struct APIServerTests {
  private let api = APIFixture()

  @Test func `the decisions are listed with their schemas`() async throws {
    let reply = try await api.ask(.get, "/v1/decisions")
    #expect(reply.status == 200)
    #expect(reply.field("content-type") == "application/json")
    #expect(reply.json == ["decisions": [APIExamples.decision.json]])
  }

  @Test func `routes are known, and which of them are asked for, whatever they answer`() async throws {
    let sights = RouteSights()
    #expect(sights.offered.isEmpty)
    let api = APIFixture(sights: sights)
    #expect(sights.offered.contains("GET /v1/decisions/{point}"))
    #expect(sights.take().isEmpty)
    _ = try await api.ask(.get, "/v1/decisions")
    _ = try await api.ask(.get, "/v1/decisions/tier.asign")
    _ = try await api.ask(.post, "/v1/rulebook")
    _ = try await api.ask(.get, "/v1/made/up")
    #expect(sights.take() == ["GET /v1/decisions", "GET /v1/decisions/{point}", "POST /v1/rulebook"])
    #expect(sights.take().isEmpty)
  }

  @Test func `one decision is found by its name`() async throws {
    let reply = try await api.ask(.get, "/v1/decisions/tier.assign")
    #expect(reply.status == 200)
    #expect(reply.json["input"] == APIExamples.decision.input)
    #expect(reply.json["uses"] == ["graph.metrics"])
    #expect(try await api.ask(.get, "/v1/decisions/%74ier%2Eassig%6e").body == reply.body)
  }

  @Test func `an unknown decision is a problem that names it`() async throws {
    let reply = try await api.ask(.get, "/v1/decisions/tier.asign")
    #expect(reply.status == 404)
    #expect(reply.json["code"] == "unknown_decision")
    #expect(reply.json["detail"] == "no plugin offers 'tier.asign'")
  }

  @Test(arguments: ["a%", "a%4", "a%4x", "%zz", "%ff", "%c3%28", "%ed%a0%80"])
  func `a parameter that is no percent-encoded text is a malformed request`(point: String) async throws {
    let reply = try await api.ask(.get, "/v1/decisions/" + point)
    #expect(reply.status == 400)
    #expect(reply.json["code"] == "malformed_request")
  }

  @Test func `the rulebook tells generation, digest, plugins and lanes`() async throws {
    let reply = try await api.ask(.get, "/v1/rulebook")
    #expect(reply.status == 200)
    #expect(
      reply.text
        == #"{"generation":7,"digest":"sha256:\#(String(repeating: "5e", count: 32))","#
        + #""activated_milliseconds":1767225600000,"lanes":2,"#
        + #""plugins":[{"name":"tiers","version":"1.0.0","decisions":["tier.assign"]}],"retained":[6,5],"#
        + #""last_reload":{"successful":true,"problems":[]}}"#)
  }

  @Test func `an operator reloads, and what lies in the body doesn't matter`() async throws {
    let reply = try await api.ask(.post, "/v1/rulebook", api.authorization, body: Array("{\"digest\":".utf8))
    #expect(reply.status == 200)
    #expect(reply.json["generation"] == 8)
    #expect(api.host.state.withLock { $0.reloads } == [true])
  }

  @Test func `specs are left out when the query says so`() async throws {
    #expect(try await api.ask(.post, "/v1/rulebook?specs=false", api.authorization).status == 200)
    #expect(try await api.ask(.post, "/v1/rulebook?specs=true", api.authorization).status == 200)
    #expect(api.host.state.withLock { $0.reloads } == [false, true])
    let reply = try await api.ask(.post, "/v1/rulebook?specs=no", api.authorization)
    #expect(reply.status == 422)
    #expect(reply.json["code"] == "invalid_input")
    #expect(api.host.state.withLock { $0.reloads.count } == 2)
  }

  @Test func `a rulebook that doesn't load is answered with file and line, and the old one serves on`() async throws {
    let second = RulebookError(.loadFailed, message: "two")
    api.host.state.withLock { $0.refusal = [APIExamples.problem, second] }
    let reply = try await api.ask(.post, "/v1/rulebook", api.authorization)
    #expect(reply.status == 422)
    #expect(reply.field("content-type") == "application/problem+json")
    #expect(
      reply.json == [
        "type": "urn:cascade:error:load_failed", "title": "The rulebook could not be loaded", "status": 422,
        "code": "load_failed", "detail": .string(APIExamples.problem.message),
        "errors": [
          [
            "code": "load_failed", "message": .string(APIExamples.problem.message),
            "file": "plugins/tiers/plugin.lua", "line": 3,
          ], ["code": "load_failed", "message": "two"],
        ],
      ])
    let status = try await api.ask(.get, "/v1/rulebook").json
    #expect(status["generation"] == 7)
    #expect(status["last_reload"]?["successful"] == false)
    #expect(try await api.ask(.get, "/health").json["status"] == "degraded")
  }

  @Test func `a reload is answered with what became of the files and what is doubtful in them`() async throws {
    let doubt = RulebookError(.duplicateKey, file: "policies/fees.lua", line: 3, column: 5, "twice")
    api.host.state.withLock { $0.report = ReloadReport(.rollbackEnded, doubts: [doubt]) }
    let reply = try await api.ask(.post, "/v1/rulebook", api.authorization)
    #expect(
      reply.json["reload"] == [
        "outcome": "rollback_ended", "message": .string(ReloadReport(.rollbackEnded).text),
        "doubts": [
          [
            "code": "duplicate_key", "message": "policies/fees.lua:3: twice", "file": "policies/fees.lua", "line": 3,
            "column": 5,
          ]
        ],
      ])
    #expect(try await api.ask(.get, "/v1/rulebook").json["reload"] == nil)
  }

  @Test func `a failed spec is a failed load`() async throws {
    api.host.state.withLock { $0.refusal = [RulebookError(.specFailed, message: "expected 1")] }
    let reply = try await api.ask(.post, "/v1/rulebook", api.authorization)
    #expect(reply.status == 422)
    #expect(reply.json["code"] == "load_failed")
    #expect(reply.json["errors"]?.array?.first?["code"] == "spec_failed")
  }

  @Test func `an operator rolls back until there is nothing to go back to`() async throws {
    #expect(try await api.ask(.post, "/v1/rulebook/rollback", api.authorization).json["generation"] == 8)
    let none = RulebookError(.noEarlierGeneration, message: "there is no earlier generation")
    api.host.state.withLock { $0.refusal = [none] }
    let reply = try await api.ask(.post, "/v1/rulebook/rollback", api.authorization)
    #expect(reply.status == 409)
    #expect(reply.json["code"] == "nothing_to_roll_back")
    #expect(api.host.state.withLock { $0.rollbacks } == 2)
  }

  @Test func `a generation that no longer loads is no conflict`() async throws {
    api.host.state.withLock { $0.refusal = [APIExamples.problem] }
    #expect(try await api.ask(.post, "/v1/rulebook/rollback", api.authorization).status == 422)
  }

  @Test(arguments: ["/v1/rulebook", "/v1/rulebook/rollback"])
  func `nobody but an operator changes the rulebook`(path: String) async throws {
    let none = try await api.ask(.post, path)
    #expect(none.status == 401)
    #expect(none.json["code"] == "unauthorized")
    #expect(none.field("www-authenticate") == #"Bearer realm="cascade""#)
    let secret = api.token.secret
    for wrong in ["Bearer \(secret)x", "Bearer", "Bearer ", "Basic \(secret)", secret, "Bearer  \(secret)", ""] {
      let reply = try await api.ask(.post, path, ["authorization": wrong])
      #expect(reply.status == 401, "\(wrong)")
      let isInvalid = reply.field("www-authenticate")?.contains("invalid_token") ?? false
      // White space at a field's end isn't part of it, so "Bearer " has no token that could be invalid.
      #expect(isInvalid == (wrong.hasPrefix("Bearer ") && wrong != "Bearer "))
      #expect(!reply.text.contains(secret))
    }
    #expect(api.host.state.withLock { $0.reloads.count + $0.rollbacks } == 0)
    #expect(try await api.ask(.post, path, ["authorization": "bearer \(secret)"]).status == 200)
  }

  @Test func `health tells apart alive, ready and well`() async throws {
    #expect(try await api.ask(.get, "/health/live").json == ["status": "live"])
    #expect(try await api.ask(.get, "/health/ready").json == ["status": "ready"])
    let health = try await api.ask(.get, "/health").json
    #expect(health["status"] == "ok")
    #expect(health["version"] == "1.2.3")
    api.host.state.withLock { $0.isReady = false }
    #expect(try await api.ask(.get, "/health/live").status == 200)
    let unready = try await api.ask(.get, "/health/ready")
    #expect(unready.status == 503)
    #expect(unready.json["code"] == "unavailable")
    #expect(unready.json["detail"] == "decision records can't be written")
    #expect(unready.field("retry-after") == "1")
    #expect(try await api.ask(.get, "/health").json["status"] == "unavailable")
  }

  @Test func `metrics are Prometheus text`() async throws {
    let reply = try await api.ask(.get, "/metrics")
    #expect(reply.status == 200)
    #expect(reply.field("content-type") == "text/plain; version=0.0.4; charset=utf-8")
    #expect(reply.text == "cascade_rulebook_generation 7\n")
  }
}
