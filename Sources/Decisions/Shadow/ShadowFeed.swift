internal import Core
internal import Ledger

/// The decisions of a host as it makes them, log by log: what its lanes recorded, and what the ledger committed.
///
/// Read behind the host's back from what is kept anyway, so no decision waits for whoever reads.
struct ShadowFeed: Sendable {
  /// Some decisions of one log.
  struct Piece: Sendable {
    /// The records as they are kept.
    var records: [[UInt8]] = []
    /// Whether more waits behind them than may, so that these are dropped.
    var isBehind = false
  }

  private static let ledgerName = "ledger"

  /// How far each log was read.
  private(set) var positions: [String: UInt64]
  private let logs: [FollowedLog]
  private let ledger: any LedgerStore
  private let limits: ShadowLimits
  private var turn = 0

  /// Reads on from `positions`; a log without one is read from its beginning.
  init(_ logs: [FollowedLog], _ ledger: any LedgerStore, from positions: [String: UInt64], _ limits: ShadowLimits) {
    self.logs = logs
    self.ledger = ledger
    self.positions = positions
    self.limits = limits
  }

  /// Where the logs end now. Waits for the disk.
  static func ends(_ logs: [FollowedLog], _ ledger: any LedgerStore) async throws -> [String: UInt64] {
    var ends: [String: UInt64] = [:]
    for log in logs { ends[log.name] = try log.end() }
    ends[ledgerName] = UInt64(clamping: try await ledger.head().sequence)
    return ends
  }

  /// Reads on from other positions.
  mutating func goOn(from positions: [String: UInt64]) {
    self.positions.merge(positions) { $1 }
  }

  /// The next decisions of one of the logs, in turn; nil when none has any. Waits for the disk.
  mutating func next() async throws -> Piece? {
    for _ in 0...logs.count {
      turn = (turn + 1) % (logs.count + 1)
      let piece = turn < logs.count ? try next(of: logs[turn]) : try await nextOfLedger()
      if let piece { return piece }
    }
    return nil
  }

  private mutating func next(of log: FollowedLog) throws -> Piece? {
    let position = try positions[log.name] ?? log.beginning()
    let lag = try log.bytes(after: position)
    if lag == 0 { return nil }
    let isBehind = lag > limits.waitingBytes
    // Of what waits only so much is dropped that the rest may wait.
    let bytes = isBehind ? min(lag - limits.waitingBytes, 1 << 20) : 1 << 20
    let part = try log.part(after: position, records: isBehind ? 4_096 : limits.piece, bytes: bytes)
    positions[log.name] = part.next
    return Piece(records: part.records.map(\.bytes), isBehind: isBehind)
  }

  private mutating func nextOfLedger() async throws -> Piece? {
    let position = Int64(clamping: positions[Self.ledgerName] ?? 0)
    let end = try await ledger.head().sequence
    if end <= position { return nil }
    var piece = Piece(isBehind: end - position > Int64(limits.waitingEntries))
    // The entry before tells whether the next one is the first of its decision.
    var key = ""
    var last = position
    for row in try await ledger.rows(after: max(position - 1, 0), limit: limits.piece + 1) {
      let entryKey = row.stored?.entry.idempotencyKey ?? ""
      defer { key = entryKey }
      if row.sequence <= position { continue }
      last = row.sequence
      guard entryKey != key, let id = Identifier(entryKey), let record = try await ledger.record(id) else { continue }
      piece.records.append(record)
    }
    positions[Self.ledgerName] = UInt64(clamping: max(last, position))
    return piece
  }
}
