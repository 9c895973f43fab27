@testable import Console
import Core
import Cryptography
import Decisions
import Foundation
import Hummingbird
@testable import Server
import Synchronization
import Testing
import Tokens

struct ConsoleTests {
  private final class Time: Sendable {
    let instant = Mutex(ContinuousClock.now)
  }

  private let time = Time()
  private let access: ConsoleAccess
  private let api: APIFixture

  init() throws {
    let time = self.time
    access = ConsoleAccess(
      TokenMinter(try OperatorFixture.issuer.get()),
      codes: MemoryExpiringStore(now: { time.instant.withLock { $0 } }))
    let token = OperatorFixture()
    let other = Endpoint(
      .get, "/v1/other", name: "getOther", summary: "What no page asks for", needsOperator: true,
      answer: .init("It", schema: ["type": "object"], example: [:])
    ) { _, _ in Response(json: [:]) }
    api = APIFixture(token: token, endpoints: Endpoint.console(access, operators: token.guarding) + [other])
  }

  private func open(_ body: JSON, _ fields: [String: String] = [:]) async throws -> Reply {
    try await api.ask(.post, "/v1/console/session", fields, body: body.bytes)
  }

  /// The fields of a request with the session of this answer.
  private func session(_ reply: Reply) throws -> [String: String] {
    let page = try #require(reply.json["session"]?.string)
    let cookie = try #require(reply.field("set-cookie")?.firstMatch(of: /^(__Host-)?cascade=[^;]+/))
    return ["x-cascade-session": page, "cookie": String(cookie.output.0)]
  }

  @Test func `a code opens a session once`() async throws {
    #expect(try await open(["code": "x"]).status == 401, "there is no code yet")
    let code = try await access.makeCode()
    #expect(Base64URL.bytes(code)?.count == 32)
    let wrong = (code.hasPrefix("A") ? "B" : "A") + code.dropFirst()
    for other in [wrong, code + "A", String(code.dropLast())] {
      let reply = try await open(["code": .string(other)])
      #expect(reply.status == 401 && reply.json["code"] == "unauthorized")
    }
    let reply = try await open(["code": .string(code)])
    #expect(reply.status == 200, "\(reply.text)")
    #expect(reply.json["expires_in"] == 28_800)
    #expect(reply.field("cache-control") == "no-store")
    #expect(try await api.ask(.post, "/v1/rulebook", try session(reply)).status == 200)
    #expect(try await open(["code": .string(code)]).status == 401)
    #expect(try await access.makeCode() != code)
  }

  @Test func `a code is over after five minutes, or with the next one`() async throws {
    let late = try await access.makeCode()
    time.instant.withLock { $0 += .seconds(300) }
    #expect(try await open(["code": .string(late)]).status == 401)
    let replaced = try await access.makeCode()
    let code = try await access.makeCode()
    #expect(try await open(["code": .string(replaced)]).status == 401)
    time.instant.withLock { $0 += .seconds(299) }
    #expect(try await open(["code": .string(code)]).status == 200)
  }

  @Test func `two who have the code get one token`() async throws {
    let code = try await access.makeCode()
    let count = try await withThrowingTaskGroup(of: Bool.self) { [access] group in
      for _ in 0..<8 { group.addTask { try await access.redeem(code) != nil } }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(count == 1)
  }

  @Test(arguments: [
    "", "[]", "{}", "{\"code\":1}", "{\"code\":\"\"}", "{\"code\":\"\(String(repeating: "A", count: 129))\"}",
  ])
  func `what is no code is said to be none`(body: String) async throws {
    _ = try await access.makeCode()
    let status = try await api.ask(.post, "/v1/console/session", body: Array(body.utf8)).status
    #expect(status == (body.isEmpty ? 400 : 422))
  }

  @Test func `a foreign page can't open the console`() async throws {
    let body: JSON = ["code": .string(try await access.makeCode())]
    #expect(try await open(body, ["origin": "http://evil.example"]).status == 403)
    #expect(try await open(body).status == 200)
  }

  @Test func `an operator's token opens a session that ends with the token`() async throws {
    #expect(try await open([:], ["authorization": "Bearer x"]).status == 401)
    let short = try OperatorFixture.token(.operator, lifetimeSeconds: 60)
    let reply = try await open([:], ["authorization": "Bearer " + short.text])
    #expect(reply.status == 200 && (1...60).contains(reply.json["expires_in"]?.integer ?? 0))
    let fields = try session(reply)
    #expect(try await api.ask(.post, "/v1/rulebook", fields).status == 200)
    api.token.revoked.revoke(short.identity, expiry: 0)
    #expect(try await api.ask(.post, "/v1/rulebook", fields).status == 401)
    let citizen = try OperatorFixture.token(.access)
    #expect(try await open([:], ["authorization": "Bearer " + citizen.text]).status != 200)
  }

  @Test func `neither half of a session is worth anything alone`() async throws {
    let reply = try await open(["code": .string(try await access.makeCode())])
    let both = try session(reply)
    let (page, cookie) = (try #require(both["x-cascade-session"]), try #require(both["cookie"]))
    #expect(!reply.text.contains("eyJ"), "the token is in neither half")
    let other = try session(try await open(["code": .string(try await access.makeCode())]))
    let wrong: [[String: String]] = [
      ["cookie": cookie], ["x-cascade-session": page], ["x-cascade-session": page, "cookie": "cascade="],
      ["x-cascade-session": page, "cookie": try #require(other["cookie"])],
      ["x-cascade-session": "", "cookie": cookie], ["authorization": "Bearer " + page],
      ["authorization": "Bearer " + page, "cookie": cookie], both.merging(api.authorization) { first, _ in first },
    ]
    for fields in wrong {
      let status = try await api.ask(.post, "/v1/rulebook", fields).status
      #expect(status == 401 || status == 400, "\(fields.keys)")
    }
    #expect(api.host.state.withLock { $0.reloads.isEmpty })
    // The cookie of another port's console may come along.
    let among = ["x-cascade-session": page, "cookie": "a=b; \(try #require(other["cookie"])); \(cookie)"]
    #expect(try await api.ask(.post, "/v1/rulebook", among).status == 200)
  }

  @Test func `a session is taken on the console's routes only`() async throws {
    let fields = try session(try await open(["code": .string(try await access.makeCode())]))
    #expect(try await api.ask(.get, "/v1/rulebook", fields).status == 200)
    #expect(try await api.ask(.post, "/v1/rulebook/rollback", fields).status == 200)
    #expect(try await api.ask(.get, "/v1/other", fields).status == 401)
    #expect(try await api.ask(.get, "/v1/other", api.authorization).status == 200)
    #expect(try await api.ask(.get, "/health", fields).status == 200, "what is everybody's is the console's, too")
    #expect(try await api.ask(.get, "/nothing", fields).status == 404)
    let names = Set(api.server.endpoints.map(\.name))
    #expect(ConsoleRoutes.names.isSuperset(of: ["reloadRulebook", "closeConsole"]) && names.contains("closeConsole"))
  }

  @Test func `the cookie is out of scripts' reach, stays on this site and is bound to the host over HTTPS`()
    async throws
  {
    let plain = try await open(["code": .string(try await access.makeCode())])
    #expect(
      plain.field("set-cookie")?.contains(
        /^cascade=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/) == true)
    #expect(ConsoleCookie.isSecure(origin: "https://cascade.example", authority: "cascade.example") == true)
    #expect(ConsoleCookie.isSecure(origin: "http://cascade.example", authority: "cascade.example") == nil)
    #expect(ConsoleCookie.isSecure(origin: nil, authority: "127.0.0.1:8080") == false)
    #expect(
      ConsoleCookie.field("x", seconds: 9, isSecure: true)
        == "__Host-cascade=x; Path=/; Max-Age=9; HttpOnly; SameSite=Strict; Secure")
    let closed = try await api.ask(.delete, "/v1/console/session", try session(plain))
    #expect(closed.status == 200 && closed.field("set-cookie")?.hasPrefix("cascade=; Path=/; Max-Age=0;") == true)
  }

  @Test func `each page and file loads from this port alone, and no text becomes markup`() async throws {
    for path in ["/console"] + ConsoleFiles.pages.map({ "/console/" + $0 }) + ["/console?id=1"] {
      let reply = try await api.ask(.get, path)
      #expect(reply.status == 200 && reply.field("content-type") == "text/html; charset=utf-8", "\(path)")
      #expect(reply.field("referrer-policy") == "no-referrer" && reply.field("x-content-type-options") == "nosniff")
      let policy = try #require(reply.field("content-security-policy"))
      #expect(
        policy
          == "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; "
          + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
          + "trusted-types 'none'")
      let page = reply.text
      for word in ["http://", "https://", "<style", " style="] { #expect(!page.contains(word), "\(path): \(word)") }
      #expect(
        page.matches(of: #/ on[a-z]+=/#).isEmpty && page.matches(of: /<script(?! type="module" src=| src=)/).isEmpty)
    }
    for name in ConsoleFiles.names where !name.hasSuffix(".html") {
      let reply = try await api.ask(.get, "/console/assets/" + name)
      #expect(reply.status == 200 && !reply.body.isEmpty && reply.field("content-security-policy") != nil, "\(name)")
      let known = ["if-none-match": try #require(reply.field("etag"))]
      #expect(try await api.ask(.get, "/console/assets/" + name, known).status == 304)
    }
    for path in ["/console/nothing", "/console/now.html", "/console/assets/now.html", "/console/assets/..%2fnow.js"] {
      #expect(try await api.ask(.get, path).status == 404, "\(path)")
    }
  }

  @Test func `each page has its title, what it is for and its own part in the frame of all`() throws {
    for name in ConsoleFiles.pages {
      let page = String(decoding: try #require(ConsoleFiles.file(name + ".html")).bytes, as: UTF8.self)
      let title = name.prefix(1).uppercased() + name.dropFirst()
      #expect(page.hasPrefix("<!doctype html>\n") && page.hasSuffix("</html>\n"), "\(name)")
      for part in [
        "<title>\(title) · Cascade</title>", "<h1>\(title)</h1>", "/console/assets/\(name).js", "<p class=\"purpose\">",
        "<main id=\"main\"", "<section", "</noscript>",
      ] { #expect(page.components(separatedBy: part).count >= 2, "\(name): \(part)") }
      #expect(!page.contains("{") && page.components(separatedBy: "<main").count == 2, "\(name)")
    }
    #expect(ConsoleFiles.file("frame.html") == nil)
  }

  @Test func `a page that lacks a part is none, nor is one in a frame with a place that it doesn't fill`() {
    let page = ConsolePage("Now\nWhat is.\n<script>\n<link>\n\n  a\n\n  b\n")
    #expect(page?.filled(into: "{title}|{purpose}|{files}|{main}.") == "Now|What is.|<script>\n<link>|  a\n\n  b.")
    #expect(page?.filled(into: "{title} {title}") == "Now Now" && page?.filled(into: "") == "")
    for frame in ["{name}", "{title", "{}"] { #expect(page?.filled(into: frame) == nil, "\(frame)") }
    for text in ["", "Now", "Now\nWhat is.\n\n  a\n", "Now\nWhat is.\n<script>\n  a\n", "Now\nIs.\n<link>\n\n  a"] {
      #expect(ConsolePage(text) == nil, "\(text)")
    }
  }

  @Test func `our own scripts make no markup of text and keep no token`() throws {
    let libraries = /^(codemirror|d3-|diff-library)/
    for name in ConsoleFiles.names where name.hasSuffix(".js") && !name.contains(libraries) {
      let text = String(decoding: try #require(ConsoleFiles.file(name)).bytes, as: UTF8.self)
      for word in [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "localStorage", "eval(", "Function(",
      ] { #expect(!text.contains(word), "\(name): \(word)") }
    }
  }

  @Test func `nothing of the folder that it was built in is in a file of the console`() {
    for name in ConsoleFiles.names {
      #expect(!(ConsoleFiles.file(name)?.mediaType.isEmpty ?? true), "\(name)")
    }
    #expect(ConsoleFiles.file("now") == nil && ConsoleFiles.file("") == nil)
  }
}
