package import Core
package import Ledger
internal import Platform

/// What was removed from logs of records.
package struct PrunedRecords: Sendable, Equatable {
  /// The anchors of what was removed, of each log in their order.
  package var anchors: [RecordAnchor] = []
  /// What stays although it is old enough, and why.
  package var problems: [String] = []
  /// Whether there is more to remove.
  package var isUnfinished = false

  /// What went under these anchors, with nothing left to do.
  package init(anchors: [RecordAnchor] = []) { self.anchors = anchors }

  /// How many records went.
  package var records: Int64 { anchors.reduce(0) { $0 + $1.count } }

  /// `{"segments","records","anchors","problems","unfinished"}`
  package var json: JSON {
    [
      "segments": .integer(Int64(anchors.count)), "records": .integer(records),
      "anchors": .array(anchors.map(\.json)), "problems": .array(problems.map { .string($0) }),
      "unfinished": .bool(isUnfinished),
    ]
  }
}

/// Removes old segments of logs of records that no host writes.
package struct RecordPruning: Sendable {
  /// Where the logs are: `DATA/records`.
  private let directory: String
  private let ledger: any LedgerWriting & LedgerReading
  private let requester: String

  /// Removes from the logs in `directory`, whose anchors `ledger` is told, as asked by `requester`.
  package init(directory: String, ledger: any LedgerWriting & LedgerReading, requester: String) {
    self.directory = directory
    self.ledger = ledger
    self.requester = requester
  }

  /// Removes full segments whose records were all made before `milliseconds` (since 1970), from the beginning of each
  /// log on, at most ``RecordLimits/prunedSegments``. Records of decisions with effects are the ledger's, and stay.
  /// Waits for the disk. O(bytes removed, and a segment of each log).
  package func prune(before milliseconds: Int64) async throws -> PrunedRecords {
    var pruned = PrunedRecords()
    for folder in try RecordReader(directory: directory).folders() where !folder.isEmpty {
      let path = directory + "/" + folder
      try await prune(folder, before: milliseconds, into: &pruned) { (anchors, log) throws(StoreError) in
        let written = try SegmentPruning.lastWritten(in: path)
        return try SegmentPruning.next(in: path, of: log, anchors, before: milliseconds, written: written)
      } remove: { (number) throws(StoreError) in
        try SegmentPruning.remove(number, in: path)
      }
    }
    return pruned
  }

  /// Goes through the segments of one log: `next` says what can go, `remove` removes it once the ledger has its anchor.
  func prune(
    _ folder: String, before milliseconds: Int64, into pruned: inout PrunedRecords,
    next: @escaping @Sendable ([RecordAnchor], String) async throws -> SegmentPruning.Step?,
    remove: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    let log = RecordLogName.name(ofFolder: folder)
    var anchors = try await RecordAnchors(of: [log], in: ledger)
    while !pruned.isUnfinished {
      do {
        switch try await next(anchors[log], log) {
        case nil: return
        case .remove(let segment): try await remove(segment)
        case .anchor(let anchor, let segment):
          _ = try await ledger.commit(Submission(anchor.statement(requester: requester)))
          anchors.append(anchor)
          try await remove(segment)
          pruned.anchors.append(anchor)
          pruned.isUnfinished = pruned.anchors.count >= RecordLimits.prunedSegments
        }
      } catch let error as StoreError where error.code == .corrupt {
        pruned.problems.append(error.message)
        return
      }
    }
  }
}
