import Core
import Hummingbird
@testable import Server
import Synchronization
import Testing

struct APIRefusalTests {
  private let api = APIFixture()

  @Test(arguments: ["/", "/v1", "/v1/nothing", "/v1/decisions/a/b", "/v2/rulebook", "/health/alive"])
  func `an unknown path is a problem`(path: String) async throws {
    let reply = try await api.ask(.get, path)
    #expect(reply.status == 404)
    #expect(reply.field("content-type") == "application/problem+json")
    #expect(reply.json["code"] == "not_found")
    #expect(reply.json["status"] == 404)
  }

  @Test func `a known path with a wrong method says which are right`() async throws {
    for (path, allowed) in [
      ("/v1/rulebook", "GET, HEAD, POST"), ("/v1/rulebook/rollback", "POST"), ("/v1/decisions/x.y", "GET, HEAD"),
      ("/openapi.json", "GET, HEAD"),
    ] {
      for method: HTTPRequest.Method in [.delete, .put, .patch, .options] {
        let reply = try await api.ask(method, path)
        #expect(reply.status == 405)
        #expect(reply.field("allow") == allowed)
        #expect(reply.json["code"] == "method_not_allowed")
      }
    }
    #expect(try await api.ask(.get, "/v1/rulebook/rollback").status == 405)
  }

  @Test func `HEAD has the fields of GET and no body`() async throws {
    let whole = try await api.ask(.get, "/v1/rulebook")
    for path in ["/v1/rulebook", "/nothing", "/v1/rulebook/rollback"] {
      let reply = try await api.ask(.head, path)
      #expect(reply.body.isEmpty)
      if path == "/v1/rulebook" {
        #expect(reply.status == 200)
        #expect(reply.field("content-length") == "\(whole.body.count)")
      }
    }
  }

  @Test func `foreign origins are refused on every path, before anything happens`() async throws {
    for path in ["/v1/rulebook", "/v1/rulebook/rollback", "/nothing"] {
      for origin in ["http://evil.example", "null", "http://localhost:1"] {
        let reply = try await api.ask(.post, path, api.authorization.merging(["origin": origin]) { $1 })
        #expect(reply.status == 403)
        #expect(reply.json["code"] == "forbidden")
      }
    }
    #expect(api.host.state.withLock { $0.reloads.count + $0.rollbacks } == 0)
    let own = api.authorization.merging(["origin": "http://localhost"]) { $1 }
    #expect(try await api.ask(.post, "/v1/rulebook", own).status == 200)
  }

  @Test func `a body at the limit is taken, one byte more is not`() async throws {
    // Reading the rulebook anew takes a whole rule from the console's editor, going back takes nothing.
    for (path, limit) in [("/v1/rulebook", DraftBody.bytes), ("/v1/rulebook/rollback", APILimits().bodyBytes)] {
      let fits = [UInt8](repeating: 0x20, count: limit)
      #expect(try await api.ask(.post, path, api.authorization, body: fits).status == 200)
      let reply = try await api.ask(.post, path, api.authorization, body: fits + [0x20])
      #expect(reply.status == 413)
      #expect(reply.json["code"] == "body_too_large")
    }
    #expect(api.host.state.withLock { $0.reloads.count } == 1)
    #expect(api.host.state.withLock { $0.rollbacks } == 1)
  }

  @Test func `where anybody may ask, a body has a smaller limit`() async throws {
    let (most, whole) = (APILimits().publicBodyBytes, APILimits().bodyBytes)
    #expect(most < whole)
    let answer = Endpoint.Answer("", schema: true, example: true)
    let open = Endpoint(.post, "/open/{name}", name: "open", summary: "", answer: answer) { request, _ in
      Response(json: .integer(Int64(try await request.body.collect(upTo: .max).readableBytes)))
    }
    var own = Endpoint(.post, "/own", name: "own", summary: "", answer: answer, handler: open.handler)
    own.bodyBytes = whole
    let api = APIFixture(endpoints: [open, own])
    let fits = [UInt8](repeating: 0x20, count: most)
    #expect(try await api.ask(.post, "/open/a", body: fits).json == .integer(Int64(most)))
    let reply = try await api.ask(.post, "/open/a", body: fits + [0x20])
    #expect(reply.status == 413 && reply.json["detail"] == "the body is over 65536 bytes", "\(reply.text)")
    #expect(try await api.ask(.post, "/own", body: fits + fits).status == 200)
    #expect(try await api.ask(.post, "/nothing", body: fits + [0x20]).status == 413)
    #expect(try await api.ask(.post, "/v1/rulebook", api.authorization, body: fits + fits).status == 200)
  }

  @Test func `every answer forbids guessing and keeping`() async throws {
    for path in ["/v1/rulebook", "/nothing", "/metrics"] {
      let reply = try await api.ask(.get, path)
      #expect(reply.field("x-content-type-options") == "nosniff")
      #expect(reply.field("cache-control") == "no-store")
    }
  }

  @Test func `what went wrong inside stays inside`() async throws {
    struct Leak: Error { var secret = "hunter2" }
    let broken = Endpoint(
      .get, "/broken", name: "broken", summary: "", answer: Endpoint.Answer("", schema: true, example: true)
    ) { _, _ in throw Leak() }
    let reply = try await APIFixture(endpoints: [broken]).ask(.get, "/broken")
    #expect(reply.status == 500)
    #expect(reply.json["code"] == "internal")
    #expect(!reply.text.contains("hunter2"))
  }
}
