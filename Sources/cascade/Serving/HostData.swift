import Core
import Decisions
import Ledger
import Logging
import Platform
import Rulebook
import ServiceLifecycle
import Synchronization
import Tokens

/// The data directory of the one host that runs on it: locked, marked as a demonstration's or not, and held against
/// what an earlier host had in it. What is gone is no beginning.
final class HostData: Sendable {
  /// The path of the data directory.
  let path: String
  private let settings: ServeSettings
  private let logger: Logger
  private let lock: FileLock
  private let mark: Mutex<DataMark>

  /// Locks the directory, which is made when it isn't there, and looks for what must be in it. Throws what is missing
  /// and how to go on.
  init(_ settings: ServeSettings, logger: Logger) throws {
    path = settings.data
    self.settings = settings
    self.logger = logger
    try DataDirectory.actAsOwner(of: path)
    try OutputFile.makeDirectories(above: path)
    try DataDirectory.make(path)
    lock = try DataDirectory.lock(path)
    let before = try DataMark.read(in: path)
    try Migrate.checkForms(in: path)
    let found = Self.found(in: path)
    if settings.shared != nil, found.contains(.ledger) {
      throw ReadingError(
        message:
          "\(path) holds a ledger of its own, which other hosts wouldn't see: 'cascade store copy --from \(path)' "
          + "moves it over; then start with an empty --data, where this host keeps its records")
    }
    var mark = try before ?? DataMark(Self.use(settings, found), parts: found)
    try Self.check(mark, settings)
    if let seen = before?.clock, !settings.acceptsClock { try Self.check(seen, against: ClockReading.now(), path) }
    var missing = DataMark.expected(before, found: found).subtracting(found)
    // The rest is shared, and looked for there.
    if settings.shared != nil { missing.formIntersection(DataPart.ofSharingHosts) }
    for part in DataPart.allCases.filter(missing.contains) {
      guard settings.acceptedLosses.covers(part) else { throw part.loss(in: path) }
      mark.parts.remove(part)
      // The ledger's own loss is noted with its checkpoints.
      if part != .ledger { Self.note(AcceptedLoss(part, milliseconds: Self.now), in: &mark, logger) }
    }
    try Self.checkCounts(&mark, in: path, settings.acceptedLosses, logger)
    try Self.checkLeft(&mark, in: path, settings.acceptedLosses, logger)
    mark.version = Version.text
    if mark != before { try mark.write(in: path) }
    self.mark = Mutex(mark)
  }

  /// Holds the ledger against the newest checkpoint that the host kept, and against the one that `--checkpoint` names.
  /// Throws what is missing and how to go on. O(1), or the checkpoints of an accepted loss.
  func check(_ ledger: some LedgerReading, _ records: RecordLog, keys: HostKeys) async throws {
    let book = CheckpointBook(directory: DataDirectory.checkpoints(in: path))
    let signers = try CheckpointKeys(keys.directory).keys()
    var newest = try book.newest(signedBy: signers).newest
    while let file = newest, let loss = try await self.loss(of: file.checkpoint.checkpoint, in: file.path, ledger) {
      try accept(loss)
      try book.setAsLost(file.path)
      newest = try book.newest(signedBy: signers).newest
    }
    if let path = settings.checkpoint {
      let given = try Self.checkpoint(path, signers)
      if mark.withLock({ $0.losses.contains { $0.explains(given) } }) {
        logger.warning("\(path) shows entries whose loss was accepted")
      } else if let loss = try await self.loss(of: given, in: path, ledger) {
        try accept(loss)
      }
    }
    try checkRecords(records, newest?.checkpoint.checkpoint)
  }

  /// Notes the same at the end, with how many records the log has and how the closed stores lie, and gives the
  /// directory up. O(bytes of the stores). Blocks.
  func end(_ keys: HostKeys, records: Int64) {
    do {
      // What was revoked since it was last looked.
      try keys.refresh()
      try note(keys, records: records, isLast: true)
    } catch {
      logger.error("what is kept in \(path) can't be noted: \(error)")
    }
    withExtendedLifetime(lock) {}
  }

  /// Notes what is in the directory now, and which tokens are revoked; at the `isLast` time, when all stores are
  /// closed, how they lie. Blocks.
  func note(_ keys: HostKeys, records: Int64? = nil, isLast: Bool = false) throws(StoreError) {
    try mark.withLock { mark throws(StoreError) in
      var next = mark
      next.parts.formUnion(Self.found(in: path))
      next.revoked = keys.revoked.endings(now: Self.now)
      if let records { next.records = records }
      next.generation = max(next.generation, try FileRulebookStore.lastNumber(in: path))
      next.audit = max(next.audit, try audit.byteCount())
      let clock = try ClockReading.now()
      if isLast { next.left = LeftDatabases.digests(in: path) }
      if next == mark, records == nil, let seen = mark.clock, seen.isFresh(at: clock) { return }
      next.clock = clock
      try next.write(in: path)
      mark = next
    }
  }

  /// Keeps what operators do.
  var audit: AuditLog { AuditLog(data: path) }

  /// The revoked tokens that an earlier host knew of; none when their loss was accepted.
  var revoked: [Int64: Int] { settings.acceptedLosses.covers(.revoked) ? [:] : mark.withLock { $0.revoked } }

  /// Tokens that were issued earlier don't count, seconds since 1970.
  var tokensFrom: Int64 { mark.withLock { $0.tokensFrom } }

  private static var now: Int64 { WallClock.milliseconds() }

  private static func found(in data: String) -> Set<DataPart> { Set(DataPart.allCases.filter { $0.isThere(in: data) }) }
}

// MARK: - Whose data they are

extension HostData {
  private static func use(_ settings: ServeSettings, _ found: Set<DataPart>) throws(ReadingError) -> DataMark.Use {
    if settings.isDemo { return .demo }
    if found.contains(.payments) && !settings.isLive {
      throw ReadingError(
        message: "\(settings.data) is of an earlier version, which didn't mark whose payments are in it: start once "
          + "with --live if they are the network's, or with --demo if they are a demonstration's")
    }
    return .live
  }

  private static func check(_ mark: DataMark, _ settings: ServeSettings) throws(ReadingError) {
    if mark.use == .demo && !settings.isDemo {
      throw ReadingError(
        message: "\(settings.data) holds a demonstration's data, which never reach the network: start with --demo, or "
          + "choose another --data")
    }
    if mark.use == .live && settings.isDemo {
      throw ReadingError(
        message: "\(settings.data) holds the network's data, and a demonstration must not touch them: start without "
          + "--demo, or choose another --data (.cascade-demo)")
    }
  }
}

// MARK: - The clock

extension HostData {
  private static func check(_ seen: ClockReading, against now: ClockReading, _ data: String) throws(ReadingError) {
    guard let days = seen.jump(to: now) else { return }
    throw ReadingError(
      message: "the clock is \(abs(days)) days \(days > 0 ? "ahead of" : "behind") what the last host on \(data) saw: "
        + "trust decays and tokens end by it. Set it, or start once with --accept-clock")
  }
}

// MARK: - What was lost

extension HostData {
  /// What the ledger lacks of what a checkpoint shows; nil when it lacks nothing. Throws when nobody accepted that.
  private func loss(
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
  private static func checkCounts(
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

  /// Holds the databases against how the last host left them; from now on they change.
  private static func checkLeft(
    _ mark: inout DataMark, in path: String, _ accepted: AcceptedLosses, _ logger: Logger
  ) throws {
    for part in LeftDatabases.changed(since: mark, in: path) {
      guard accepted.covers(part) else {
        throw ReadingError(
          message: "\(path)/\(part.path) isn't as the last host left it: it is damaged, or an older copy. Put back its "
            + "newest copy, or go on with it as it is by --accept-loss \(part.rawValue), once, which is recorded")
      }
      note(AcceptedLoss(part, milliseconds: now), in: &mark, logger)
    }
    mark.left = [:]
  }

  private func accept(_ loss: AcceptedLoss) throws(StoreError) {
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

  private static func note(_ loss: AcceptedLoss, in mark: inout DataMark, _ logger: Logger) {
    mark.losses.append(loss)
    if loss.part == .records { mark.records = loss.from ?? 0 }
    let range = loss.from.flatMap { from in loss.through.map { ": everything behind \(from), up to \($0)" } } ?? ""
    logger.critical("the loss of data was accepted: \(loss.part.rawValue)\(range)")
  }

  /// Counts the log of records against what a checkpoint and the mark know of it.
  private func checkRecords(_ records: RecordLog, _ checkpoint: Checkpoint?) throws {
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

  private static func checkpoint(_ path: String, _ signers: JSONWebKeySet?) throws -> Checkpoint {
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

/// Notes what is in a data directory while a host runs.
struct HostDataService: Service {
  /// How often it looks.
  static let interval = Duration.seconds(5)

  let data: HostData
  let keys: HostKeys
  let logger: Logger

  func run() async throws {
    await note()
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await note() }
  }

  private func note() async {
    do {
      try await BlockingPool.shared.run { try data.note(keys) }
    } catch {
      logger.error("what is kept in \(data.path) can't be noted: \(error)")
    }
  }
}
