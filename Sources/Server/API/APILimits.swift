/// What the API port takes at most.
package struct APILimits: Sendable {
  /// Bytes of a request's body.
  package var bodyBytes = 1 << 20
  /// The same on a route that needs no operator, unless the route has a limit of its own.
  package var publicBodyBytes = 64 << 10
  /// Rows of a body that an answer names as wrong; there may be more.
  package static let namedRows = 100
  /// What a request's head may be.
  package var head = HeadLimits()
  /// Open connections, readers of the stream among them.
  package var connections = ConnectionLimits(total: 1500, reserve: 64, ofOneClient: 512)
  /// How long a client may take to send a request.
  package var patience = PatienceLimits()
  /// How long a connection may be silent, between requests and within one.
  package var idle: Duration = .seconds(60)
  /// How long what a closed connection still sends is dropped, so that its last answer can be read.
  package var linger: Duration = .seconds(1)
  /// When the server is told to stop, how long a connection may still bring a request, which is its last.
  package var farewell: Duration = .seconds(1)
  /// How long open requests may take when the server is told to stop; then they are cancelled.
  package var shutdown: Duration = .seconds(10)

  /// The limits that serve, unless one is set.
  package init() {}
}
