internal import AsyncHTTPClient
package import Core
package import Cryptography
internal import NIOCore
internal import NIOHTTP1

/// Reaches Venice over HTTP, with a bearer key where there is one.
package struct HTTPTransport: VeniceTransport {
  private let base: String
  private let key: Secret?
  private let client: HTTPClient
  private let limits: VeniceLimits

  /// A transport to `baseURL` (`https://host/path`). Throws when that is no address, or a key would travel readable.
  package init(baseURL: String, key: Secret?, limits: VeniceLimits = VeniceLimits()) throws(VeniceFailure) {
    base = try Self.checked(baseURL, hasKey: key != nil)
    self.key = key
    self.limits = limits
    var configuration = HTTPClient.Configuration(
      // A redirect could carry the key elsewhere.
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(limits.connect), read: TimeAmount(limits.total)),
      connectionPool: .init(
        idleTimeout: .seconds(60), concurrentHTTP1ConnectionsPerHostSoftLimit: limits.connections))
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// See ``VeniceTransport/get(_:)``.
  package func get(_ path: String) async throws(VeniceFailure) -> VeniceResponse {
    try await answer(HTTPClientRequest(url: base + path))
  }

  /// See ``VeniceTransport/post(_:_:key:)``.
  package func post(_ path: String, _ body: [UInt8], key: Identifier) async throws(VeniceFailure) -> VeniceResponse {
    var request = HTTPClientRequest(url: base + path)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    request.headers.add(name: "idempotency-key", value: key.description)
    request.body = .bytes(ByteBuffer(bytes: body))
    return try await answer(request)
  }

  private func answer(_ request: HTTPClientRequest) async throws(VeniceFailure) -> VeniceResponse {
    do {
      return try await withThrowingTaskGroup(of: VeniceResponse.self) { group in
        group.addTask { try await exchange(request) }
        // The client's own deadline ends with the head; a body may trickle for ever.
        group.addTask {
          try await Task.sleep(for: limits.total)
          throw VeniceFailure("no whole answer came in \(limits.total)")
        }
        defer { group.cancelAll() }
        guard let response = try await group.next() else { throw VeniceFailure("nothing was asked") }
        return response
      }
    } catch let failure as VeniceFailure {
      throw failure
    } catch is NIOTooManyBytesError {
      throw VeniceFailure("the answer is over \(limits.bodyBytes) bytes")
    } catch {
      throw VeniceFailure("\(error)")
    }
  }

  /// See ``VeniceTransport/close()``.
  package func close() async { try? await client.shutdown() }

  private func exchange(_ request: HTTPClientRequest) async throws -> VeniceResponse {
    var request = request
    request.headers.add(name: "accept", value: "application/json")
    request.headers.add(name: "user-agent", value: "cascade")
    key?.withBytes { bytes in
      request.headers.add(name: "authorization", value: "Bearer \(String(decoding: bytes, as: UTF8.self))")
    }
    let response = try await client.execute(request, timeout: TimeAmount(limits.total))
    let body = try await response.body.collect(upTo: limits.bodyBytes)
    try Task.checkCancellation()
    return VeniceResponse(
      status: Int(response.status.code), body: Array(body.readableBytesView),
      retryAfterSeconds: response.headers.first(name: "retry-after").flatMap { UInt16($0) }.map { Int($0) })
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
    let isLocal = ["127.0.0.1", "localhost", "[::1]"].contains { host == $0 || host.begins(with: $0 + ":") }
    if hasKey && scheme == "http://" && !isLocal {
      throw VeniceFailure("the key for Venice would travel in clear text: use https://")
    }
    return String(base)
  }
}
