package import Core
package import Ledger

/// Removes old records of the logs that all hosts store, from the beginning of each log on. Each piece that goes leaves
/// an anchor in the ledger, as a host's own segments do.
package struct StoredPruning: Sendable {
  private let logs: any DecisionLog
  private let ledger: any LedgerWriting & LedgerReading
  private let requester: String

  /// Removes from `logs`, whose anchors `ledger` is told, as asked by `requester`.
  package init(_ logs: any DecisionLog, ledger: any LedgerWriting & LedgerReading, requester: String) {
    self.logs = logs
    self.ledger = ledger
    self.requester = requester
  }

  /// Removes records that were all made before `milliseconds` (since 1970), at most ``RecordLimits/prunedSegments``
  /// pieces of ``RecordLimits/prunedRecords``. Another host may do the same meanwhile. O(bytes removed, and anchors).
  package func prune(before milliseconds: Int64) async throws -> PrunedRecords {
    var pruned = PrunedRecords()
    for log in try await logs.logs() {
      do {
        try await prune(log, before: milliseconds, into: &pruned)
      } catch let error as StoreError where error.code == .corrupt {
        pruned.problems.append(error.message)
      }
      if pruned.isUnfinished { break }
    }
    return pruned
  }

  private func prune(_ log: String, before milliseconds: Int64, into pruned: inout PrunedRecords) async throws {
    var last = try await logs.anchors(of: log, in: ledger).last
    // A crash came between the anchor and the removal.
    if let last { try await logs.remove(log, through: last.last) }
    while !pruned.isUnfinished {
      guard let next = try await logs.old(log, after: last, before: milliseconds) else { return }
      _ = try await ledger.commit(Submission(next.statement(requester: requester)))
      // Another host may have stated another piece first, and that one counts.
      guard let entry = try await ledger.entry(RecordAnchor.id(of: next.log, first: next.first))?.entry,
        let stated = RecordAnchor(entry), stated.first == next.first
      else { throw StoreError(.corrupt, "\(log): the ledger has no anchor of the records from \(next.first) on") }
      try await logs.remove(log, through: stated.last)
      last = stated
      pruned.anchors.append(stated)
      pruned.isUnfinished = pruned.anchors.count >= RecordLimits.prunedSegments
    }
  }
}

extension DecisionLog {
  /// The anchors that `ledger` has of what was removed from the log of this name. O(anchors · log entries). Throws
  /// `corrupt` when one doesn't follow the one before it.
  package func anchors(of log: String, in ledger: some LedgerReading) async throws(StoreError) -> [RecordAnchor] {
    let name = RecordLogName.name(ofStored: log)
    return try await RecordAnchors(of: [name], in: ledger)[name]
  }

  /// The anchors that `ledger` has of what was removed from all logs, and from the logs of the same lanes before their
  /// host shared a store. O(anchors · log entries). Throws as above.
  package func anchors(in ledger: some LedgerReading) async throws(StoreError) -> RecordAnchors {
    var names: Set<String> = []
    for log in try await logs() {
      names.insert(RecordLogName.name(ofStored: log))
      guard let lane = log.pieces(at: "/").last, RecordLogName.isFolder(String(lane)) else { continue }
      names.insert(RecordLogName.name(ofFolder: String(lane)))
    }
    return try await RecordAnchors(of: names, in: ledger)
  }
}
