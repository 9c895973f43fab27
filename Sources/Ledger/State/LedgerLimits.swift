/// Everything the ledger bounds.
package struct LedgerLimits: Sendable, Equatable {
  /// Events of one submission, and of all that share a commit.
  package var events = 16_384
  /// Bytes of a code, a reference, a metadata key.
  package var textBytes = 255
  /// Bytes of a metadata value.
  package var metadataValueBytes = 4_096
  /// Pairs of metadata an event may carry.
  package var metadataPairs = 64
  /// Holds open at once.
  package var openHolds = 1_000_000
  /// Holds released at once because their time was over; the rest follow with the next submissions, those of the
  /// accounts that a submission names before it is taken.
  package var expiriesPerSweep = 1_000
  /// Submissions that may wait for the writer.
  package var waitingSubmissions = 10_000
  /// Submissions that share one commit.
  package var submissionsPerCommit = 1_000
  /// Bytes of one decision record.
  package var recordBytes = 16 << 20
  /// Pages of the write-ahead log after which its content is brought into the ledger file.
  package var checkpointPages = 1_000
  /// Pages of 4 KiB a ledger file may have; 0 for as many as the disk has.
  package var filePages = 0

  /// Rows, accounts, holds or names of one request to a store; a store returns no more of them.
  package static let pageRows = 1_000

  package init() {}
}
