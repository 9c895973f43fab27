import Core
import Decisions
import Ledger
import Logging
import Platform
import Rulebook
import Synchronization
import Tokens

/// The data directory of the one host that runs on it: locked, marked as a demonstration's or not, and held against
/// what an earlier host had in it. What is gone is no beginning.
final class HostData: Sendable {
  /// The path of the data directory.
  let path: String
  let settings: ServeSettings
  let logger: Logger
  private let lock: FileLock
  let mark: Mutex<DataMark>
  /// A jump of the clock that an operator accepted for this start; nil when there was none.
  let jump: (seen: ClockReading, now: ClockReading)?
  /// Whether it was said that the clock jumped while the host runs.
  let isJumpTold = Atomic(false)

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
    jump = try Self.jump(since: before?.clock, settings)
    var missing = DataMark.expected(before, found: found).subtracting(found)
    // The rest is shared, and looked for there.
    if settings.shared != nil { missing.formIntersection(DataPart.ofSharingHosts) }
    for part in DataPart.allCases.filter(missing.contains) {
      guard settings.acceptedLosses.covers(part) else { throw part.loss(in: path) }
      mark.parts.remove(part)
      mark.ages[part] = nil
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
    try await checkEntries(ledger)
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

  /// Notes what is in the directory now, which tokens are revoked, how old databases are and with which entry the
  /// ledger ends; at the `isLast` time, when all stores are closed, how they lie. Blocks.
  func note(
    _ keys: HostKeys, ages: [DataPart: StoreAge] = [:], entries: Int64 = 0, records: Int64? = nil, isLast: Bool = false
  ) throws(StoreError) {
    try mark.withLock { mark throws(StoreError) in
      var next = mark
      next.parts.formUnion(Self.found(in: path))
      next.revoked = keys.revoked.endings(now: Self.now)
      if let records { next.records = records }
      next.generation = max(next.generation, try FileRulebookStore.lastNumber(in: path))
      next.audit = max(next.audit, try audit.byteCount())
      next.entries = max(next.entries, entries)
      next.ages.merge(ages) { $1 }
      if isLast {
        next.left = LeftDatabases.digests(in: path)
        next.ages.merge(LeftDatabases.ages(in: path)) { $1 }
      }
      let clock = try ClockReading.now()
      let hasJumped = tellJump(since: mark.clock, to: clock)
      if next == mark, records == nil, let seen = mark.clock, hasJumped || seen.isFresh(at: clock) { return }
      // The next start asks whether a jump is accepted, however long this host goes on.
      if !hasJumped { next.clock = clock }
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

  static var now: Int64 { WallClock.milliseconds() }

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
