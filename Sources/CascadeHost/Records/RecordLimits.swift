package import Core

/// What decision records are bounded by.
package struct RecordLimits: Sendable {
  /// Bytes of a segment file, after which the next one begins.
  package var segmentBytes = 64 << 20
  /// Bytes that may wait for the writer; when they are there, whoever decides must wait.
  package var waitingBytes = 16 << 20
  /// Bytes of one record in a segment.
  package var recordBytes = 8 << 20
  /// Records of one page.
  package var pageRecords = 1_000

  /// The defaults.
  package init() {}

  /// Bytes a lane takes down before it hands them over at once.
  package static let handOverBytes = 64 << 10
  /// How long they wait otherwise.
  package static let handOverDelay = Duration.milliseconds(2)

  /// What a record may be when it is read.
  package static let parsing = JSON.ParsingLimits(bytes: 64 << 20, depth: 80)
}
