import Core
import Cryptography
import Hummingbird
@testable import Server
import Testing
import Tokens

struct WellKnownTests {
  private let fixture: AuthenticationFixture

  init() throws { fixture = try AuthenticationFixture(ChangingDirectory()) }

  @Test func `the key set has public members only, and may be kept`() async throws {
    let reply = try await fixture.api.ask(.get, "/.well-known/jwks.json")
    #expect(reply.status == 200)
    #expect(reply.field("content-type") == "application/jwk-set+json")
    #expect(reply.field("cache-control") == "public, max-age=300")
    #expect(reply.field("x-content-type-options") == "nosniff")
    let keys = try #require(reply.json["keys"]?.array)
    #expect(keys.map { Set($0.object?.members.map(\.name) ?? []) } == [["crv", "kty", "x", "y", "alg", "kid", "use"]])
    #expect(try JSONWebKeySet(parsing: reply.body).keys.map(\.identifier) == [fixture.issuer.activeKey().identifier])
  }

  @Test(arguments: ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"])
  func `whoever has it is told so, without it`(path: String) async throws {
    let tag = try #require(try await fixture.api.ask(.get, path).field("etag"))
    for field in [tag, "W/" + tag, "\"x\", " + tag, "*"] {
      let reply = try await fixture.api.ask(.get, path, ["if-none-match": field])
      #expect(reply.status == 304, "\(field)")
      #expect(reply.body.isEmpty)
      #expect(reply.field("etag") == tag)
      #expect(reply.field("cache-control") == "public, max-age=300")
    }
    #expect(try await fixture.api.ask(.get, path, ["if-none-match": "\"x\""]).status == 200)
    #expect(try await fixture.api.ask(.head, path).field("etag") == tag)
  }

  @Test func `the metadata names the issuer, and only what there is`() async throws {
    let json = try await fixture.api.ask(.get, "/.well-known/oauth-authorization-server").json
    #expect(json["issuer"]?.string == AuthenticationFixture.issuer)
    let paths = Set(fixture.api.server.endpoints.map(\.path))
    for name in ["token_endpoint", "jwks_uri"] {
      let address = try #require(json[name]?.string)
      #expect(address.hasPrefix(AuthenticationFixture.issuer + "/"))
      #expect(paths.contains(String(address.dropFirst(AuthenticationFixture.issuer.count))))
    }
  }

  @Test func `everything else is not kept, a citizen's routes say what they read`() async throws {
    #expect(try await fixture.api.ask(.get, "/v1/auth/me").field("cache-control") == "no-store")
    let paths = try await fixture.api.ask(.get, "/openapi.json").json["paths"]
    #expect(paths?["/v1/auth/me"]?["get"]?["security"] == [["citizen": []]])
    #expect(paths?["/v1/auth/logout"]?["post"]?["security"] == [["citizen": []], [:]])
    #expect(paths?["/.well-known/jwks.json"]?["get"]?["responses"]?["304"] != nil)
    #expect(paths?["/v1/rulebook"]?["post"]?["security"] == [["operator": []]])
  }
}
