import Core
import Decisions
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import Server

struct TrustedProxiesTests {
  private static let trusted = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]

  /// Whose request it is, when `peer` connects and sends these lines.
  private func client(
    of peer: String, _ lines: [String], trusting: [String] = trusted, field: TrustedProxies.Field = .forwardedFor
  ) throws -> String {
    let proxies = try #require(TrustedProxies(trusting, field: field))
    let peer = peer == "unix" ? ClientAddress.unix : ClientAddress(try SocketAddress(ipAddress: peer, port: 1))
    return proxies.client(of: peer, lines).text
  }

  @Test(arguments: [
    // Who connects from elsewhere is the client, whatever is said.
    ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
    ("198.51.100.1", ["203.0.113.9, 10.1.1.1"], "198.51.100.1"),
    ("10.1.1.1", [], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9"], "203.0.113.9"),
    ("::ffff:10.1.1.1", ["203.0.113.9"], "203.0.113.9"),
    ("2001:db8::1", ["203.0.113.9"], "203.0.113.9"),
    ("192.0.2.7", ["203.0.113.9"], "203.0.113.9"),
    ("192.0.2.8", ["203.0.113.9"], "192.0.2.8"),
    // What a client wrote stands further left and is never reached.
    ("10.1.1.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
    ("10.1.1.1", ["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
    ("10.1.1.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
    ("10.1.1.1", ["\"", "203.0.113.9"], "203.0.113.9"),
    ("10.1.1.1", ["\", 1.1.1.1, 203.0.113.9"], "203.0.113.9"),
    // Several proxies, one behind the other.
    ("10.1.1.1", ["1.1.1.1, 203.0.113.9, 10.2.2.2"], "203.0.113.9"),
    ("10.1.1.1", ["1.1.1.1, 203.0.113.9, 192.0.2.7 ,\t10.2.2.2 "], "203.0.113.9"),
    ("10.1.1.1", ["203.0.113.9", "10.3.3.3,2001:db8:7::1"], "203.0.113.9"),
    // All are proxies: the first of them asks for itself.
    ("10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
    // What can't be read ends the walk at the last good address.
    ("10.1.1.1", [""], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9,"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, unknown"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, proxy.example, 10.2.2.2"], "10.2.2.2"),
    ("10.1.1.1", ["203.0.113.9, 10.2.2.2 10.4.4.4"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, 0x0a.1.1.1"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, 10.1"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, 010.1.1.1"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, fe80::1%eth0"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9, 1.2.3.4\u{0}"], "10.1.1.1"),
    // The forms of one address.
    ("10.1.1.1", ["203.0.113.9:4711"], "203.0.113.9"),
    ("10.1.1.1", ["2001:DB9::1"], "2001:db9::1"),
    ("10.1.1.1", ["[2001:db9::1]"], "2001:db9::1"),
    ("10.1.1.1", ["[2001:db9::1]:4711"], "2001:db9::1"),
    ("10.1.1.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
    ("10.1.1.1", ["203.0.113.9, ::ffff:10.2.2.2"], "203.0.113.9"),
    ("10.1.1.1", ["[203.0.113.9]"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9:x"], "10.1.1.1"),
    ("10.1.1.1", ["for=203.0.113.9"], "10.1.1.1"),
  ])
  func `the client is the right-most address that is no trusted proxy's`(
    peer: String, lines: [String], expected: String
  ) throws {
    #expect(try client(of: peer, lines) == expected)
  }

  @Test(arguments: [
    ("10.1.1.1", ["for=203.0.113.9"], "203.0.113.9"),
    ("198.51.100.1", ["for=203.0.113.9"], "198.51.100.1"),
    ("10.1.1.1", ["proto=https; For = \"203.0.113.9\""], "10.1.1.1"),
    ("10.1.1.1", ["proto=https;FOR=\"203.0.113.9:80\";by=10.1.1.1"], "203.0.113.9"),
    ("10.1.1.1", ["for=\"[2001:db9::1]:4711\""], "2001:db9::1"),
    ("10.1.1.1", ["for=1.1.1.1, for=203.0.113.9;proto=http, for=10.2.2.2"], "203.0.113.9"),
    ("10.1.1.1", ["for=1.1.1.1", "for=203.0.113.9", "for=\"[2001:db8::7]\""], "203.0.113.9"),
    // A quote that a client leaves open swallows nothing of what the proxy appended.
    ("10.1.1.1", ["for=\"1.1.1.1, for=203.0.113.9"], "203.0.113.9"),
    ("10.1.1.1", ["for=1.1.1.1;x=\"", "for=\"[2001:db9::1]\""], "2001:db9::1"),
    ("10.1.1.1", ["for=\"1.1.1.1, for=10.2.2.2"], "10.2.2.2"),
    ("10.1.1.1", ["for=\"\\1.1.1.1\", for=10.2.2.2"], "10.2.2.2"),
    ("10.1.1.1", ["for=203.0.113.9;for=1.1.1.1"], "10.1.1.1"),
    ("10.1.1.1", ["for=unknown"], "10.1.1.1"),
    ("10.1.1.1", ["for=_hidden, for=10.2.2.2"], "10.2.2.2"),
    ("10.1.1.1", ["by=203.0.113.9"], "10.1.1.1"),
    ("10.1.1.1", ["203.0.113.9"], "10.1.1.1"),
    ("10.1.1.1", ["for"], "10.1.1.1"),
  ])
  func `the field of RFC 7239 is read from its end, too`(peer: String, lines: [String], expected: String) throws {
    #expect(try client(of: peer, lines, field: .forwarded) == expected)
  }

  @Test func `a Unix socket is trusted when it is said, and networks by their family`() throws {
    #expect(try client(of: "unix", ["203.0.113.9"]) == "unix")
    #expect(try client(of: "unix", ["203.0.113.9"], trusting: ["unix"]) == "203.0.113.9")
    #expect(try client(of: "unix", ["x"], trusting: ["unix"]) == "unix")
    #expect(try client(of: "10.1.1.1", ["203.0.113.9"], trusting: ["unix"]) == "10.1.1.1")
    #expect(try client(of: "10.1.1.1", ["203.0.113.9"], trusting: ["::/0"]) == "10.1.1.1")
    #expect(try client(of: "10.1.1.1", ["203.0.113.9"], trusting: []) == "10.1.1.1")
    #expect(try client(of: "10.1.1.1", ["9.9.9.9, 203.0.113.9"], trusting: ["0.0.0.0/0"]) == "9.9.9.9")
    #expect(TrustedProxies.none.client(of: .unknown, ["203.0.113.9"]) == .unknown)
  }

  @Test func `a network holds exactly the addresses that begin alike`() throws {
    for prefix in 0...32 {
      let base = prefix == 0 ? 0 : ((0xC0A8_8155 as UInt32) >> UInt32(32 - prefix)) << UInt32(32 - prefix)
      func text(_ value: UInt32) -> String {
        (0..<4).map { String(value >> UInt32(24 - 8 * $0) & 255) }.joined(separator: ".")
      }
      let range = try #require(AddressRange("\(text(base))/\(prefix)"))
      let last = prefix == 32 ? base : base | (UInt32.max >> UInt32(prefix))
      for value in [base, last, base &- 1, last &+ 1, base ^ 0x8000_0000] {
        let bytes = (0..<4).map { UInt8(value >> UInt32(24 - 8 * $0) & 255) }
        #expect(range.contains(bytes) == (base...last).contains(value), "\(text(value)) in /\(prefix)")
      }
      #expect(!range.contains([UInt8](repeating: 0, count: 16)))
    }
  }

  @Test(arguments: [
    "", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.1/8", "2001:db8::1/32",
    "::/129",
    "[::1]", "proxy.example", "10.0.0", "::ffff:10.0.0.0/104", "UNIX", " 10.0.0.0/8", "fe80::1%eth0",
  ])
  func `what is no network isn't taken for one`(text: String) {
    #expect(TrustedProxies([text]) == nil)
  }

  /// The acts that an operator's host kept: from where.
  private final class Kept: Sendable {
    let from = Mutex<[String]>([])
  }

  @Test func `rate limits and the audit log go by the proxy's client`() async throws {
    let kept = Kept()
    let fixture = APIFixture(proxies: try #require(TrustedProxies(["10.0.0.0/8"]))) { event in
      kept.from.withLock { $0.append(event.from) }
    }
    func reload(_ forwarded: [String: String], peer: String) async throws {
      let fields = fixture.authorization.merging(forwarded) { $1 }
      #expect(try await fixture.ask(.post, "/v1/rulebook", fields, peer: peer).status == 200)
    }
    try await reload(["x-forwarded-for": "6.6.6.6, 203.0.113.9"], peer: "10.1.1.1")
    try await reload(["x-forwarded-for": "6.6.6.6"], peer: "198.51.100.1")
    try await reload(["forwarded": "for=6.6.6.6"], peer: "10.1.1.1")
    try await reload(["x-real-ip": "6.6.6.6", "x-client-ip": "6.6.6.6"], peer: "10.1.1.1")
    #expect(kept.from.withLock { $0 } == ["203.0.113.9", "198.51.100.1", "10.1.1.1", "10.1.1.1"])
  }

  @Test func `a client behind a proxy is slowed down, and can't be slowed down by others or escape by a forged field`()
    async throws
  {
    let fixture = try AuthenticationFixture(
      ChangingDirectory(), proxies: try #require(TrustedProxies(["10.0.0.0/8"])))
    let names = Mutex(0)
    func challenge(_ forwarded: String, peer: String = "10.1.1.1") async throws -> Int {
      let name = names.withLock { number in
        number += 1
        return "c\(number)"
      }
      let body: JSON = ["username": .string(name)]
      return try await fixture.api.ask(
        .post, "/v1/auth/challenge", ["x-forwarded-for": forwarded], body: body.bytes, peer: peer
      ).status
    }
    for number in 0..<60 { #expect(try await challenge("\(number).1.1.1, 203.0.113.9") == 200) }
    #expect(try await challenge("7.7.7.7, 203.0.113.9") == 429)
    #expect(try await challenge("10.3.3.3, 203.0.113.9, 10.2.2.2") == 429)
    #expect(try await challenge("203.0.113.10") == 200)
    #expect(try await challenge("203.0.113.9", peer: "198.51.100.1") == 200)
    // Whoever isn't a proxy can't use up another's tries.
    for _ in 0..<59 { #expect(try await challenge("203.0.113.10", peer: "198.51.100.1") == 200) }
    #expect(try await challenge("203.0.113.11", peer: "198.51.100.1") == 429)
    #expect(try await challenge("203.0.113.10") == 200)
  }
}
