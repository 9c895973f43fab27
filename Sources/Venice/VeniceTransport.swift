package import Core

/// An answer as it came over the wire.
package struct VeniceResponse: Sendable, Equatable {
  /// The status code of HTTP, such as 200.
  package var status: Int
  package var body: [UInt8]
  /// The seconds of `Retry-After`; nil when it isn't there, or a date.
  package var retryAfterSeconds: Int?

  package init(status: Int, body: [UInt8], retryAfterSeconds: Int? = nil) {
    self.status = status
    self.body = body
    self.retryAfterSeconds = retryAfterSeconds
  }
}

/// Why no whole answer came.
package struct VeniceFailure: Error, Sendable, Equatable {
  /// What happened, for the log; holds no key.
  package var reason: String

  /// A failure for this reason.
  package init(_ reason: String) { self.reason = reason }
}

/// How Venice is reached.
package protocol VeniceTransport: Sendable {
  /// The answer to a `GET` of `path`, which begins with a slash and is percent-encoded. Throws when no whole answer
  /// came in time.
  func get(_ path: String) async throws(VeniceFailure) -> VeniceResponse
  /// The answer to a `POST` of `body`, which is JSON, under an `Idempotency-Key`: it may come twice. Throws when no
  /// whole answer came in time; what was asked may have been done all the same.
  func post(_ path: String, _ body: [UInt8], key: Identifier) async throws(VeniceFailure) -> VeniceResponse
  /// Ends all connections; ask nothing afterwards.
  func close() async
}
