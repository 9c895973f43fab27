/// Every limit of the decision port.
package struct DecisionPortLimits: Sendable {
  /// Bytes of one input, alone or as a line.
  package var inputBytes = 1 << 20
  /// The same where anybody may ask, as whoever may needs no token to cost the lane time.
  package var publicInputBytes = 64 << 10
  /// Bytes a body may have beyond its input: the envelope around it.
  package var envelopeBytes = 1024
  /// The limits of a request's head.
  package var head = HeadLimits()
  /// Bytes of answers that are gathered into one write.
  package var flushBytes = 64 << 10
  /// Bytes of answers that wait for a slow reader before the port stops deciding for it.
  package var unsentBytes = 1 << 20
  /// How long a batch, or a row of pipelined requests, holds the lane before other connections get their turn.
  package var batchSlice = Duration.milliseconds(5)
  /// Connections of all lanes together; the next one is told to come back.
  package var connections = ConnectionLimits(total: 10_000, reserve: 64, ofOneClient: 4096)
  /// How long a client may take to send a request.
  package var patience = PatienceLimits()
  /// How long a connection may stay silent.
  package var idle = Duration.seconds(60)
  /// How long what a closed connection still sends is dropped, so that its last answer can be read.
  package var linger = Duration.seconds(1)
  /// After a stop, how long a connection may still bring a request, which is its last: as long as a client's machine
  /// may be busy between an answer and the next request.
  package var farewell = Duration.seconds(3)
  /// How long accepted requests may take to finish after a stop.
  package var shutdown = Duration.seconds(10)

  /// The limits a host starts with.
  package init() {}

  /// Bytes of one input, for operators or for anybody.
  func inputBytes(forOperators: Bool) -> Int { forOperators ? inputBytes : min(inputBytes, publicInputBytes) }
  /// Bytes of a whole body of a single decision.
  func bodyBytes(forOperators: Bool) -> Int { inputBytes(forOperators: forOperators) + envelopeBytes }
  /// See ``batchSlice``.
  var batchSliceNanoseconds: UInt64 {
    let (seconds, attoseconds) = batchSlice.components
    return UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
  }
}
