package import Core

/// A record in its place in a log.
package struct LoggedRecord: Sendable, Equatable {
  /// Its place in the log, from 1.
  package var sequence: Int64
  /// The id of the decision that was recorded.
  package var id: Identifier
  /// The record as it is kept.
  package var bytes: [UInt8]
  /// The hash of the frame that ends with it, see ``RecordSegment``; nil within a frame.
  package var hash: [UInt8]?

  /// The record `id` in the place `sequence`.
  package init(sequence: Int64, id: Identifier, bytes: [UInt8], hash: [UInt8]? = nil) {
    self.sequence = sequence
    self.id = id
    self.bytes = bytes
    self.hash = hash
  }

  /// When the decision was made, milliseconds since 1970, as the record says; of one that doesn't, the time of its id.
  /// O(bytes before that).
  package var milliseconds: Int64 { RecordSegment.time(of: bytes) ?? id.milliseconds }
  /// The hash of whom it is about; see ``RecordSubject/hash(_:)``.
  package var subject: UInt32 { RecordSubject.hash(in: bytes[...]) }

  /// The hash of a frame of these records, which follows one with the hash `previous`. O(bytes).
  package static func hash(ofFrame records: [LoggedRecord], after previous: [UInt8]) -> [UInt8] {
    RecordSegment.hash(records.flatMap { RecordSegment.bytes(ofLength: $0.bytes.count) + $0.bytes }, after: previous)
  }
}

/// How far a log is stored.
package struct LogEnd: Sendable, Equatable {
  /// The place of its last record; 0 before the first.
  package var sequence: Int64 = 0
  /// The hash of its last frame.
  package var hash = RecordSegment.firstHash
  /// Where whoever wrote it goes on in their own files; 0 is their beginning.
  package var position: UInt64 = 0
  /// The place of the last record of the files that are stored as a whole, and the hash they end with.
  package var whole: Int64 = 0
  /// See ``whole``.
  package var wholeHash = RecordSegment.firstHash

  /// The end of a log of which nothing is stored.
  package init() {}
}

/// What became of a log that was held against its hashes.
package struct LogVerification: Sendable, Equatable {
  /// Records that are as they were written.
  package var records: Int64 = 0
  /// What isn't, for people; nil when all is well.
  package var fault: String?

  /// Nothing was looked at yet.
  package init() {}
}

/// Logs of decisions of many hosts, each log in its order and chained: where they are stored for all.
package protocol DecisionLog: Sendable {
  /// Stores records that follow `before` in the log of this name and end at `end`, all or none; records that are stored
  /// already are left as they are. Throws `conflict` when the log ends neither at `before` nor at `end`: somebody else
  /// writes it. O(records).
  func append(_ records: [LoggedRecord], to log: String, after before: LogEnd, end: LogEnd) async throws(StoreError)
  /// How far the log of this name is stored.
  func end(of log: String) async throws(StoreError) -> LogEnd
  /// The names of the logs, sorted by their bytes.
  func logs() async throws(StoreError) -> [String]
  /// The bytes of the record with this id that was made last; nil when there is none. O(log records).
  func entry(_ id: Identifier) async throws(StoreError) -> [UInt8]?
  /// Records of all logs with ids below `id`, or from the last one on, the highest id first, at most `limit`, of each
  /// id the one that was made last; of those with a subject of this hash, where that is given. O(limit · log records).
  func page(before id: Identifier?, subject: UInt32?, limit: Int) async throws(StoreError) -> [LoggedRecord]
  /// The hash of the frame that ends with the record in this place of the log of this name; nil when it isn't stored,
  /// or no frame ends there. O(log records).
  func hash(of log: String, at sequence: Int64) async throws(StoreError) -> [UInt8]?
  /// Holds a log against its hashes, behind the last `anchor` of what was removed from its beginning. O(records).
  func verify(_ log: String, after anchor: RecordAnchor?) async throws(StoreError) -> LogVerification
  /// The records behind that anchor that were all made before `milliseconds` since 1970, at most
  /// ``RecordLimits/prunedRecords`` and the rest of a turn's, as the anchor that stands for them when they are gone;
  /// nil when there are none. Throws `corrupt` when they aren't what was written. O(bytes).
  func old(
    _ log: String, after anchor: RecordAnchor?, before milliseconds: Int64
  ) async throws(StoreError) -> RecordAnchor?
  /// Removes the records of a log up to this place: an anchor stands for them. O(records that go).
  func remove(_ log: String, through sequence: Int64) async throws(StoreError)
}

extension StoreError {
  /// A log that somebody else writes.
  package static func logConflict(_ log: String) -> StoreError {
    StoreError(
      .conflict, "the log \(log) is stored up to another place than this host left it; is another host named the same?")
  }
}

/// Follows the chain of a log record by record.
package struct LogVerifier: Sendable {
  /// What was found so far.
  package private(set) var verification = LogVerification()
  /// The records that are gone from the log's beginning.
  package let gone: Int64
  private let log: String
  private let begin: [UInt8]
  private var hash: [UInt8]
  private var payload: [UInt8] = []
  private var pending: Int64 = 0

  /// A verifier at the beginning of `log`, or behind the last anchor of what was removed from there.
  package init(_ log: String, after anchor: RecordAnchor? = nil) {
    self.log = log
    gone = anchor?.last ?? 0
    begin = anchor?.after ?? RecordSegment.firstHash
    hash = begin
  }

  /// The anchor that stands for what was found to be as it was written, when that is gone; nil when there is nothing.
  package var anchor: RecordAnchor? {
    if verification.records == 0 { return nil }
    return RecordAnchor(
      log: RecordLogName.name(ofStored: log), first: gone + 1, last: gone + verification.records, before: begin,
      after: hash)
  }

  /// Takes the next record of those that may go because they were made before `milliseconds` since 1970; false when it
  /// may not, or enough were taken. Throws `corrupt` when it isn't what was written. O(bytes).
  package mutating func take(_ record: LoggedRecord, before milliseconds: Int64) throws(StoreError) -> Bool {
    if verification.records >= RecordLimits.prunedRecords || record.milliseconds >= milliseconds { return false }
    take(record)
    if let fault = verification.fault { throw StoreError(.corrupt, "\(fault); it stays, with all behind it") }
    return true
  }

  /// Takes the next record in order. O(bytes).
  package mutating func take(_ record: LoggedRecord) {
    if verification.fault != nil { return }
    let expected = gone + verification.records + pending + 1
    if record.sequence != expected { return fail(expected, "is missing") }
    payload += RecordSegment.bytes(ofLength: record.bytes.count) + record.bytes
    pending += 1
    guard let kept = record.hash else { return }
    hash = RecordSegment.hash(payload, after: hash)
    if hash != kept { return fail(record.sequence, "or one shortly before is not what was written") }
    verification.records += pending
    (payload, pending) = ([], 0)
  }

  /// The log ends with what was taken, and should end at `end`.
  package mutating func finish(at end: LogEnd) -> LogVerification {
    if verification.fault == nil, gone + verification.records != end.sequence || hash != end.hash {
      fail(gone + verification.records + 1, "is missing")
    }
    return verification
  }

  private mutating func fail(_ sequence: Int64, _ what: String) {
    verification.fault = "\(log): record \(sequence) \(what)"
  }
}
