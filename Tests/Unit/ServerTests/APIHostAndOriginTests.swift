@testable import Server
import Testing

struct APIHostAndOriginTests {
  private static let names = ["localhost", "127.0.0.1", "[::1]"]

  @Test func `loopback is answered under each of its names and any port`() {
    let policy = HostAndOriginPolicy(host: "127.0.0.1", port: 8080)
    for name in Self.names + [
      "LOCALHOST", "LocalHost", "localhost.", "127.0.0.2", "127.255.255.254", "[0:0:0:0:0:0:0:1]",
      "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    ] {
      for port in ["", ":", ":1", ":80", ":8080", ":65535", ":08080"] {
        #expect(policy.refusal(host: name + port, origin: nil) == nil, "\(name)\(port)")
      }
    }
  }

  @Test(arguments: [
    "evil.example", "evil.example:8080", "localhost.evil.example:8080", "127.0.0.1.nip.io:8080",
    "localhost.evil.example.", "evil-localhost:8080", "notlocalhost", "foo.localhost:8080", "1.0.0.127:8080",
    "128.0.0.1:8080", "126.255.255.255:8080", "0.0.0.0:8080", "[::]:8080", "[::2]:8080", "[fe80::1]:8080",
    "[::ffff:10.0.0.1]:8080", "10.0.0.1:8080", "192.168.0.1", "169.254.169.254",
  ])
  func `what is not this machine is refused`(host: String) {
    for bound in Self.names {
      #expect(HostAndOriginPolicy(host: bound, port: 8080).refusal(host: host, origin: nil) != nil)
    }
  }

  @Test(arguments: [
    "", " ", ":", ":8080", "localhost:0", "localhost:65536", "localhost:99999999999999999999", "localhost:-1",
    "localhost:+80", "localhost:80 ", " localhost", "localhost :80", "localhost:8080:8080", "localhost:http",
    "localhost:8 0", "user@localhost", "evil.example@localhost:8080", "localhost@evil.example", "localhost/",
    "localhost/evil", "http://localhost", "localhost#", "localhost?", "localhost,evil.example", "localhost\0",
    "localhost\0.evil.example", "localhost\r\nx", "::1", "[::1", "::1]", "[::1]x", "[::1]8080", "[localhost]",
    "[127.0.0.1]", "[::1%lo]:8080", "[::1%25lo]", "[]", "[]:8080", "[[::1]]", "127.1", "2130706433", "0x7f.1",
    "0177.0.0.1", "0x7f000001", "127.0.0.1.1", "127.0.0", "127.0.0.01x", "127.0.0.256", ".localhost", "local..host",
    "localhost..", "ｌocalhost", "localhoſt", "%6cocalhost", "*", ".", "..", "١٢٧.0.0.1", "localhost:٨٠",
  ])
  func `what is no clean authority is refused`(host: String) {
    #expect(HostAndOriginPolicy(host: "127.0.0.1", port: 8080).refusal(host: host, origin: nil) != nil)
    #expect(HostAndOriginPolicy(host: "localhost", port: 80).refusal(host: host, origin: nil) != nil)
  }

  @Test func `no Host is refused, and so is a very long one`() {
    let policy = HostAndOriginPolicy(host: "127.0.0.1", port: 8080)
    #expect(policy.refusal(host: nil, origin: nil) != nil)
    #expect(policy.refusal(host: nil, origin: "http://localhost:8080") != nil)
    let long = String(repeating: "a", count: 100_000)
    #expect(policy.refusal(host: long, origin: nil).map { $0.utf8.count < 300 } == true)
    #expect(policy.refusal(host: "localhost:8080", origin: long).map { $0.utf8.count < 300 } == true)
  }

  @Test func `a refusal shows no control characters`() {
    let policy = HostAndOriginPolicy(host: "127.0.0.1", port: 8080)
    let refusal = policy.refusal(host: "a\u{1B}[31m\n\u{7F}b", origin: nil) ?? ""
    #expect(refusal.contains("a?[31m??b"))
  }

  @Test func `the bound address is answered with its port only`() {
    for (bound, host) in [
      ("192.168.0.7", "192.168.0.7"), ("cascade.lan", "Cascade.LAN"), ("fd00::7", "[fd00:0::7]"),
      ("[fd00::7]", "[fd00::7]"),
    ] {
      let policy = HostAndOriginPolicy(host: bound, port: 8080)
      #expect(policy.refusal(host: host + ":8080", origin: nil) == nil, "\(bound)")
      #expect(policy.refusal(host: host + ":8081", origin: nil) != nil)
      #expect(policy.refusal(host: host, origin: nil) != nil)
      #expect(HostAndOriginPolicy(host: bound, port: 80).refusal(host: host, origin: nil) == nil)
      #expect(HostAndOriginPolicy(host: bound, port: 0).refusal(host: host + ":4711", origin: nil) == nil)
      #expect(HostAndOriginPolicy(host: bound, port: nil).refusal(host: host + ":4711", origin: nil) == nil)
      #expect(policy.refusal(host: "127.0.0.1:8080", origin: nil) == nil)
      #expect(policy.refusal(host: "other.lan:8080", origin: nil) != nil)
    }
  }

  @Test(arguments: ["0.0.0.0", "::", "[::]"])
  func `when all addresses are bound, addresses are answered and names are not`(bound: String) {
    let policy = HostAndOriginPolicy(host: bound, port: 8080, allowed: ["cascade.lan"])
    for host in ["10.0.0.5:8080", "[fd00::5]:8080", "127.0.0.1:9", "localhost:8080", "cascade.lan:8080"] {
      #expect(policy.refusal(host: host, origin: nil) == nil, "\(host)")
    }
    for host in ["10.0.0.5:8081", "10.0.0.5", "evil.example:8080", "10.0.0.5.nip.io:8080", "2130706433:8080"] {
      #expect(policy.refusal(host: host, origin: nil) != nil, "\(host)")
    }
  }

  @Test func `an allowed name is answered, with its port when it has one`() {
    let policy = HostAndOriginPolicy(
      host: "127.0.0.1", port: 8080,
      allowed: ["Cascade.Example", "api.example:8443", "[fd00::9]", "no such entry", "*"])
    for host in ["cascade.example", "CASCADE.example:1", "api.example:8443", "[fd00::9]:7"] {
      #expect(policy.refusal(host: host, origin: nil) == nil, "\(host)")
    }
    for host in ["api.example", "api.example:8444", "x.cascade.example", "cascade.example.evil", "no", "*", "evil"] {
      #expect(policy.refusal(host: host, origin: nil) != nil, "\(host)")
    }
  }

  @Test func `every pair of host and origin is decided by whether they are one`() {
    let policy = HostAndOriginPolicy(host: "127.0.0.1", port: 8080)
    let hosts = Self.names.flatMap { name in ["", ":80", ":443", ":8080", ":3000"].map { name + $0 } }
    for host in hosts {
      for other in hosts {
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] {
          func complete(_ text: String) -> String {
            text.hasSuffix("]") || !text.dropFirst(text.hasPrefix("[") ? 5 : 0).contains(":") ? text + port : text
          }
          let isOwn = complete(host) == complete(other)
          #expect(
            (policy.refusal(host: host, origin: scheme + other) == nil) == isOwn, "\(host) asked by \(scheme)\(other)")
        }
      }
    }
  }

  @Test(arguments: [
    "", "null", "NULL", "*", "localhost:8080", "//localhost:8080", "http:localhost:8080", "http:/localhost:8080",
    "http://", "http://localhost:8080/", "http://localhost:8080/path", "http://localhost:8080?", "file://",
    "ftp://localhost:8080", "ws://localhost:8080", "chrome-extension://abc", "http://user@localhost:8080",
    "http://localhost:8080 http://localhost:8080", "http://localhost:8080, http://evil.example",
    "http://localhost:8080.evil.example", "http://localhost.evil.example:8080", "http://evil.example",
    "http://localhost:8081", "http://localhost", "http://127.0.0.1:8080", " http://localhost:8080",
    "http://localhost:8080\0", "http://http://localhost:8080", "https://evil.example:8080",
  ])
  func `any other origin is refused`(origin: String) {
    let policy = HostAndOriginPolicy(host: "127.0.0.1", port: 8080)
    #expect(policy.refusal(host: "localhost:8080", origin: origin) != nil)
  }

  @Test func `allowed origins may use a foreign page's script, and nothing else changes`() {
    let policy = HostAndOriginPolicy(
      host: "127.0.0.1", port: 8080, allowed: ["https://console.example", "http://dev.example:3000", "wide.example"])
    for origin in [
      "https://console.example", "https://console.example:443", "HTTPS://Console.Example", "http://dev.example:3000",
      "http://wide.example", "https://wide.example:99",
    ] {
      #expect(policy.refusal(host: "localhost:8080", origin: origin) == nil, "\(origin)")
    }
    for origin in [
      "http://console.example", "https://console.example:8443", "http://dev.example", "https://dev.example:3000",
      "https://x.console.example",
    ] {
      #expect(policy.refusal(host: "localhost:8080", origin: origin) != nil, "\(origin)")
    }
    // An allowed origin doesn't make its name a Host.
    #expect(policy.refusal(host: "console.example", origin: nil) != nil)
    #expect(policy.refusal(host: "evil.example", origin: "https://console.example") != nil)
  }
}
