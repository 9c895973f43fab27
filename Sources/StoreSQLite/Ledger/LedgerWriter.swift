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
    case submission(Brought, CheckedContinuation<Result<Receipt?, StoreError>, Never>)
    case sweep(CheckedContinuation<Result<Int, StoreError>, Never>)
    case close(CheckedContinuation<Void, Never>)
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
    let clock = LedgerClock(time, after: state.head.timestamp)
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

  func commit(_ submission: Submission) async throws(StoreError) -> Receipt {
    if let record = submission.record, record.bytes.count > limits.recordBytes {
      throw StoreError(.overloaded, "the decision record has over \(limits.recordBytes) bytes")
    }
    return try await commit(.ready(submission)) ?? .results([])
  }

  func commit(_ late: LateSubmission) async throws(StoreError) -> Receipt? { try await commit(.late(late)) }

  private func commit(_ brought: Brought) async throws(StoreError) -> Receipt? {
    try await withCheckedContinuation { continuation in
      if let error = enter(.submission(brought, continuation)) { continuation.resume(returning: .failure(error)) }
    }.get()
  }

  func sweep() async throws(StoreError) -> Int {
    try await withCheckedContinuation { continuation in
      if let error = enter(.sweep(continuation)) { continuation.resume(returning: .failure(error)) }
    }.get()
  }

  /// Finishes what waits and closes the connection. Again, also while the first is under way, waits for that.
  func close() async {
    await withCheckedContinuation { continuation in
      if enter(.close(continuation)) != nil { continuation.resume() }
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

  private func perform(_ batch: [Task]) {
    let submissions = batch.compactMap { if case .submission(let brought, _) = $0 { brought } else { nil } }
    let needsCommit = batch.contains { if case .close = $0 { false } else { true } }
    let outcome = needsCommit ? desk.withLock { commit(submissions, &$0) } : .success(Committed())
    var receipts = ((try? outcome.get())?.receipts ?? [])[...]
    for task in batch {
      switch task {
      case .submission(_, let continuation):
        let receipt = receipts.popFirst() ?? nil
        continuation.resume(returning: outcome.map { _ in receipt })
      case .sweep(let continuation): continuation.resume(returning: outcome.map(\.swept))
      case .close(let continuation):
        try? connection.close()
        continuation.resume()
      }
    }
  }

  private struct Committed {
    var receipts: [Receipt?] = []
    var swept = 0
  }

  private func commit(_ submissions: [Brought], _ desk: inout Desk) -> Result<Committed, StoreError> {
    if let failure = desk.failure { return .failure(failure) }
    do {
      let committed = try connection.writeWithoutTransaction { database in
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
      desk.state.history.removeAll()
      return .success(committed)
    } catch {
      return .failure(recover(from: StoreError(error, while: "writing the ledger"), &desk))
    }
  }

  private func take(_ submissions: [Brought], _ desk: inout Desk, in database: Database) throws -> Committed {
    var committed = Committed()
    var changes = LedgerChanges(events: submissions.reduce(0) { $0 + $1.eventCount })
    let statements = try LedgerStatements(database)
    let now = clock.now
    committed.swept = desk.state.sweep(now: now, changes: &changes)
    for brought in submissions {
      guard let submission = try submission(brought, desk.state, statements) else {
        committed.receipts.append(nil)
        continue
      }
      try database.load(for: submission, into: &desk.state, statements, desk.known)
      committed.receipts.append(desk.state.apply(submission, now: now, changes: &changes))
    }
    if changes.isEmpty {
      try database.rollback()
    } else {
      desk.known.insert(changes, at: now / 1_000_000)
      var identity = desk.identity
      try database.write(changes, statements, &identity)
      try database.cachedStatement(sql: "COMMIT TRANSACTION").execute()
      desk.identity = identity
    }
    return committed
  }

  private func submission(
    _ brought: Brought, _ state: LedgerState, _ statements: LedgerStatements
  ) throws -> Submission? {
    switch brought {
    case .ready(let submission): submission
    case .late(let late): try late.make(WritersLook(state: state, statements: statements))
    }
  }

  /// Nothing was written. When space was missing or a row unreadable, the state is read again and writing may go
  /// on; after any other failure nobody knows what the disk holds, and no more writes are taken.
  private func recover(from error: StoreError, _ desk: inout Desk) -> StoreError {
    if error.code == .full || error.code == .corrupt,
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
    if let entry = state.history.entries[id] { return entry }
    do { return try statements.entry(id) } catch { throw StoreError(error, while: "reading the ledger") }
  }
}

extension LedgerState {
  /// The state that a ledger file holds. O(accounts + holds).
  init(reading database: Database, limits: LedgerLimits) throws {
    self.init(
      accounts: try database.allAccounts(), holds: try database.openHolds(), head: try database.head(), limits: limits)
  }
}
