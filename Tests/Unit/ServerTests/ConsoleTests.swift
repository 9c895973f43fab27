@testable import Console
import Core
import Cryptography
import Decisions
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
    api = APIFixture(endpoints: Endpoint.console(access))
  }

  private func open(_ body: JSON) async throws -> Reply {
    try await api.ask(.post, "/v1/console/session", body: body.bytes)
  }

  @Test func `a code gives an operator's token once`() async throws {
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
    #expect(reply.json["token_type"] == "Bearer" && reply.json["expires_in"] == 28_800)
    #expect(reply.field("cache-control") == "no-store")
    let token = try #require(reply.json["access_token"]?.string)
    let fields = ["authorization": "Bearer " + token]
    #expect(try await api.ask(.post, "/v1/rulebook", fields).status == 200)
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
    let reply = try await api.ask(
      .post, "/v1/console/session", ["origin": "http://evil.example"], body: body.bytes)
    #expect(reply.status == 403)
    #expect(try await open(body).status == 200)
  }

  @Test func `the page loads nothing, and runs only what its policy has the hash of`() async throws {
    let reply = try await api.ask(.get, "/console")
    #expect(reply.status == 200)
    #expect(reply.field("content-type") == "text/html; charset=utf-8")
    #expect(reply.field("cache-control") == "no-store")
    #expect(reply.field("referrer-policy") == "no-referrer")
    let policy = try #require(reply.field("content-security-policy"))
    #expect(policy.hasPrefix("default-src 'none'; connect-src 'self'; "))
    #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
    #expect(policy.matches(of: /'sha256-[A-Za-z0-9+\/]{43}='/).count == 2)
    let page = reply.text
    for word in ["http://", "https://", "src=", "href=", "innerHTML", "localStorage", "sessionStorage", "eval("] {
      #expect(!page.contains(word), "\(word)")
    }
    // By hash, neither attributes with scripts nor those with styles work.
    #expect(page.matches(of: #/ (on[a-z]+|style)=/#).isEmpty)
    #expect(page.matches(of: /<script>/).count == 1 && page.matches(of: /<style>/).count == 1)
  }
}
