package import Core
package import Cryptography
internal import Outbound

/// Reaches Venice over HTTP, with a bearer key where there is one.
package struct HTTPTransport: VeniceTransport {
  private let base: String
  private let key: Secret?
  private let client: OutboundClient

  /// A transport to `baseURL` (`https://host/path`). Throws when that is no address, or a key would travel readable.
  package init(baseURL: String, key: Secret?, limits: VeniceLimits = VeniceLimits()) throws(VeniceFailure) {
    base = try Self.checked(baseURL, hasKey: key != nil)
    self.key = key
    var bounds = OutboundLimits()
    bounds.connect = limits.connect
    bounds.total = limits.total
    bounds.bodyBytes = limits.bodyBytes
    bounds.connections = limits.connections
    client = OutboundClient(limits: bounds)
  }

  /// See ``VeniceTransport/get(_:)``.
  package func get(_ path: String) async throws(VeniceFailure) -> VeniceResponse {
    try await answer(OutboundRequest(.get, base + path))
  }

  /// See ``VeniceTransport/post(_:_:key:)``.
  package func post(_ path: String, _ body: [UInt8], key: Identifier) async throws(VeniceFailure) -> VeniceResponse {
    try await answer(
      OutboundRequest(
        .post, base + path,
        fields: [.init("content-type", "application/json"), .init("idempotency-key", key.description)], body: body))
  }

  /// See ``VeniceTransport/close()``.
  package func close() async { await client.shutdown() }

  private func answer(_ request: OutboundRequest) async throws(VeniceFailure) -> VeniceResponse {
    var request = request
    request.fields += [.init("accept", "application/json"), .init("user-agent", "cascade")]
    if let trace = Correlation.current?.trace { request.fields.append(.init("traceparent", trace.description)) }
    key?.withBytes { bytes in
      request.fields.append(.init("authorization", "Bearer \(String(decoding: bytes, as: UTF8.self))"))
    }
    do throws(OutboundError) {
      let response = try await client.send(request)
      return VeniceResponse(
        status: response.status, body: response.body,
        retryAfterSeconds: response.field("retry-after").flatMap { UInt16($0) }.map { Int($0) })
    } catch { throw VeniceFailure(error.message) }
  }

  private static func checked(_ text: String, hasKey: Bool) throws(VeniceFailure) -> String {
    var base = text[...]
    while base.ends(with: "/") { base = base.dropLast() }
    guard let scheme = ["https://", "http://"].first(where: { base.begins(with: $0) }) else {
      throw VeniceFailure("the address of Venice must begin with https://, got '\(text)'")
    }
    let host = base.dropFirst(scheme.utf8.count).prefix { $0 != "/" }
    let isPlain = base.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !base.contains { "?#@\\\"<>".contains($0) }
    guard !host.isEmpty, isPlain else {
      throw VeniceFailure("the address of Venice is a host and a path, without user, query or fragment")
    }
    if hasKey && scheme == "http://" && !OutboundRequest(.get, String(base)).isLoopback {
      throw VeniceFailure("the key for Venice would travel in clear text: use https://")
    }
    return String(base)
  }
}
