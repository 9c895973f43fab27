import Core
import Decisions
import NIOCore
@testable import Server
import Testing

struct AuthenticationRateTests {
  @Test func `one customer is one address, or half of an IPv6 address`() throws {
    func key(_ text: String) throws -> String {
      ClientAddress(try SocketAddress(ipAddress: text, port: 1)).customer
    }
    #expect(try key("192.0.2.1") == "192.0.2.1")
    #expect(try key("192.0.2.1") != key("192.0.2.2"))
    #expect(try key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9"))
    #expect(try key("2001:db8:1:2::1") != key("2001:db8:1:3::1"))
    #expect(try key("::ffff:192.0.2.1") == "192.0.2.1")
    #expect(ClientAddress(nil).customer == "unknown")
    #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/run/x")).customer == "unix")
  }

  @Test func `strangers slow a name down, but its owner at another address still gets in`() async throws {
    let start = ContinuousClock.now
    let rates = AuthenticationRates(
      AuthenticationRateLimits(), limiter: MemoryRateLimiter(limit: AuthenticationRateLimits.held, now: { start }))
    var refused = 0
    // Far more than the name's rate, from many addresses.
    for number in 0..<5_000 {
      let client = ClientAddress(try SocketAddress(ipAddress: "198.51.\(number % 100).\(number % 7)", port: 1))
      do { try await rates.check(client, name: "alice") } catch { refused += 1 }
    }
    #expect(refused > 4_000 - 4 * 700)
    let home = ClientAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
    for _ in 0..<2 { try await rates.check(home, name: "alice") }
    try await rates.check(home, name: "bob")
  }

  @Test func `one address may try so often, then 429 says when again`() async throws {
    let fixture = try AuthenticationFixture(ChangingDirectory())
    for number in 0..<60 {
      #expect(try await fixture.post("challenge", ["username": .string("c\(number)")]).status == 200)
    }
    let refused = try await fixture.post("challenge", ["username": "alice"])
    #expect(refused.status == 429 && refused.json["code"] == "too_many_requests")
    #expect(refused.field("retry-after") == "1")
    #expect(refused.field("ratelimit-limit") == "60" && refused.field("ratelimit-remaining") == "0")
    #expect(refused.field("ratelimit-reset") == "1")
    #expect(try await fixture.post("token", ["username": "a", "nonce": "b", "signature": "c"]).status == 429)
    #expect(try await fixture.post("refresh", ["refresh_token": "a"]).status == 429)
    fixture.advance(.seconds(1))
    #expect(try await fixture.post("challenge", ["username": "alice"]).status == 200)
    #expect(try await fixture.post("challenge", ["username": "alice"]).status == 429)
  }
}
