/// How long and how much another server may take.
package struct OutboundLimits: Sendable {
  /// Until a connection stands, encryption included.
  package var connect = Duration.seconds(5)
  /// Until the whole answer is there, from the moment it is asked for: waiting for a connection counts.
  package var total = Duration.seconds(30)
  /// Bytes of an answer's body.
  package var bodyBytes = 1 << 20
  /// Bytes of an answer's head.
  package var headBytes = 64 << 10
  /// Connections to one server at a time; further requests wait for one.
  package var connections = 10
  /// Requests under way at a time, those that wait among them; one more is refused.
  package var requests = 1000

  /// The limits that every caller begins with.
  package init() {}
}
