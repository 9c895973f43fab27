package import Core

/// The limits of decision records.
package struct RecordLimits: Sendable {
  /// Bytes of a segment, after which the next one begins, and which are read at a start.
  package var segmentBytes = 16 << 20

  /// The limits that serve, unless one is set.
  package init() {}

  /// Bytes of a subject; of what is longer there is none.
  static let subjectBytes = 256

  /// How long a decision with effects that failed waits until its record can be kept, before it is told to come back.
  package static let patience = Duration.seconds(1)

  /// Records of one page at most.
  package static let pageRecords = 1_000
  /// Bytes of a page after which no further record is added.
  package static let pageBytes = 4 << 20
  /// Records that are looked at for one page; then it may have fewer than were asked for.
  package static let pageExamined = 10_000

  /// Segments that one pruning removes; then it says that it is unfinished.
  package static let prunedSegments = 64
  /// Records, and the rest of a turn's, that go with one anchor from a log that all hosts store.
  package static let prunedRecords: Int64 = 20_000

  /// Bytes of a log that are stored for all hosts at once.
  static let shippedBytes = 1 << 20

  /// Blocks of packed segments that are held in memory, 128 KiB each and more.
  static let blocks = 48

  /// How long the next attempt waits behind a write that failed.
  static let retryInterval = Duration.milliseconds(100)

  /// What a verification names of one segment at most.
  package static let faults = 100
  /// How often a verification retries a record that a host may still be writing.
  static let looks = 20
  /// How long it waits before each retry.
  static let lookInterval = Duration.milliseconds(50)

  /// What a record may be when it is read.
  package static let parsing = JSON.ParsingLimits(
    bytes: 64 << 20, depth: 80, takesWideIntegers: false, takesZeroBytes: true)
}
