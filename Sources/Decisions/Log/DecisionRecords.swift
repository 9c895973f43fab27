package import Core
package import Ledger
internal import NIOCore
internal import NIOPosix

/// One page of records.
package struct RecordPage: Sendable, Equatable {
  /// The records as they are kept, the highest id first.
  package var records: [JSON] = []
  /// Where the next page begins: `before` of the next request; nil when nothing follows.
  package var next: Identifier?
}

/// The records of all decisions: those of the ledger, which committed with their effects, those of the log, and those
/// that all hosts have stored, which are one with the log's.
///
/// In the order of their ids, which begin with the time; the id of a decision with effects is the key its caller chose.
/// An id shows what came last under it: a decision that committed, else the last failure that bound no key.
package struct DecisionRecords: Sendable {
  private let ledger: any LedgerStore
  private let log: RecordReader
  private let stored: (any DecisionLog)?

  /// Finds records in `ledger` and `log`, and in what all hosts have `stored`, if they do.
  package init(ledger: any LedgerStore, log: RecordReader, stored: (any DecisionLog)? = nil) {
    self.ledger = ledger
    self.log = log
    self.stored = stored
  }

  /// The bytes of the record with this id; nil when there is none. Throws `StoreError`.
  package func record(_ id: Identifier) async throws -> [UInt8]? {
    if let kept = try await ledger.record(id) { return kept }
    if let own = try await reading({ try log.record(id) }) { return own }
    return try await stored?.entry(id)
  }

  /// Records with ids below `before`, or from the last one on, and not below `since`, at most `limit`; those that
  /// `filter` wants. A page may have fewer, also none, though there is a next one: see ``RecordLimits``. Throws as
  /// ``record(_:)``.
  package func page(
    _ filter: RecordFilter = RecordFilter(), since: Identifier? = nil, before: Identifier? = nil, limit: Int
  ) async throws -> RecordPage {
    var page = RecordPage(next: before)
    var (examined, bytes) = (0, 0)
    while true {
      let (records, isLast) = try await slice(before: page.next, filter.subject)
      var rest = records[...]
      while let first = rest.first {
        if let since, first.id < since {
          page.next = nil
          return page
        }
        if page.records.count >= limit || bytes >= RecordLimits.pageBytes || examined >= RecordLimits.pageExamined {
          return page
        }
        // Of what is wanted there may be none among many; else most belong to the page.
        let count = filter.isSelective ? RecordLimits.pageExamined - examined : limit - page.records.count
        var piece = rest.prefix(count)
        if let since { piece = piece.prefix { $0.id >= since } }
        let found = try await self.bytes(of: Array(piece), filter.point)
        rest = rest.dropFirst(found.count)
        for (record, kept) in zip(piece, found) {
          if page.records.count >= limit || bytes >= RecordLimits.pageBytes { return page }
          examined += 1
          page.next = record.id
          guard let kept, let json = Self.json(kept), filter.fits(json) else { continue }
          page.records.append(json)
          bytes += kept.count
        }
      }
      if isLast {
        page.next = nil
        return page
      }
    }
  }

  /// A record of the ledger, or where one lies in the log.
  private enum Source: Sendable {
    case ledger(DecisionRecord)
    case log(RecordReader.Found)
    case stored(LoggedRecord)

    var id: Identifier {
      switch self {
      case .ledger(let record): record.id
      case .log(let found): found.id
      case .stored(let record): record.id
      }
    }
  }

  /// The next records of both, merged, and whether these are all. What the ledger has under an id hides what the log
  /// has under it.
  private func slice(
    before: Identifier?, _ subject: String?
  ) async throws -> (records: [Source], isLast: Bool) {
    // Those of the ledger come with their bytes, so fewer at once.
    let (ledgerLimit, logLimit, storedLimit) = (32, 256, 64)
    let kept = try await ledger.records(before: before, limit: ledgerLimit)
    let hash = subject.map { RecordSubject.hash($0.utf8) }
    let found = try await reading { try log.page(before: before, subject: hash, limit: logLimit) }
    let others = try await stored?.page(before: before, subject: hash, limit: storedLimit) ?? []
    // Below the last of a list that was cut, that list isn't known. Of an id there may have been several.
    let ends = [
      kept.count == ledgerLimit ? kept.last?.id : nil, found.count == logLimit ? found.last?.id : nil,
      others.isEmpty ? nil : others.last?.id,
    ]
    let horizon = ends.compactMap { $0 }.max()
    let logged = Self.merged(found.map { Source.log($0) }, others.map { Source.stored($0) })
    let merged = Self.merged(kept.map { Source.ledger($0) }, logged)
    return (merged.filter { record in horizon.map { record.id >= $0 } ?? true }, horizon == nil)
  }

  /// Two lists in one, the highest id first; what the first has under an id hides what the other has. O(records).
  private static func merged(_ first: [Source], _ second: [Source]) -> [Source] {
    if second.isEmpty { return first }
    var merged: [Source] = []
    var (left, right) = (first[...], second[...])
    while true {
      switch (left.first, right.first) {
      case (let one?, let other) where other.map({ $0.id <= one.id }) ?? true:
        merged.append(one)
        left.removeFirst()
        if other?.id == one.id { right.removeFirst() }
      case (_, let other?):
        merged.append(other)
        right.removeFirst()
      case (_, nil): return merged
      }
    }
  }

  /// The bytes of those records that are of `point`, each in its place, from the first on up to a page's. Goes to the
  /// disk once.
  private func bytes(of records: [Source], _ point: String?) async throws -> [[UInt8]?] {
    try await reading {
      var (found, count): ([[UInt8]?], Int) = ([], 0)
      for record in records where count < RecordLimits.pageBytes {
        switch record {
        case .ledger(let kept):
          found.append(point.map { RecordSegment.isOf($0, kept.bytes) } ?? true ? kept.bytes : nil)
        case .stored(let record):
          found.append(point.map { RecordSegment.isOf($0, record.bytes) } ?? true ? record.bytes : nil)
        case .log(let place): found.append(try log.read(place, of: point))
        }
        count += found.last.flatMap { $0?.count } ?? 0
      }
      return found
    }
  }

  /// As it was written; nil when it can't be read.
  package static func json(_ bytes: [UInt8]) -> JSON? { try? JSON(parsing: bytes, limits: RecordLimits.parsing) }

  /// Runs `body`, which waits for the disk, on a thread that may.
  private func reading<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOSingletons.posixBlockingThreadPool.runIfActive(body)
  }
}
