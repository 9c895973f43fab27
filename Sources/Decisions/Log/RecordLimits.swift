package import Core

/// What decision records are bounded by.
package struct RecordLimits: Sendable {
  /// Bytes of a segment file, after which the next one begins.
  package var segmentBytes = 64 << 20
  /// Bytes that may wait for the writer; when they are there, whoever decides must wait.
  package var waitingBytes = 16 << 20
  /// How long the end waits for records that can't be written before they are given up.
  package var closing = Duration.seconds(10)

  /// The defaults.
  package init() {}

  /// Bytes a lane takes down before it hands them over at once.
  package static let handOverBytes = 64 << 10
  /// How long they wait otherwise.
  package static let handOverDelay = Duration.milliseconds(2)

  /// How long a decision waits for room in the log before it is refused.
  package static let patience = Duration.seconds(1)

  /// Records of one page at most.
  package static let pageRecords = 1_000
  /// Bytes of a page after which no further record is added.
  package static let pageBytes = 4 << 20
  /// Records that are looked at for one page; then it may have fewer than were asked for.
  package static let pageExamined = 10_000

  /// How long a write that failed waits for the next attempt.
  static let retryInterval = Duration.milliseconds(100)

  /// What a verification names of one segment at most.
  package static let faults = 100
  /// How often a verification looks again whether a host is writing what it can't read yet.
  static let looks = 20
  /// How long it waits before each.
  static let lookInterval = Duration.milliseconds(50)

  /// What a record may be when it is read.
  package static let parsing = JSON.ParsingLimits(
    bytes: 64 << 20, depth: 80, takesWideIntegers: false, takesZeroBytes: true)
}
