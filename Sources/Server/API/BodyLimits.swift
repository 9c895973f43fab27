internal import Core
internal import HTTPTypes

/// How many bytes a request's body may have, by its route: what the gate lets through and the guard takes.
struct BodyLimits: Sendable {
  private let limits: APILimits
  /// Those where a body may have more bytes than anywhere else: operators' and those with a limit of their own.
  private let endpoints: [Endpoint]

  init(_ limits: APILimits, _ endpoints: [Endpoint]) {
    self.limits = limits
    self.endpoints = endpoints.filter { $0.needsOperator || $0.bodyBytes != nil }
  }

  /// The most bytes that the route takes. O(routes · length).
  func bytes(_ method: String, _ path: String) -> Int {
    guard let endpoint = endpoint(method, path) else { return min(limits.bodyBytes, limits.publicBodyBytes) }
    return endpoint.bodyBytes ?? limits.bodyBytes
  }

  /// Whether so many bytes may come before their route was asked: the guard then says by its own limit whether they
  /// are too many, and the connection goes on. O(1), beyond the port's limit O(routes · length).
  func isWelcome(_ count: Int, _ method: String, _ path: @autoclosure () -> String) -> Bool {
    count <= limits.bodyBytes || endpoint(method, path())?.bodyBytes.map { count <= $0 } ?? false
  }

  private func endpoint(_ method: String, _ path: String) -> Endpoint? {
    endpoints.first { $0.method.rawValue.isSame(as: method) && $0.matches(path: path) }
  }
}
