/// Why no whole answer came.
package struct OutboundError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: String, Sendable {
    /// The request can't be sent as it stands.
    case malformed
    /// No connection: nobody listens, no route, no such name.
    case unreachable
    /// The server's certificate isn't valid for its name, or the two agree on no encryption.
    case untrusted
    /// The whole answer wasn't there in time.
    case timedOut = "timed_out"
    /// The connection broke, or what came isn't HTTP.
    case broken
    /// The answer is larger than the limit.
    case tooLarge = "too_large"
    /// Too many requests wait already.
    case overloaded
    /// The caller's task was cancelled.
    case cancelled
    /// The client has been shut down.
    case closed
  }

  /// The kind of failure, for whoever decides by it.
  package var code: Code
  /// What happened; holds neither fields nor bodies.
  package var message: String
  /// Whether the server may have got the request: false proves that it hasn't.
  package var wasSent: Bool

  /// An error; without `wasSent` the server hasn't got the request.
  package init(_ code: Code, _ message: String, wasSent: Bool = false) {
    self.code = code
    self.message = message
    self.wasSent = wasSent
  }

  /// The message alone, for a log.
  package var description: String { message }
}
