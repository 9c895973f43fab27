internal import Core
internal import GRDB
internal import Ledger
internal import Synchronization

/// The one connection that writes a ledger, on the thread of its queue.
final class LedgerWriter: BatchCommitting {
  /// What only the queue touches.
  private struct Desk {
    var state: LedgerState
    var identity: LedgerIdentity
    var tree: MerkleFrontier
    var known: KnownIdentifiers
    /// What was swept and nobody was told of yet.
    var unheard = LedgerChanges()
    /// Up to which key counts of limits were removed.
    var removedCounts = ""
    /// Why no more writes are taken.
    var failure: StoreError?
    /// The other connections, to be closed with this one.
    var readers: [DatabaseQueue] = []
  }

  private let connection: DatabaseQueue
  private let log: WriteAheadLog
  private let limits: LedgerLimits
  private let commits: CommitQueue<LedgerWriter>
  private let desk: Mutex<Desk>
  /// Ledger time of this run.
  let clock: LedgerClock

  /// A writer on a connection whose tables are up to date. Throws when they can't be read.
  init(
    connection: DatabaseQueue, _ identity: LedgerIdentity, log: WriteAheadLog, time: TimeSource, limits: LedgerLimits
  ) throws {
    self.connection = connection
    self.log = log
    self.limits = limits
    commits = CommitQueue("the ledger", tasks: "submissions", limit: limits.waitingSubmissions)
    let state = try connection.read { try LedgerState(reading: $0, limits: limits) }
    let clock = LedgerClock(time, after: state.loaded.head?.timestamp ?? 0)
    if clock.now > LedgerClock.latest {
      throw StoreError(
        .io,
        "the clock, or the last entry, is past the year 2260, and the nanoseconds of a ledger end in 2262; "
          + "set the clock")
    }
    let known = try connection.read { try KnownIdentifiers(reading: $0, at: clock.now / 1_000_000) }
    let tree = try connection.read { try $0.tree(of: state.loaded.head?.sequence ?? 0) }
    self.clock = clock
    desk = Mutex(Desk(state: state, identity: identity, tree: tree, known: known))
  }

  func commit(_ brought: BroughtSubmission) async throws(StoreError) -> Committed? {
    try await commits.commit(brought, limits, by: self)
  }

  func sweep() async throws(StoreError) -> LedgerChanges { try await commits.sweep(by: self) }

  /// Finishes what waits and closes the connection. Again, also while the first is under way, waits for that.
  ///
  /// `readers` are the other connections. The last one to close brings the log of writes into the file and removes it,
  /// so a writer closes after them; after a failed write, when that mustn't be tried, before them.
  func close(_ readers: [DatabaseQueue]) async {
    desk.withLock { $0.readers = readers }
    await commits.close(by: self)
  }

  func share(of waiting: [LedgerTask]) -> Int {
    var events = 0
    for (index, task) in waiting.prefix(limits.submissionsPerCommit).enumerated() {
      events += task.brought?.eventCount ?? 0
      if events > limits.events { return max(index, 1) }
    }
    return min(waiting.count, limits.submissionsPerCommit)
  }

  func perform(_ tasks: [LedgerTask]) {
    let work = tasks.filter { !$0.isClose }
    if !work.isEmpty { answer(work) }
    for case .close(let caller) in tasks {
      desk.withLock { desk in
        let all = desk.failure == nil ? desk.readers + [connection] : [connection] + desk.readers
        for connection in all { try? connection.close() }
      }
      caller.resume()
    }
  }

  private func answer(_ tasks: [LedgerTask]) {
    let (done, failure) = desk.withLock { desk in
      var (batch, failure) = (LedgerBatch(), StoreError?.none)
      switch commit(tasks.compactMap(\.brought), sweeps: tasks.contains(where: \.isSweep), &desk) {
      case .success(let committed): batch = committed
      case .failure(let error): failure = error
      }
      desk.unheard.append(batch.swept)
      (batch.swept, desk.unheard) = (desk.unheard, LedgerChanges())
      return (batch, failure)
    }
    var batch = done
    _ = batch.answer(tasks[...], failure: failure)
    if !batch.swept.isEmpty { desk.withLock { $0.unheard = batch.swept } }
  }

  private func commit(
    _ submissions: [BroughtSubmission], sweeps: Bool, _ desk: inout Desk
  ) -> Result<LedgerBatch, StoreError> {
    if let failure = desk.failure { return .failure(failure) }
    do {
      let batch = try connection.writeWithoutTransaction { database in
        // Before the commit and not after it: so there is a caller to tell when it fails.
        try log.bringIn(database)
        if sweeps { try removeOverdueCounts(&desk, in: database) }
        try database.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
        do {
          return try take(submissions, &desk, in: database)
        } catch {
          if database.isInsideTransaction { try? database.rollback() }
          throw error
        }
      }
      desk.state.loaded.forgetPast()
      return .success(batch)
    } catch {
      return .failure(recover(from: error, &desk))
    }
  }

  /// Removes a page of what limits counted in periods that are long over, in a transaction of its own. O(page) while
  /// there are some, and once a day.
  private func removeOverdueCounts(_ desk: inout Desk, in database: Database) throws {
    let moment = desk.state.loaded.head?.timestamp ?? 0
    let bounds = LimitCounts.overdue(at: moment)
    if desk.removedCounts == bounds.to { return }
    let keys = try database.all(
      "SELECT key FROM accounts WHERE key >= ? AND key < ? ORDER BY key LIMIT ?", bounds.from, bounds.to,
      LedgerLimits.pageRows, read: { $0.text(0) })
    let names = keys.filter { LimitCounts.isOverdue($0, at: moment) }.compactMap { AccountName($0) }
    if !names.isEmpty {
      try database.inTransaction(.immediate) {
        for name in names { try database.run("DELETE FROM accounts WHERE key = ?", name.text) }
        return .commit
      }
    }
    for name in names { desk.state.loaded.accounts.keep(nil, of: AccountKey(name, nil)) }
    if keys.count < LedgerLimits.pageRows { desk.removedCounts = bounds.to }
  }

  private func take(_ brought: [BroughtSubmission], _ desk: inout Desk, in database: Database) throws -> LedgerBatch {
    var batch = LedgerBatch()
    let statements = try LedgerStatements(database)
    let now = clock.now
    let ready = brought.compactMap(\.ready)
    // Accounts and holds are in memory, so nothing that is loaded can name more.
    let needs = desk.state.needs(of: ready, now: now)
    try database.load(needs, into: &desk.state.loaded.past, statements, desk.known)
    _ = try desk.state.sweep(now: now, changes: &batch.swept)
    batch.committed.reserveCapacity(brought.count)
    for item in brought {
      guard let submission = try submission(item, &desk, now, statements, in: database) else {
        batch.committed.append(nil)
        continue
      }
      var changes = LedgerChanges()
      let receipt = try desk.state.apply(submission, now: now, changes: &changes)
      batch.committed.append(Committed(receipt, changes))
    }
    if batch.isEmpty {
      try database.rollback()
    } else {
      var (identity, tree) = (desk.identity, desk.tree)
      for changes in batch.changes {
        desk.known.insert(changes, at: now / 1_000_000)
        try database.write(changes, of: desk.state, statements, &identity, &tree)
      }
      identity.recordedFrom = desk.state.loaded.head?.recordedFrom ?? 0
      if identity.tallies != desk.identity.tallies { try identity.update(in: database) }
      try database.cachedStatement(sql: "COMMIT TRANSACTION").execute()
      (desk.identity, desk.tree) = (identity, tree)
    }
    return batch
  }

  /// What is brought; what is made now is loaded here.
  private func submission(
    _ brought: BroughtSubmission, _ desk: inout Desk, _ now: Int64, _ statements: LedgerStatements,
    in database: Database
  ) throws -> Submission? {
    switch brought {
    case .ready(let submission): return submission
    case .late(let late):
      let submission = try late.make(WritersLook(state: desk.state, statements: statements))
      if let submission {
        let needs = desk.state.needs(of: [submission], now: now)
        try database.load(needs, into: &desk.state.loaded.past, statements, desk.known)
      }
      return submission
    }
  }

  /// Nothing was written. When space was missing, a row unreadable or something not loaded, the state is read again and
  /// writing may go on; after any other failure nobody knows what the disk holds, and no more writes are taken.
  private func recover(from failure: any Error, _ desk: inout Desk) -> StoreError {
    let error = StoreError(failure, while: "writing the ledger")
    if error.code == .full || error.code == .corrupt || failure is NotLoaded,
      let state = try? connection.read({ try LedgerState(reading: $0, limits: limits) })
    {
      desk.state = state
    } else {
      desk.failure = StoreError(
        .closed, "the ledger takes no more writes since one failed; restart the host", cause: error.description)
    }
    return error
  }
}

/// The ledger as the writer has it within a transaction.
private struct WritersLook: LedgerLook {
  let state: LedgerState
  let statements: LedgerStatements

  func account(_ name: AccountName) -> Account? { state.accounts[AccountKey(name, nil)] }

  func entry(_ id: Identifier) throws(StoreError) -> StoredEntry? {
    if let entry = state.loaded.past.entries[id] { return entry }
    do { return try statements.entry(id) } catch { throw StoreError(error, while: "reading the ledger") }
  }
}

extension LedgerState {
  /// The state that a ledger file holds. O(accounts + holds).
  init(reading database: Database, limits: LedgerLimits) throws {
    let loaded = WorkingSet(
      allAccounts: try database.allAccounts(), holds: try database.openHolds(), head: try database.head())
    self.init(loaded, limits: limits)
  }
}
