internal import Core
internal import Glibc
internal import Ledger
internal import Synchronization

/// The one connection with which a host writes the ledger, on a thread of its own. Between two transactions nothing is
/// kept of the ledger: other hosts write it, too.
final class LedgerWriter: BatchCommitting {
  /// What only the writer's thread touches.
  private struct Desk {
    var connection: PostgresConnection?
    /// What was swept and nobody was told of yet.
    var unheard = LedgerChanges()
    /// Up to which key counts of limits were removed.
    var removedCounts = ""
    /// Whether the last batch found no PostgreSQL for as long as it was patient: the next one is not.
    var isAway = false
  }

  private let address: PostgresAddress
  private let session: PostgresSession
  private let limits: LedgerLimits
  private let clock: LedgerClock?
  private let commits: CommitQueue<LedgerWriter>
  private let desk = Mutex(Desk())

  /// A writer that connects when it has something to write. With a `clock`, that one gives the time, for tests.
  init(_ address: PostgresAddress, _ session: PostgresSession, clock: LedgerClock?, limits: LedgerLimits) {
    self.address = address
    self.session = session
    self.limits = limits
    self.clock = clock
    commits = CommitQueue("the ledger", tasks: "submissions", limit: limits.waitingSubmissions)
  }

  func commit(_ brought: BroughtSubmission) async throws(StoreError) -> Committed? {
    try await commits.commit(brought, limits, by: self)
  }

  func sweep() async throws(StoreError) -> LedgerChanges { try await commits.sweep(by: self) }

  /// Finishes what waits and closes the connection.
  func close() async { await commits.close(by: self) }

  func share(of waiting: [LedgerTask]) -> Int {
    var (events, bytes) = (0, 0)
    for (index, task) in waiting.prefix(PostgresLimits.submissionsPerCommit).enumerated() {
      events += task.brought?.eventCount ?? 0
      bytes += task.brought?.writtenBytes ?? 0
      if events > limits.events || bytes > PostgresLimits.bytesPerCommit { return max(index, 1) }
    }
    return min(waiting.count, PostgresLimits.submissionsPerCommit)
  }

  func perform(_ tasks: [LedgerTask]) {
    var rest = tasks.filter { !$0.isClose }[...]
    while !rest.isEmpty {
      let (outcome, swept) = desk.withLock { desk in
        let outcome = commit(rest.compactMap(\.brought), sweeps: rest.contains(where: \.isSweep), &desk)
        if case .success(let batch) = outcome { desk.unheard.append(batch.swept) }
        defer { desk.unheard = LedgerChanges() }
        return (outcome, desk.unheard)
      }
      rest = answer(rest, outcome, swept)
    }
    for case .close(let continuation) in tasks {
      desk.withLock { $0.connection = nil }
      continuation.resume()
    }
  }

  /// Answers those whose turn came; gives those whose turn comes in another transaction.
  private func answer(
    _ tasks: ArraySlice<LedgerTask>, _ outcome: Result<LedgerBatch, BatchFailure>, _ swept: LedgerChanges
  ) -> ArraySlice<LedgerTask> {
    var batch = LedgerBatch()
    var failure: StoreError?
    switch outcome {
    case .success(let committed): batch = committed
    case .failure(let failed):
      if failed.isAboutContent, tasks.count > 1 {
        desk.withLock { $0.unheard = swept }
        for task in tasks { perform([task]) }
        return []
      }
      failure = failed.error
    }
    batch.swept = swept
    let left = batch.answer(tasks, failure: failure)
    if !batch.swept.isEmpty { desk.withLock { $0.unheard = batch.swept } }
    return left
  }

  /// Why a batch isn't written.
  private struct BatchFailure: Error {
    var error: StoreError
    /// Whether one of the batch may be to blame.
    var isAboutContent = false
  }

  /// Commits, and tries again while somebody is in the way or PostgreSQL is away; never while it isn't known what
  /// became of the try before.
  private func commit(
    _ brought: [BroughtSubmission], sweeps: Bool, _ desk: inout Desk
  ) -> Result<LedgerBatch, BatchFailure> {
    let deadline = ContinuousClock.now + PostgresLimits.patience
    var pause: UInt32 = 10_000
    while true {
      if desk.connection?.isBroken ?? false { desk.connection = nil }
      do {
        if sweeps { try removeOverdueCounts(&desk) }
        let batch = try attempt(brought, &desk)
        desk.isAway = false
        return .success(batch)
      } catch let failure as PostgresFailure {
        if failure.isPassing, !desk.isAway, ContinuousClock.now < deadline {
          usleep(pause)
          pause = min(2 * pause, 200_000)
          continue
        }
        desk.isAway = failure.isBroken
        return .failure(
          BatchFailure(error: StoreError(failure, while: "writing the ledger"), isAboutContent: failure.isAboutContent))
      } catch let error as NotLoaded {
        return .failure(BatchFailure(error: StoreError(error), isAboutContent: true))
      } catch {
        let failure = error as? StoreError ?? StoreError(.io, "writing the ledger failed", cause: "\(error)")
        return .failure(BatchFailure(error: failure, isAboutContent: failure.code == .corrupt))
      }
    }
  }

  /// Removes a page of what limits counted in periods that are long over: no host writes these any more. O(page) while
  /// there are some, and once a day.
  private func removeOverdueCounts(_ desk: inout Desk) throws {
    let connection = try desk.connection ?? PostgresConnection(address, session)
    desk.connection = connection
    let moment = try HeadRow(connection.run(LedgerQueries.head.with()).first).head.timestamp
    let bounds = LimitCounts.overdue(at: moment)
    if desk.removedCounts == bounds.to { return }
    let page = Int64(LedgerLimits.pageRows)
    let rows = try connection.run(
      LedgerStatements.keysBetween.with(.text(bounds.from), .text(bounds.to), .integer(page)))
    let overdue = rows.all.compactMap { $0.text(0) }.filter { LimitCounts.isOverdue($0, at: moment) }
    if !overdue.isEmpty { _ = try connection.run(LedgerStatements.deleteAccounts.with(.texts(overdue))) }
    if rows.count < LedgerLimits.pageRows { desk.removedCounts = bounds.to }
  }

  private func attempt(_ brought: [BroughtSubmission], _ desk: inout Desk) throws -> LedgerBatch {
    let connection = try desk.connection ?? PostgresConnection(address, session)
    desk.connection = connection
    var transaction: LedgerTransaction
    do {
      transaction = try LedgerTransaction(connection, brought.compactMap(\.ready), time: clock?.now, limits: limits)
    } catch {
      connection.rollBack()
      throw error
    }
    let batch: LedgerBatch
    do {
      batch = try transaction.take(brought)
    } catch {
      transaction.rollBack()
      throw error
    }
    if batch.isEmpty {
      transaction.rollBack()
      return batch
    }
    do throws(PostgresFailure) {
      try transaction.commit(batch)
    } catch {
      if !error.isBroken {
        transaction.rollBack()
        throw error
      }
      desk.connection = nil
      if !(try wasCommitted(batch, by: transaction.found.transaction, &desk)) { throw error }
    }
    return batch
  }

  /// Whether a transaction whose connection broke was committed: what it should have written is looked for once it is
  /// over. Throws `unknown_outcome` when that can't be told in time.
  private func wasCommitted(_ batch: LedgerBatch, by transaction: Int64, _ desk: inout Desk) throws(StoreError) -> Bool
  {
    let deadline = ContinuousClock.now + PostgresLimits.patience
    while ContinuousClock.now < deadline {
      do {
        let connection = try desk.connection ?? PostgresConnection(address, session)
        desk.connection = connection
        if !isInProgress(transaction, connection) { return try isThere(batch, connection) }
      } catch {
        desk.connection = nil
      }
      usleep(50_000)
    }
    desk.isAway = true
    throw StoreError(
      .unknownOutcome,
      "the connection to PostgreSQL broke during the commit, so the write may or may not have happened; "
        + "sending the same ids again is safe", retryAfter: .seconds(1))
  }

  /// Whether PostgreSQL still works on it. It knows nothing of a transaction that is long ago, or was lost in a crash.
  private func isInProgress(_ transaction: Int64, _ connection: PostgresConnection) -> Bool {
    let query = LedgerStatements.transactionStatus.with(.text(String(transaction)))
    return (try? connection.run(query))?.first?.text(0) == "in progress"
  }

  private func isThere(_ batch: LedgerBatch, _ connection: PostgresConnection) throws -> Bool {
    if let last = batch.changes.flatMap(\.entries).last {
      let row = try connection.run(LedgerStatements.hashAt.with(.integer(last.entry.sequence))).first
      return row?.bytes(0) == last.hash
    }
    // Nothing but refusals, which come out the same whoever wrote them.
    let refusals = batch.changes.flatMap(\.refusals)
    let rows = try connection.run(LedgerStatements.refusals.with(.ids(refusals.map(\.id))))
    let found = Dictionary(rows.all.map { ($0.bytes(0), $0.text(1)) }) { first, _ in first }
    return refusals.allSatisfy { found[$0.id.bytes] == $0.reason.rawValue }
  }
}

extension BroughtSubmission {
  /// About so many bytes are written for it.
  fileprivate var writtenBytes: Int { 512 * eventCount + (ready?.record?.bytes.count ?? 0) }
}
