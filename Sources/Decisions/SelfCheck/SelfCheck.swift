internal import Core
internal import Cryptography
package import Ledger

/// What one step of the self-check found.
package struct SelfCheckStep: Sendable {
  /// What the record that was run again came to; nil when the piece had none.
  package var verdict: ReplayVerdict?
  /// Which record that was.
  package var record: String?
  /// What isn't as it was written, for people.
  package var faults: [String] = []
  /// Whether a pass over everything ended with this step.
  package var endsPass = false
}

/// Verifies what a host keeps while it runs, a piece at a time: the chains of the logs of records, then that of the
/// ledger with the records its entries name, and over again. Of each piece one record, chosen at random, is run again.
///
/// A step costs a piece, whatever is kept; so how long a pass takes grows with that.
package actor SelfCheck {
  /// Bytes of a log's chain that are verified at once.
  static let pieceBytes = 128 << 10
  /// Entries of the ledger that are verified at once.
  static let entries = 32

  private let records: RecordLog
  private let ledger: any LedgerStore
  private let replay: @Sendable (RecordedDecision) async -> Replay
  private var logs: [FollowedLog] = []
  private var number = 0
  private var place: ChainPlace?
  private var entry = LedgerHead()
  private var isAtStart = true

  /// Checks what these keep; `replay` runs a record again.
  package init(
    _ records: RecordLog, _ ledger: any LedgerStore, replay: @escaping @Sendable (RecordedDecision) async -> Replay
  ) {
    self.records = records
    self.ledger = ledger
    self.replay = replay
  }

  /// Verifies the next piece and runs one of its records again. Waits for the disk. Throws `StoreError` when the next
  /// piece can't be read now; the same one is next again then.
  package func step() async throws -> SelfCheckStep {
    if isAtStart {
      (logs, number, place, entry, isAtStart) = (try records.followed(), 0, nil, LedgerHead(), false)
    }
    var step = SelfCheckStep()
    let kept: [[UInt8]]
    if number < logs.count {
      let piece = try logs[number].verify(from: place, bytes: Self.pieceBytes)
      (kept, step.faults, place) = (piece.records, piece.faults, piece.next)
      if place == nil { number += 1 }
    } else {
      (kept, step.faults, step.endsPass) = try await ledgerPiece()
      isAtStart = step.endsPass
    }
    guard let bytes = kept.randomElement() else { return step }
    guard let record = RecordedDecision(bytes: bytes) else {
      step.faults.append("a record can't be read: \(RecordSegment.id(of: bytes)?.description ?? "it has no id")")
      return step
    }
    step.record = "\(record.id) \(record.point)"
    let again = await replay(record)
    step.verdict = again.verdict
    return step
  }

  private func ledgerPiece() async throws -> (records: [[UInt8]], faults: [String], isEnd: Bool) {
    let rows = try await ledger.rows(after: entry.sequence, limit: Self.entries)
    var (records, faults) = ([[UInt8]](), [String]())
    var earlier: Identifier?
    for row in rows {
      let place = "entry \(row.sequence) of the ledger"
      if row.sequence != entry.sequence + 1 { faults.append("\(place) does not follow entry \(entry.sequence)") }
      defer { (entry.sequence, entry.hash) = (row.sequence, row.hash) }
      guard let (decoded, previous) = Entry.decode(row.canonicalBytes) else {
        faults.append("\(place) can't be read")
        continue
      }
      if Entry.hash(row.canonicalBytes) != row.hash { faults.append("\(place) is not what was written") }
      if previous != entry.hash { faults.append("\(place) follows another entry than the one before it") }
      guard let named = decoded.record, let id = Identifier(decoded.idempotencyKey), id != earlier else { continue }
      earlier = id
      guard let bytes = try await ledger.record(id), DecisionRecord(id: id, bytes: bytes).fingerprint == named else {
        faults.append("\(place) names the record of decision \(id), which is not what was written")
        continue
      }
      records.append(bytes)
    }
    return (records, faults, rows.count < Self.entries)
  }
}
