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

/// Verifies what a host keeps while it runs, a piece at a time: of the chains of the logs of records, and of that of
/// the ledger with the records its entries name. Which piece is next is left to chance, each comes once in a pass, and
/// after a pass follows another. Of each piece one record, chosen at random, is run again.
///
/// A step costs a piece, whatever is kept; so how long a pass takes grows with that.
package actor SelfCheck {
  /// Bytes of a log's chain that are verified at once.
  static let pieceBytes = 128 << 10
  /// Entries of the ledger that are verified at once.
  static let entries = 32
  /// Segments that are under way at once: their pieces come in order, and between them those of others.
  static let openSegments = 16

  /// A segment of a log, and how far it is verified.
  private struct Segment {
    var log: Int
    var number: Int
    var place: ChainPlace
  }

  private let records: RecordLog
  private let ledger: any LedgerStore
  private let replay: @Sendable (RecordedDecision) async -> Replay
  private var logs: [FollowedLog] = []
  /// The segments of this pass that nobody took up yet are places in here; the places behind are pieces of the ledger.
  private var segments: [(log: Int, number: Int)] = []
  private var order = SelfCheckOrder(0)
  /// What was taken last of the order, as long as it isn't verified.
  private var taken: Int?
  private var open: [Segment] = []
  private var isAtStart = true

  /// Checks what these keep; `replay` runs a record again.
  package init(
    _ records: RecordLog, _ ledger: any LedgerStore, replay: @escaping @Sendable (RecordedDecision) async -> Replay
  ) {
    self.records = records
    self.ledger = ledger
    self.replay = replay
  }

  /// Verifies another piece and runs one of its records again. Waits for the disk. Throws `StoreError` when it can't be
  /// read now; the pass doesn't end before it could.
  package func step() async throws -> SelfCheckStep {
    if isAtStart { try await begin() }
    var step = SelfCheckStep()
    let kept = try await verify(&step)
    step.endsPass = order.isOver && taken == nil && open.isEmpty
    isAtStart = step.endsPass
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

  /// Sees what there is to verify in a pass. What is written meanwhile waits for the next one.
  private func begin() async throws {
    let sequence = try await ledger.head().sequence
    logs = try records.followed()
    segments = []
    for (number, log) in logs.enumerated() { segments += try log.segments().map { (number, $0) } }
    order = SelfCheckOrder(segments.count + (Int(sequence) + Self.entries - 1) / Self.entries)
    (open, isAtStart) = ([], false)
  }

  /// The records of a piece that is verified now: of a segment under way, or of what nobody took up yet.
  private func verify(_ step: inout SelfCheckStep) async throws -> [[UInt8]] {
    let isOver = order.isOver && taken == nil
    if isOver || open.count >= Self.openSegments || Bool.random(), let chosen = open.indices.randomElement() {
      let (records, rest) = try verify(open[chosen], &step)
      if let rest { open[chosen] = rest } else { open.remove(at: chosen) }
      return records
    }
    taken = taken ?? order.next()
    guard let place = taken else { return [] }
    let kept: [[UInt8]]
    if place < segments.count {
      let (log, number) = segments[place]
      let segment = Segment(log: log, number: number, place: ChainPlace(startOf: number))
      let (records, rest) = try verify(segment, &step)
      if let rest { open.append(rest) }
      kept = records
    } else {
      kept = try await entries(after: Int64((place - segments.count) * Self.entries), &step)
    }
    taken = nil
    return kept
  }

  /// The records of the segment's next piece, and what is left of the segment.
  private func verify(
    _ segment: Segment, _ step: inout SelfCheckStep
  ) throws -> (records: [[UInt8]], rest: Segment?) {
    let log = logs[segment.log]
    let piece = try log.verify(from: segment.place, bytes: Self.pieceBytes)
    var (faults, rest) = (piece.faults, Segment?.none)
    if let next = piece.next {
      if next.isIn(segment: segment.number) {
        rest = Segment(log: segment.log, number: segment.number, place: next)
      } else {
        faults += try log.faults(at: next)
      }
    }
    step.faults += faults
    return (piece.records, rest)
  }

  private func entries(after first: Int64, _ step: inout SelfCheckStep) async throws -> [[UInt8]] {
    var rows = try await ledger.rows(after: max(0, first - 1), limit: Self.entries + (first > 0 ? 1 : 0))[...]
    var (sequence, hash) = (first, Optional(Entry.firstHash))
    if first > 0 {
      hash = rows.first.flatMap { $0.sequence == first ? $0.hash : nil }
      if hash == nil { step.faults.append("entry \(first) of the ledger is missing") } else { rows = rows.dropFirst() }
    }
    var (records, earlier) = ([[UInt8]](), Identifier?.none)
    for row in rows.prefix(Self.entries) {
      let place = "entry \(row.sequence) of the ledger"
      if row.sequence != sequence + 1 { step.faults.append("\(place) does not follow entry \(sequence)") }
      let before = hash
      (sequence, hash) = (row.sequence, row.hash)
      guard let (decoded, previous) = Entry.decode(row.canonicalBytes) else {
        step.faults.append("\(place) can't be read")
        continue
      }
      if Entry.hash(row.canonicalBytes) != row.hash { step.faults.append("\(place) is not what was written") }
      if let before, previous != before {
        step.faults.append("\(place) follows another entry than the one before it")
      }
      guard let named = decoded.record, let id = Identifier(decoded.idempotencyKey), id != earlier else { continue }
      earlier = id
      guard let bytes = try await ledger.record(id), DecisionRecord(id: id, bytes: bytes).fingerprint == named else {
        step.faults.append("\(place) names the record of decision \(id), which is not what was written")
        continue
      }
      records.append(bytes)
    }
    return records
  }
}
