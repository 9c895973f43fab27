internal import Core
package import Ledger
internal import Synchronization

extension RecordLog {
  /// Removes full segments whose records were all made before `milliseconds` (since 1970), from the beginning of each
  /// log on, at most ``RecordLimits/prunedSegments``, while the logs are written; each leaves an anchor in `ledger`, as
  /// asked by `requester`. In the background, in turn with what else is done there. O(bytes removed, and a segment of
  /// each log). Throws `overloaded` while another one is under way, and what the ledger or the disk throws.
  package func prune(
    before milliseconds: Int64, in ledger: any LedgerWriting & LedgerReading, requester: String
  ) async throws -> PrunedRecords {
    if isPruning.exchange(true, ordering: .acquiring) {
      throw StoreError(.overloaded, "records are being pruned already; try again later", retryAfter: .seconds(1))
    }
    defer { isPruning.store(false, ordering: .releasing) }
    var pruned = PrunedRecords()
    let pruning = RecordPruning(directory: directory, ledger: ledger, requester: requester)
    for log in all {
      try await pruning.prune(log.folder, before: milliseconds, into: &pruned) { [background] anchors, name in
        try await background.perform { () throws(StoreError) in
          let (segment, length) = log.written
          // An empty one follows the one before it, which must stay for that.
          let written = length > 0 ? segment : try SegmentPruning.lastWritten(in: log.directory)
          return try SegmentPruning.next(
            in: log.directory, of: name, anchors, before: milliseconds, written: written)
        }
      } remove: { [background, reader] number in
        try await background.perform { () throws(StoreError) in
          try SegmentPruning.remove(number, in: log.directory)
          reader.forget(RecordReader.Segment(folder: log.folder, number: number))
        }
      }
    }
    return pruned
  }
}
