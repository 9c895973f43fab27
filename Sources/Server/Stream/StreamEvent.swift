/// Something that happened, as a stream tells it.
package struct StreamEvent: Sendable {
  /// What it belongs to.
  package var topic: StreamTopic
  /// What kind of thing it is: `decision`, `entry`, `gap`.
  package var name: String
  /// Its place in its log; rising, not dense.
  package var position: UInt64
  /// What happened, as JSON in one line.
  package var bytes: [UInt8]
  /// The decision it is one of; nil for what is none.
  package var point: String?
  /// The citizen whom it concerns, and who alone may see it beside operators; nil for nobody.
  package var citizen: String?

  /// An event of these parts.
  package init(
    _ topic: StreamTopic, _ name: String, at position: UInt64, bytes: [UInt8], point: String? = nil,
    citizen: String? = nil
  ) {
    self.topic = topic
    self.name = name
    self.position = position
    self.bytes = bytes
    self.point = point
    self.citizen = citizen
  }
}

/// Why a stream leaves something out.
package enum StreamGap: String, Sendable {
  /// The id is of another history: a backup was restored.
  case epoch
  /// What follows the id isn't kept any more.
  case expired
  /// This host doesn't have what came before the id, even after waiting.
  case ahead
  /// What is kept can't be read.
  case damaged
  /// What nobody keeps came while the reader was away, or faster than it read.
  case unkept
}
