import Core
import Decisions
import Ledger
import Logging
import Rulebook
import Synchronization
import Tokens

/// What an earlier host had and this one doesn't find.
extension HostData {
  /// What the ledger lacks of what a checkpoint shows; nil when it lacks nothing. Throws when nobody accepted that.
  func loss(
    of checkpoint: Checkpoint, in file: String, _ ledger: some LedgerReading
  ) async throws -> AcceptedLoss? {
    let standing = try await checkpoint.standing(of: ledger)
    guard let last = standing.last else { return nil }
    if settings.acceptedLosses.sequence != last {
      throw ReadingError(
        message: Self.text(standing, checkpoint, file, path)
          + ". Put back the newest copy of \(path)/ledger, with every file in it, or go on without them by "
          + "--accept-loss \(last), once, which is recorded")
    }
    let from = standing == .another(last) ? 0 : last
    return AcceptedLoss(
      .ledger, from: from, through: checkpoint.size, ledger: checkpoint.ledger, milliseconds: Self.now)
  }

  /// What the ledger in `data` lacks of what a checkpoint in `file` shows.
  static func text(
    _ standing: CheckpointStanding, _ checkpoint: Checkpoint, _ file: String, _ data: String
  ) -> String {
    switch standing {
    case .covers: "\(data)/ledger has what \(file) shows"
    case .behind(let last):
      "the ledger in \(data) ends at entry \(last), but \(file) shows \(checkpoint.size): "
        + "\(checkpoint.size - last) entries are missing"
    case .parted(let last):
      "entry \(checkpoint.size) of the ledger in \(data), which ends at \(last), is another than \(file) shows: an "
        + "older copy was gone on with, or it was changed"
    case .another(let last):
      "\(file) is about the ledger \(checkpoint.ledger), and the one in \(data), with \(last) entries, is another: "
        + "\(checkpoint.size) entries are missing"
    }
  }

  /// Holds the number of generations and the bytes of the audit log against what was noted: both only grow.
  static func checkCounts(
    _ mark: inout DataMark, in path: String, _ accepted: AcceptedLosses, _ logger: Logger
  ) throws {
    func check(_ part: DataPart, _ count: Int64, _ noted: Int64, _ what: String) throws {
      if count >= noted { return }
      guard accepted.covers(part) else {
        throw ReadingError(
          message:
            "\(path)/\(part.path) has \(count) \(what), but had \(noted): put back its newest copy, or go on without "
            + "them by --accept-loss \(part.rawValue), once, which is recorded")
      }
      if mark.parts.contains(part) {
        note(AcceptedLoss(part, from: count, through: noted, milliseconds: now), in: &mark, logger)
      }
    }
    let generation = try FileRulebookStore.lastNumber(in: path)
    try check(.generation, Int64(generation), Int64(mark.generation), "generations")
    let bytes = try AuditLog(data: path).byteCount()
    try check(.audit, bytes, mark.audit, "bytes")
    (mark.generation, mark.audit) = (generation, bytes)
  }

  /// Holds the databases against how the last host left or, when it was killed, last saw them; from now on they change.
  static func checkLeft(
    _ mark: inout DataMark, in path: String, _ accepted: AcceptedLosses, _ logger: Logger
  ) throws {
    for part in LeftDatabases.changed(since: mark, in: path) {
      guard accepted.covers(part) else {
        throw ReadingError(
          message: "\(path)/\(part.path) isn't as the last host left it: it is damaged, or an older copy. Put back its "
            + "newest copy, or go on with it as it is by --accept-loss \(part.rawValue), once, which is recorded")
      }
      note(AcceptedLoss(part, milliseconds: now), in: &mark, logger)
      mark.ages[part] = nil
    }
    for part in LeftDatabases.older(than: mark, in: path) {
      guard accepted.covers(part) else {
        throw ReadingError(
          message: "\(path)/\(part.path) is older than what the last host had there: an older copy, or its log of "
            + "writes is gone. Put back its newest copy, with every file beside it, or go on with it as it is by "
            + "--accept-loss \(part.rawValue), once, which is recorded")
      }
      note(AcceptedLoss(part, milliseconds: now), in: &mark, logger)
      mark.ages[part] = nil
    }
    mark.left = [:]
  }

  /// Holds the ledger of a host that shares none against the last entry that was noted.
  func checkEntries(_ ledger: some LedgerReading) async throws {
    let noted = mark.withLock { $0.entries }
    if settings.shared != nil || noted == 0 { return }
    let last = try await ledger.head().sequence
    if last >= noted { return }
    guard settings.acceptedLosses.sequence == last else {
      throw ReadingError(
        message: "the ledger in \(path) ends at entry \(last), but the last host saw \(noted): \(noted - last) entries "
          + "are missing. Put back the newest copy of \(path)/ledger, with every file in it, or go on without them by "
          + "--accept-loss \(last), once, which is recorded")
    }
    try accept(
      AcceptedLoss(.ledger, from: last, through: noted, ledger: ledger.ledgerID, milliseconds: Self.now))
  }

  func accept(_ loss: AcceptedLoss) throws(StoreError) {
    try mark.withLock { mark throws(StoreError) in
      var next = mark
      Self.note(loss, in: &next, logger)
      try next.write(in: path)
      mark = next
      try AuditLog(data: path).append(
        .local(
          "acceptLoss", details: [("part", loss.part.rawValue), ("loss", "\(loss.from ?? 0)…\(loss.through ?? 0)")]))
    }
  }

  static func note(_ loss: AcceptedLoss, in mark: inout DataMark, _ logger: Logger) {
    mark.losses.append(loss)
    if loss.part == .records { mark.records = loss.from ?? 0 }
    if loss.part == .ledger { mark.entries = min(mark.entries, loss.from ?? 0) }
    let range = loss.from.flatMap { from in loss.through.map { ": everything behind \(from), up to \($0)" } } ?? ""
    logger.critical("the loss of data was accepted: \(loss.part.rawValue)\(range)")
  }

  /// Counts the log of records against what a checkpoint and the mark know of it.
  func checkRecords(_ records: RecordLog, _ checkpoint: Checkpoint?) throws {
    let count = records.count
    let (noted, losses) = mark.withLock { ($0.records, $0.losses) }
    var wanted = checkpoint?.records?.reduce(0) { $0 + $1.count } ?? 0
    if let loss = losses.last(where: { $0.part == .records }), wanted <= loss.through ?? 0 { wanted = 0 }
    wanted = max(wanted, noted)
    if count >= wanted { return }
    guard settings.acceptedLosses.covers(.records) else {
      throw ReadingError(
        message: "the log in \(path)/records has \(count) decision records, but had \(wanted): put back its "
          + "newest copy, or go on without them by --accept-loss records, once, which is recorded")
    }
    try accept(AcceptedLoss(.records, from: count, through: wanted, milliseconds: Self.now))
  }

  static func checkpoint(_ path: String, _ signers: JSONWebKeySet?) throws -> Checkpoint {
    guard let given = SignedCheckpoint(json: try InputFile.json(path)) else {
      throw ReadingError(message: "\(path), as --checkpoint says, is no checkpoint")
    }
    guard let signers else {
      throw ReadingError(message: "no key is kept that could have signed \(path); put back keys/checkpoints.json")
    }
    do throws(TokenError) {
      _ = try given.verify(signers)
    } catch {
      throw ReadingError(message: "\(path), as --checkpoint says, is not valid: \(error.reason)")
    }
    return given.checkpoint
  }
}
