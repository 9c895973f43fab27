import Core
import Decisions
import Hummingbird
import Logging
import NIOCore
import Outbound
@testable import Server
import ServiceLifecycle
import Testing

/// Over a real port.
struct APILiveTests {
  private let host = FakeHost()
  private let token = OperatorFixture()

  private func ask(
    _ client: OutboundClient, _ method: OutboundRequest.Method, _ uri: String, port: Int, host: String,
    _ fields: [OutboundRequest.Field] = []
  ) async throws -> (status: Int, body: String) {
    let response = try await client.send(
      OutboundRequest(method, "http://127.0.0.1:\(port)\(uri)", fields: [.init("host", host)] + fields))
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  @Test func `a running server answers its own names and no others, and stops when told`() async throws {
    try await token.serving(host) { [token] port in
      let client = OutboundClient()
      let ready = try await ask(client, .get, "/health/ready", port: port, host: "127.0.0.1:\(port)")
      #expect(ready.status == 200)
      #expect(ready.body == #"{"status":"ready"}"#)
      // Probes and scrapers append queries of their own.
      for path in ["/health?probe=1", "/health/live?probe=1", "/metrics?name[]=up"] {
        let answer = try await ask(client, .get, path, port: port, host: "127.0.0.1:\(port)")
        #expect(answer.status == 200, "\(path): \(answer.body)")
      }
      let odd = try await ask(client, .get, "/openapi.json?probe=1", port: port, host: "127.0.0.1:\(port)")
      #expect(odd.status == 422)
      let fields = [OutboundRequest.Field("authorization", "Bearer " + token.secret)]
      let reloaded = try await ask(client, .post, "/v1/rulebook", port: port, host: "localhost:\(port)", fields)
      #expect(reloaded.status == 200)
      let foreign = try await ask(client, .get, "/health/ready", port: port, host: "evil.example:\(port)")
      #expect(foreign.status == 403)
      #expect(foreign.body.contains(#""code":"forbidden""#))
      await client.shutdown()
    }
  }

  @Test func `a request that never ends doesn't hold the shutdown`() async throws {
    let (entries, entered) = AsyncStream.makeStream(of: Void.self)
    let endless = Endpoint(
      .get, "/endless", name: "endless", summary: "", answer: Endpoint.Answer("", schema: true, example: true)
    ) { _, _ in
      entered.yield()
      try await Task.sleep(for: .seconds(86_400))
      return Response(json: true)
    }
    var limits = APILimits()
    limits.shutdown = .milliseconds(20)
    try await token.serving(host, limits: limits, endpoints: [endless]) { port in
      let client = OutboundClient()
      Task { _ = try? await ask(client, .get, "/endless", port: port, host: "localhost") }
      _ = await entries.first { _ in true }
    }
  }

  @Test(arguments: [false, true])
  func `a route with a limit of its own is asked to go on up to that limit, and its connection stays`(
    isChunked: Bool
  ) async throws {
    var wide = Endpoint(
      .post, "/wide/{name}", name: "wide", summary: "", answer: Endpoint.Answer("", schema: true, example: true)
    ) { request, _ in Response(json: .integer(Int64(try await request.body.collect(upTo: .max).readableBytes))) }
    wide.bodyBytes = 3 << 20
    try await token.serving(host, endpoints: [wide]) { port in
      func ask(_ path: String, _ count: Int) async throws -> [Int] {
        try await ClientThreads.run {
          let client = try DecisionPortClient(port: port)
          let length = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
          try client.send(RawRequest.get(path, method: "POST", fields: ["Expect: 100-continue", length]))
          var statuses = [try client.response().status]
          let body = String(repeating: " ", count: count)
          try client.send(isChunked ? "\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n" : body)
          let answer = try client.response()
          statuses.append(answer.status)
          #expect(answer.field("connection") == nil)
          try client.send(RawRequest.get())
          statuses.append(try client.response().status)
          return statuses
        }
      }
      #expect(try await ask("/wide/open", 3 << 20) == [100, 200, 200])
      if isChunked { return }
      for (path, count) in [("/wide/open", 3 << 20 + 1), ("/narrow", 2 << 20)] {
        let refused = try await ClientThreads.run {
          let client = try DecisionPortClient(port: port)
          try client.send(RawRequest.post(path, body: "", fields: ["Expect: 100-continue"], length: count))
          let answer = try client.response()
          return (answer.status, answer.field("connection"))
        }
        #expect(refused == (413, "close"))
      }
    }
  }
}
