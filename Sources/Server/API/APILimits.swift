/// What the API port takes at most.
package struct APILimits: Sendable {
  /// Bytes of a request's body.
  package var bodyBytes = 1 << 20
  /// Rows of a body that an answer names as wrong; there may be more.
  package static let namedRows = 100
  /// Bytes of one field of the head.
  package var headFieldBytes = 8 << 10
  /// Bytes of all fields of the head.
  package var headBytes = 32 << 10
  /// Fields of the head.
  package var headFields = 100
  /// Open connections; further ones wait.
  package var connections = 1000
  /// How long a connection may be silent, between requests and within one.
  package var idle: Duration = .seconds(60)
  /// How long open requests may take when the server is told to stop; then they are cancelled.
  package var shutdown: Duration = .seconds(10)

  /// The usual limits.
  package init() {}
}
