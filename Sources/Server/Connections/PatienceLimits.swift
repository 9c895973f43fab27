internal import NIOCore

/// How long a client may take to send a request, on either port. The port answers a late one with 408 and closes.
package struct PatienceLimits: Sendable {
  /// A head, from its first byte to its last.
  package var head = Duration.seconds(20)
  /// A body, from the end of its head; in a batch, a line from its first byte. What has come already adds to it, see
  /// ``bytesPerSecond``.
  package var body = Duration.seconds(20)
  /// So many bytes that came earn a second more: a slow line passes, a byte now and then doesn't.
  package var bytesPerSecond = 500
  /// The head of a connection that was let in on the reserve alone, from the moment it was opened.
  package var reservedHead = Duration.seconds(2)

  /// The times that serve, unless one is set.
  package init() {}

  /// The time for a part of which `bytes` have come.
  func time(for part: RequestWatch.Part, after bytes: Int, isReserved: Bool) -> TimeAmount {
    switch part {
    case .head: TimeAmount(isReserved ? reservedHead : head)
    case .body: TimeAmount(body) + .seconds(Int64(bytes / max(1, bytesPerSecond)))
    }
  }
}
