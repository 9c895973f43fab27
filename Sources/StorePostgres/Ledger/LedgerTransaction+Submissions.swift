internal import Core
internal import Ledger

extension LedgerTransaction {
  /// Sweeps and takes what was brought, in order. Ends early when what is made only now has taken so long that other
  /// hosts should have their turn; at least the first is taken. O(events), and what making them takes.
  mutating func take(_ brought: [BroughtSubmission]) throws -> LedgerBatch {
    var batch = LedgerBatch()
    _ = try state.sweep(now: now, changes: &batch.swept)
    batch.committed.reserveCapacity(brought.count)
    var lateWork = Duration.zero
    for item in brought {
      let submission: Submission?
      switch item {
      case .ready(let ready): submission = ready
      case .late(let late):
        if lateWork > PostgresLimits.lateWork { return batch }
        let begin = ContinuousClock.now
        submission = try late.make(TransactionLook(transaction: self))
        lateWork += ContinuousClock.now - begin
        if let submission { try load(for: [submission]) }
      }
      guard let submission else {
        batch.committed.append(nil)
        continue
      }
      var changes = LedgerChanges()
      let receipt = try state.apply(submission, now: now, changes: &changes)
      batch.committed.append(Committed(receipt, changes))
    }
    return batch
  }
}

/// The ledger as a transaction has it.
private struct TransactionLook: LedgerLook {
  let transaction: LedgerTransaction

  func account(_ name: AccountName) throws(StoreError) -> Account? {
    let key = AccountKey(name, nil)
    if transaction.state.accounts.isLoaded(key) { return transaction.state.accounts[key] }
    return try rows(LedgerStatements.accounts.with(.texts([key.text]))).accounts().first
  }

  func entry(_ id: Identifier) throws(StoreError) -> StoredEntry? {
    if transaction.state.loaded.past.entries.isLoaded(id) { return transaction.state.loaded.past.entries[id] }
    return try rows(LedgerStatements.entries.with(.ids([id]))).entries().first
  }

  private func rows(_ query: PostgresQuery) throws(StoreError) -> PostgresRows {
    do throws(PostgresFailure) {
      return try transaction.connection.run(query)
    } catch {
      throw StoreError(error, while: "reading the ledger")
    }
  }
}
