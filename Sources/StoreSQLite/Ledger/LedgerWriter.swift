internal import Core
internal import Dispatch
internal import GRDB
internal import Ledger
internal import Synchronization

/// The one connection that writes a ledger, on a queue of its own. Submissions that come in while a commit is under
/// way share the next one: a batch closes when the commit before it has returned and as many are there again, or a
/// short moment after it.
final class LedgerWriter: Sendable {
  private enum Task: Sendable {
    case submission(Brought, CheckedContinuation<Result<Committed?, StoreError>, Never>)
    case sweep(CheckedContinuation<Result<LedgerChanges, StoreError>, Never>)
    case close([DatabaseQueue], CheckedContinuation<Void, Never>)
  }

  /// What a caller brings.
  private enum Brought: Sendable {
    case ready(Submission)
    /// Made when its turn has come.
    case late(LateSubmission)

    var eventCount: Int { if case .ready(let submission) = self { submission.events.count } else { 0 } }
  }

  private struct Inbox {
    var waiting: [Task] = []
    var isDraining = false
    /// How many tasks the queue waits for; 0 while it doesn't.
    var awaited = 0
    var isClosed = false

    /// How many of those that wait share the next commit: at least one, within the limits.
    func share(_ limits: LedgerLimits) -> Int {
      var events = 0
      for (index, task) in waiting.prefix(limits.submissionsPerCommit).enumerated() {
        if case .submission(let brought, _) = task { events += brought.eventCount }
        if events > limits.events { return max(index, 1) }
      }
      return min(waiting.count, limits.submissionsPerCommit)
    }
  }

  /// What only the queue touches.
  private struct Desk {
    var state: LedgerState
    var identity: LedgerIdentity
    var known: KnownIdentifiers
    /// What was swept and nobody was told of yet.
    var unheard = LedgerChanges()
    /// Why no more writes are taken.
    var failure: StoreError?
  }

  private let queue = DispatchQueue(label: "cascade.ledger.writer", qos: .userInitiated)
  private let connection: DatabaseQueue
  private let log: WriteAheadLog
  private let limits: LedgerLimits
  private let inbox = Mutex(Inbox())
  private let gathered = DispatchSemaphore(value: 0)
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
    let state = try connection.read { try LedgerState(reading: $0, limits: limits) }
    let clock = LedgerClock(time, after: state.loaded.head?.timestamp ?? 0)
    if clock.now > LedgerClock.latest {
      throw StoreError(
        .io,
        "the clock, or the last entry, is past the year 2260, and the nanoseconds of a ledger end in 2262; "
          + "set the clock")
    }
    let known = try connection.read { try KnownIdentifiers(reading: $0, at: clock.now / 1_000_000) }
    self.clock = clock
    desk = Mutex(Desk(state: state, identity: identity, known: known))
  }

  func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    if let record = submission.record, record.bytes.count > limits.recordBytes {
      throw StoreError(.overloaded, "the decision record has over \(limits.recordBytes) bytes")
    }
    return try await commit(.ready(submission)) ?? Committed(.results([]), LedgerChanges())
  }

  func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? { try await commit(.late(late)) }

  private func commit(_ brought: Brought) async throws(StoreError) -> Committed? {
    try await withCheckedContinuation { continuation in
      if let error = enter(.submission(brought, continuation)) { continuation.resume(returning: .failure(error)) }
    }.get()
  }

  func sweep() async throws(StoreError) -> LedgerChanges {
    try await withCheckedContinuation { continuation in
      if let error = enter(.sweep(continuation)) { continuation.resume(returning: .failure(error)) }
    }.get()
  }

  /// Finishes what waits and closes the connection. Again, also while the first is under way, waits for that.
  ///
  /// `readers` are the other connections. The last one to close brings the log of writes into the file and removes it,
  /// so a writer closes after them; after a failed write, when that mustn't be tried, before them.
  func close(_ readers: [DatabaseQueue]) async {
    await withCheckedContinuation { continuation in
      if enter(.close(readers, continuation)) != nil { continuation.resume() }
    }
  }

  private func enter(_ task: Task) -> StoreError? {
    inbox.withLock { inbox in
      if case .close = task {
        inbox.isClosed = true
      } else if inbox.isClosed {
        return StoreError(.closed, "the ledger is closed")
      } else if inbox.waiting.count >= limits.waitingSubmissions {
        return StoreError(.overloaded, "\(inbox.waiting.count) submissions wait for the ledger; try again later")
      }
      inbox.waiting.append(task)
      if inbox.awaited > 0, inbox.isClosed || inbox.waiting.count >= inbox.awaited {
        inbox.awaited = 0
        gathered.signal()
      }
      if !inbox.isDraining {
        inbox.isDraining = true
        queue.async { self.drain() }
      }
      return nil
    }
  }

  private func drain() {
    var last: (count: Int, nanoseconds: UInt64) = (0, 0)
    while true {
      gather(last.count, for: last.nanoseconds / 8)
      let batch: [Task] = inbox.withLock { inbox in
        let batch = Array(inbox.waiting.prefix(inbox.share(limits)))
        inbox.waiting.removeFirst(batch.count)
        if batch.isEmpty { inbox.isDraining = false }
        return batch
      }
      if batch.isEmpty { return }
      let begin = DispatchTime.now().uptimeNanoseconds
      perform(batch)
      last = (batch.count, DispatchTime.now().uptimeNanoseconds - begin)
    }
  }

  /// Waits until `count` tasks are there, at most for `nanoseconds`. Callers who were just answered often come again
  /// at once; without a moment's wait the first of them would have a commit of its own, and the others wait for it.
  private func gather(_ count: Int, for nanoseconds: UInt64) {
    let mustWait = inbox.withLock { inbox in
      if inbox.isClosed || inbox.waiting.count >= count { return false }
      inbox.awaited = count
      return true
    }
    if !mustWait { return }
    if gathered.wait(timeout: .now() + .nanoseconds(Int(nanoseconds))) == .success { return }
    // The last one may have come between that and here.
    let came = inbox.withLock { inbox in
      defer { inbox.awaited = 0 }
      return inbox.awaited == 0
    }
    if came { gathered.wait() }
  }

  private func perform(_ tasks: [Task]) {
    let brought = tasks.compactMap { if case .submission(let brought, _) = $0 { brought } else { nil } }
    let needsCommit = tasks.contains { if case .close = $0 { false } else { true } }
    let outcome = needsCommit ? desk.withLock { commit(brought, &$0) } : .success(LedgerBatch())
    var batch = (try? outcome.get()) ?? LedgerBatch()
    var committed = batch.committed[...]
    desk.withLock { desk in
      desk.unheard.append(batch.swept)
      (batch.swept, desk.unheard) = (desk.unheard, LedgerChanges())
    }
    defer { if !batch.swept.isEmpty { desk.withLock { $0.unheard = batch.swept } } }
    for task in tasks {
      switch task {
      case .submission(_, let continuation):
        var next = committed.popFirst() ?? nil
        // Whoever is answered first hears of what was swept.
        if next != nil { batch.giveSwept(to: &next) }
        continuation.resume(returning: outcome.map { _ in next })
      case .sweep(let continuation):
        var next = Optional(Committed(.results([]), LedgerChanges()))
        batch.giveSwept(to: &next)
        continuation.resume(returning: outcome.map { _ in next?.changes ?? LedgerChanges() })
      case .close(let readers, let continuation):
        let hasFailed = desk.withLock { $0.failure != nil }
        for connection in hasFailed ? [connection] + readers : readers + [connection] { try? connection.close() }
        continuation.resume()
      }
    }
  }

  private func commit(_ submissions: [Brought], _ desk: inout Desk) -> Result<LedgerBatch, StoreError> {
    if let failure = desk.failure { return .failure(failure) }
    do {
      let batch = try connection.writeWithoutTransaction { database in
        // Before the commit and not after it: so there is a caller to tell when it fails.
        try log.bringIn(database)
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

  private func take(_ brought: [Brought], _ desk: inout Desk, in database: Database) throws -> LedgerBatch {
    var batch = LedgerBatch()
    let statements = try LedgerStatements(database)
    let now = clock.now
    let ready = brought.compactMap { if case .ready(let submission) = $0 { submission } else { nil } }
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
      var identity = desk.identity
      for changes in batch.changes {
        desk.known.insert(changes, at: now / 1_000_000)
        try database.write(changes, of: desk.state, statements, &identity)
      }
      identity.recordedFrom = desk.state.loaded.head?.recordedFrom ?? 0
      if identity.tallies != desk.identity.tallies { try identity.update(in: database) }
      try database.cachedStatement(sql: "COMMIT TRANSACTION").execute()
      desk.identity = identity
    }
    return batch
  }

  /// What is brought; what is made now is loaded here.
  private func submission(
    _ brought: Brought, _ desk: inout Desk, _ now: Int64, _ statements: LedgerStatements, in database: Database
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
