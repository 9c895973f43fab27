/// What the stream is bounded by.
package struct StreamLimits: Sendable {
  /// How many may read at once.
  package var readers = 1_000
  /// Readers at once with one subject: an operator's token, or a citizen.
  package var readersPerSubject = 16
  /// Events that are written at once, and that one reader's memory holds.
  package var pageEvents = 512
  /// The same in bytes, after which no further event is added.
  package var pageBytes = 256 << 10
  /// Events of a log that are kept in memory for all readers together.
  package var tailEvents = 8_192
  /// The same in bytes.
  package var tailBytes = 8 << 20
  /// Events without a log that are kept for all readers together.
  package var unkeptEvents = 512
  /// Citizens between whom trust changed, or whose level may have moved, that wait to be looked at.
  package var touchedCitizens = 1_024
  /// Citizens that are measured in a second, before and after.
  package var measuredCitizens = 64
  /// Silence after which a reader is told that the connection lives.
  package var ping = Duration.seconds(15)
  /// How often it is asked again whether the reader may read.
  package var authority = Duration.seconds(60)
  /// How long one write may take before the connection is closed.
  package var stuck = Duration.seconds(30)
  /// How long a host waits for what its reader has seen elsewhere.
  package var patience = Duration.seconds(5)
  /// How often a reader is served at most, so that events come together under load.
  package var interval = Duration.milliseconds(20)

  /// The limits of a host that nobody has set others for.
  package init() {}

  /// Bytes of a cursor as text.
  package static let cursorBytes = 4_096
  /// Topics of one stream.
  package static let topics = 16
}
