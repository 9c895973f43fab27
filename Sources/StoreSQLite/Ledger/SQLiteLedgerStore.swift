package import Core
internal import GRDB
package import Ledger
internal import Platform
internal import Synchronization

/// When what was written is forced to the disk.
package enum Durability: String, Sendable {
  /// With every commit: an acknowledged transfer survives a power loss.
  case full = "FULL"
  /// Now and then: it may not. Only for the test that shows the difference.
  case normal = "NORMAL"
}

/// A ledger in one SQLite file, `ledger.sqlite` in a data directory.
///
/// One connection makes all writes and checkpoints, on a queue of its own; readers can't write. Every commit is
/// durable when it returns (write-ahead log, `synchronous=FULL`). A lock file keeps a second process from writing.
package final class SQLiteLedgerStore: LedgerStore {
  /// The name of this ledger.
  package let ledgerID: String
  private let writer: LedgerWriter?
  private let clock: LedgerClock
  private let readers: [DatabaseQueue]
  /// Apart from the others, since a verification is long.
  private let verifiers: [DatabaseQueue]
  private let next = Atomic(0)
  private let lock: Mutex<FileLock?>
  private let directory: String

  /// Opens, or begins, the ledger in `directory` for writing and reading.
  ///
  /// Blocks while it reads accounts and holds. Throws `locked` when another process writes it,
  /// `unsupported_version` when a later version wrote it, `corrupt` or `io` when it can't be read.
  package init(
    directory: String, time: TimeSource = .system, limits: LedgerLimits = LedgerLimits(),
    durability: Durability = .full
  ) throws(StoreError) {
    self.directory = directory
    do {
      try Directory.make(directory)
      lock = Mutex(try Self.lock("\(directory)/ledger.lock"))
      let file = Self.file(in: directory)
      try file.make()
      let log = WriteAheadLog(limits)
      let connection = try file.openForWriting(LedgerSchema.migrator, durability: durability) { database in
        // A new index of a large ledger isn't sorted in memory.
        try database.execute(sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = FILE;")
        if limits.filePages > 0 { try database.execute(sql: "PRAGMA max_page_count = \(limits.filePages)") }
        log.follow(database)
      }
      let identity = try connection.write { try Self.identity($0) }
      ledgerID = identity.id
      let writer = try LedgerWriter(connection: connection, identity, log: log, time: time, limits: limits)
      clock = writer.clock
      self.writer = writer
      readers = try (0..<2).map { _ in try file.openForReading() }
      verifiers = try (0..<2).map { _ in try file.openForReading() }
    } catch {
      throw StoreError(error, while: "opening the ledger in \(directory)")
    }
  }

  /// Opens the ledger in `directory` for reading only, whether or not a host is writing it. Throws as the other.
  package init(reading directory: String) throws(StoreError) {
    self.directory = directory
    let file = Self.file(in: directory)
    do {
      lock = Mutex(nil)
      writer = nil
      // The time of whoever writes it isn't known here.
      clock = LedgerClock(.system, after: 0)
      readers = try (0..<2).map { _ in try file.openForReading() }
      verifiers = try (0..<2).map { _ in try file.openForReading() }
      // What else the row says, and whether there are others, a verification says.
      let id = try readers[0].read { try PlainStatement("SELECT id FROM ledger", in: $0).first { $0.text(0) } }
      guard let id else { throw StoreError(.corrupt, "the ledger has no name") }
      ledgerID = id
    } catch {
      throw StoreError(error, while: "opening the ledger in \(directory)")
    }
  }

  /// The right to write the ledger, held by one process at a time and let go when it ends, however it ends.
  private static func lock(_ path: String) throws -> FileLock {
    if let lock = try FileLock(path) { return lock }
    throw StoreError(
      .locked, "another process has this data (\(path) is locked): stop it, or use another --data directory")
  }

  /// The version of the SQLite library in use.
  package var sqliteVersion: String {
    (try? readers[0].read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }) ?? "unknown"
  }

  /// Ledger time; of a ledger opened for reading only, the wall clock's when it was opened and from there on.
  package func now() async throws(StoreError) -> Int64 { max(clock.now, try await head().timestamp) }

  /// Takes a submission; see ``LedgerWriting/commit(_:)``.
  package func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    guard let writer else { throw StoreError(.closed, "the ledger was opened for reading only") }
    return try await writer.commit(.ready(submission)) ?? Committed(.results([]), LedgerChanges())
  }

  /// The same for what is made when its turn has come, on the writer's thread.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    guard let writer else { throw StoreError(.closed, "the ledger was opened for reading only") }
    return try await writer.commit(.late(late))
  }

  /// Releases holds whose time is over; what that changed.
  package func sweep() async throws(StoreError) -> LedgerChanges {
    guard let writer else { throw StoreError(.closed, "the ledger was opened for reading only") }
    return try await writer.sweep()
  }

  /// Where the chain of hashes ends.
  package func head() async throws(StoreError) -> LedgerHead { try await read { try $0.head() } }

  /// The accounts of these names, and those of `world`.
  package func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    try await read { try $0.accounts(named: names) }
  }

  /// The accounts after this key. O(limit).
  package func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account] {
    try await read { try $0.accounts(after: key, limit: min(limit, LedgerLimits.pageRows)) }
  }

  /// The open holds after this id. O(limit).
  package func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold] {
    try await read { try $0.openHolds(after: id, limit: min(limit, LedgerLimits.pageRows)) }
  }

  /// The entry with this id.
  package func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? {
    try await read { try $0.entry(id) }
  }

  /// The entries after `sequence` that resolve or reverse the one with this id. O(limit).
  package func entries(
    naming id: Identifier, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredEntry] {
    try await read { try $0.entries(naming: id, after: sequence, limit: min(limit, LedgerLimits.pageRows)) }
  }

  /// The decision record with this id.
  package func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { try await read { try $0.record(id) } }

  /// The decision records before this id, from the end. O(limit).
  package func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    try await read { try $0.records(before: id, limit: min(limit, LedgerLimits.pageRows)) }
  }

  /// Rows after `sequence`. O(limit).
  package func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    try await read { try $0.rows(after: sequence, limit: min(limit, LedgerLimits.pageRows)) }
  }

  /// The steps of governance after `sequence`; none in a file that no host has opened since there are any. O(limit).
  package func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    try await read { try $0.governance(after: sequence, limit: min(limit, LedgerLimits.pageRows)) }
  }

  /// What these entries complete of the tree; nothing in a file that no host has opened since there is one.
  package func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] {
    try await read { try $0.treeNodes(completedBy: sequences) }
  }

  /// What an entry names as its attachment. O(bytes).
  package func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? {
    try await read { try $0.attachment(hash) }
  }

  /// Replays the ledger in one read transaction, so that a host may go on writing. O(entries).
  package func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    try await verify(against: checkpoint) { _ in }
  }

  /// The same, and tells `progress`, on the reader's queue, the sequence of each entry it has taken.
  package func verify(
    against checkpoint: Checkpoint?, progress: @escaping @Sendable (Int64) -> Void
  ) async throws(StoreError) -> VerificationReport {
    do {
      let path = Self.file(in: directory).path
      // Two long readings, side by side.
      async let damage = verifiers[1].read { $0.damage(path: path) }
      var report = try await verifiers[0].read { $0.verify(ledgerID, against: checkpoint, progress: progress) }
      if let damage = try await damage { report.fail(damage) }
      return report
    } catch {
      throw StoreError(error, while: "verifying the ledger")
    }
  }

  /// Finishes what waits, closes the file and lets go of the lock. Unless a write failed, one file is left, whole
  /// without a log of writes beside it.
  package func close() async {
    if let writer {
      await writer.close(readers + verifiers)
    } else {
      for reader in readers + verifiers { try? reader.close() }
    }
    lock.withLock { $0 = nil }
  }

  /// Runs `body` in one read transaction, off the cooperative pool.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    let index = next.add(1, ordering: .relaxed).oldValue & Int.max
    do {
      return try await readers[index % readers.count].read(body)
    } catch {
      throw StoreError(error, while: "reading the ledger")
    }
  }
}

extension SQLiteLedgerStore {
  private static func file(in directory: String) -> StoreFile { StoreFile("ledger.sqlite", in: directory) }

  /// What the file says of itself; a new file is given a name.
  private static func identity(_ database: Database) throws -> LedgerIdentity {
    if try Int.fetchOne(database, sql: "SELECT count(*) FROM ledger") != 0 {
      return try LedgerIdentity(reading: database)
    }
    if try Int.fetchOne(database, sql: "SELECT count(*) FROM entries") != 0 {
      throw StoreError(.corrupt, "the ledger has no name")
    }
    var random = SystemRandomNumberGenerator()
    let milliseconds = TimeSource.system.wall() / 1_000_000
    let id = Identifier(milliseconds: milliseconds, random: (random.next(), random.next())).description
    let identity = LedgerIdentity(id: id)
    try identity.insert(into: database)
    return identity
  }
}
