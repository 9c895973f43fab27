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
}
