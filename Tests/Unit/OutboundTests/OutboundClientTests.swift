import Core
import Outbound
import PeerTesting
import Testing

/// The client against servers that behave oddly, plain and behind TLS.
@Suite(.needsPeers) struct OutboundClientTests {
  /// The servers, for one test.
  struct OddServers {
    let peer: PeerProcess
    let ports: JSON
    let authorities: String

    init() throws {
      peer = try PeerProcess([Peers.script("odd_servers.py")])
      let said = try JSON(parsing: Array(peer.answer().utf8))
      ports = try #require(said["ports"])
      authorities = try #require(said["authorities"]?.string)
    }

    func url(_ server: String, _ path: String, host: String = "127.0.0.1") throws -> String {
      let port = try #require(ports[server]?.integer)
      return "\(server == "plain" ? "http" : "https")://\(host):\(port)\(path)"
    }

    /// How many requests came so far.
    var requests: Int { get throws { try #require(Int(peer.ask("count"))) } }
  }

  private static func with(
    limits: OutboundLimits = OutboundLimits(), trusting: Bool = true,
    _ body: (OddServers, OutboundClient) async throws -> Void
  ) async throws {
    let servers = try OddServers()
    let client = OutboundClient(limits: limits, authorities: trusting ? servers.authorities : nil)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(servers, client)) } catch { outcome = .failure(error) }
    await client.shutdown()
    try outcome.get()
  }

  private static func failure(_ client: OutboundClient, _ request: OutboundRequest) async -> OutboundError? {
    do throws(OutboundError) {
      let response = try await client.send(request)
      Issue.record("answered \(response.status)")
      return nil
    } catch { return error }
  }

  @Test func `a good certificate lets in, by address and by name, and the connection is kept`() async throws {
    try await Self.with { servers, client in
      for host in ["127.0.0.1", "localhost", "127.0.0.1"] {
        let response = try await client.send(OutboundRequest(.get, servers.url("good", "/ok", host: host)))
        #expect(response.status == 200 && response.body == Array("ok".utf8))
        #expect(response.field("x-odd") == "a value")
      }
    }
  }

  @Test(arguments: ["other-name", "expired", "not-yet", "unknown-authority", "self-signed"])
  func `a certificate that isn't valid for the server is refused before anything is sent`(server: String) async throws {
    try await Self.with { servers, client in
      let request = OutboundRequest(.post, try servers.url(server, "/ok"), body: [1])
      let error = await Self.failure(client, request)
      #expect(error?.code == .untrusted && error?.wasSent == false, "\(String(describing: error))")
      #expect(try servers.requests == 0)
    }
  }

  @Test func `the system's authorities don't know a private one`() async throws {
    try await Self.with(trusting: false) { servers, client in
      let error = await Self.failure(client, OutboundRequest(.get, try servers.url("good", "/ok")))
      #expect(error?.code == .untrusted)
    }
  }

  @Test(arguments: ["plain", "good"], ["/trickle", "/silent"])
  func `an answer that isn't whole in time is given up, and may have been carried out`(
    server: String, path: String
  ) async throws {
    var limits = OutboundLimits()
    limits.total = .milliseconds(800)
    try await Self.with(limits: limits) { servers, client in
      let error = await Self.failure(client, OutboundRequest(.post, try servers.url(server, path), body: []))
      #expect(error?.code == .timedOut && error?.wasSent == true, "\(String(describing: error))")
    }
  }

  @Test(arguments: ["/endless", "/long-head"])
  func `an answer over the limits is cut off`(path: String) async throws {
    try await Self.with { servers, client in
      let error = await Self.failure(client, OutboundRequest(.get, try servers.url("plain", path)))
      #expect(error?.code == .tooLarge, "\(String(describing: error))")
    }
  }

  @Test(arguments: ["/cut", "/nonsense", "/closed"])
  func `a broken answer is an error, and the request may have been carried out`(path: String) async throws {
    try await Self.with { servers, client in
      let error = await Self.failure(client, OutboundRequest(.post, try servers.url("plain", path), body: [7]))
      #expect(error?.code == .broken && error?.wasSent == true, "\(String(describing: error))")
    }
  }

  @Test func `a redirect is an answer, and not followed`() async throws {
    try await Self.with { servers, client in
      let response = try await client.send(OutboundRequest(.get, servers.url("plain", "/redirect")))
      #expect(response.status == 302 && response.field("Location") == "/ok")
      #expect(try servers.requests == 1)
    }
  }

  @Test func `an interim answer leaves nothing in the last one's head`() async throws {
    try await Self.with { servers, client in
      let response = try await client.send(OutboundRequest(.get, servers.url("plain", "/interim")))
      #expect(response.status == 200 && response.fields.filter { $0.name == "X-Odd" }.map(\.value) == ["late"])
    }
  }

  @Test func `a change is not sent again over a new connection when a kept one dies`() async throws {
    try await Self.with { servers, client in
      let url = try servers.url("plain", "/dies-later")
      #expect(try await client.send(OutboundRequest(.post, url, body: [1])).status == 200)
      let error = await Self.failure(client, OutboundRequest(.post, url, body: [2]))
      #expect(error?.code == .broken && error?.wasSent == true)
      #expect(try servers.requests == 2)
    }
  }

  @Test func `nobody listening means that nothing was sent`() async throws {
    let client = OutboundClient()
    let error = await Self.failure(client, OutboundRequest(.post, "http://127.0.0.1:1/", body: [1]))
    #expect(error?.code == .unreachable && error?.wasSent == false)
    await client.shutdown()
  }

  @Test func `a cancelled task ends its request`() async throws {
    try await Self.with { servers, client in
      let url = try servers.url("plain", "/silent")
      let asking = Task { await Self.failure(client, OutboundRequest(.get, url)) }
      while try servers.requests == 0 { try await Task.sleep(for: .milliseconds(5)) }
      asking.cancel()
      #expect(await asking.value?.code == .cancelled)
      let early = Task { () -> OutboundError? in
        withUnsafeCurrentTask { $0?.cancel() }
        return await Self.failure(client, OutboundRequest(.get, url))
      }
      #expect(await early.value?.code == .cancelled)
    }
  }

  @Test func `a shut down client ends what is under way and takes nothing more`() async throws {
    try await Self.with { servers, client in
      let url = try servers.url("plain", "/silent")
      let asking = Task { await Self.failure(client, OutboundRequest(.get, url)) }
      while try servers.requests == 0 { try await Task.sleep(for: .milliseconds(5)) }
      await client.shutdown()
      #expect(await asking.value?.code == .closed)
      #expect(await Self.failure(client, OutboundRequest(.get, url))?.code == .closed)
    }
  }

  @Test func `more requests than the limit are refused at once`() async throws {
    var limits = OutboundLimits()
    limits.requests = 2
    try await Self.with(limits: limits) { servers, client in
      let url = try servers.url("plain", "/silent")
      let asking = (0..<2).map { _ in Task { await Self.failure(client, OutboundRequest(.get, url)) } }
      while try servers.requests < 2 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(await Self.failure(client, OutboundRequest(.get, url))?.code == .overloaded)
      for task in asking { task.cancel() }
      for task in asking { #expect(await task.value?.code == .cancelled) }
    }
  }

  @Test func `waiting for a connection counts, and a shorter time than the client's holds`() async throws {
    var limits = OutboundLimits()
    limits.connections = 1
    try await Self.with(limits: limits) { servers, client in
      let url = try servers.url("plain", "/silent")
      let first = Task { await Self.failure(client, OutboundRequest(.get, url)) }
      while try servers.requests == 0 { try await Task.sleep(for: .milliseconds(5)) }
      let second = Task { () -> OutboundError? in
        do throws(OutboundError) {
          _ = try await client.send(OutboundRequest(.post, url, body: [1]), within: .milliseconds(200))
          return nil
        } catch { return error }
      }
      let error = await second.value
      #expect(error?.code == .timedOut && error?.wasSent == false)
      #expect(error?.message == "no connection came about in time")
      first.cancel()
      #expect(await first.value?.code == .cancelled)
      #expect(try servers.requests == 1)
    }
  }

  @Test func `nothing is in the head but what was given, and what HTTP itself needs`() async throws {
    try await Self.with { servers, client in
      let fields = [OutboundRequest.Field("X-One", "1"), .init("X-None", "")]
      let request = OutboundRequest(.post, try servers.url("plain", "/echo"), fields: fields, body: [1, 2])
      let lines = String(decoding: try await client.send(request).body, as: UTF8.self).split(separator: "\r\n")
      let names = lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
      #expect(names.sorted() == ["content-length", "host", "x-none", "x-one"], "\(lines)")
    }
  }

  @Test(arguments: [
    ("http://127.0.0.1:1/ ", "a", "b"), ("ftp://127.0.0.1/", "a", "b"), ("http://127.0.0.1:1/\r\nX: y", "a", "b"),
    ("http://127.0.0.1:1/", "a\r\nb", "c"), ("http://127.0.0.1:1/", "", "c"), ("http://127.0.0.1:1/", "a", "b\r\nc: d"),
    ("http://127.0.0.1:1/", "a", "b\0"),
  ])
  func `what would send something else than is meant is refused`(url: String, name: String, value: String) async {
    let client = OutboundClient()
    let error = await Self.failure(client, OutboundRequest(.get, url, fields: [.init(name, value)]))
    #expect(error?.code == .malformed && error?.wasSent == false)
  }
}
