package import Core

/// What a caller brings to a ledger's writer.
package enum BroughtSubmission: Sendable {
  case ready(Submission)
  /// Made when its turn has come.
  case late(LateSubmission)

  /// The submission that was made before it was brought; nil for a late one.
  package var ready: Submission? { if case .ready(let submission) = self { submission } else { nil } }

  /// How many events it brings, as far as that is known before its turn.
  package var eventCount: Int { ready?.events.count ?? 0 }
}

/// What the writer of a ledger is asked to do, with the caller who waits for it.
package enum LedgerTask: Sendable {
  case submission(BroughtSubmission, CheckedContinuation<Result<Committed?, StoreError>, Never>)
  case sweep(CheckedContinuation<Result<LedgerChanges, StoreError>, Never>)
  case close(CheckedContinuation<Void, Never>)

  /// What it brings; nil for a sweep and for the end.
  package var brought: BroughtSubmission? { if case .submission(let brought, _) = self { brought } else { nil } }

  /// Whether it asks for a sweep.
  package var isSweep: Bool { if case .sweep = self { true } else { false } }
  /// Whether it is the end.
  package var isClose: Bool { if case .close = self { true } else { false } }
}

extension CommitQueue where Committer.Task == LedgerTask {
  /// Commits what is brought with what else waits; nil when a late one brought nothing. Throws `overloaded` when too
  /// much waits or the record is over the limit, `closed`, or what the writer throws.
  package func commit(
    _ brought: BroughtSubmission, _ limits: LedgerLimits, by writer: Committer
  ) async throws(StoreError) -> Committed? {
    if let record = brought.ready?.record, record.bytes.count > limits.recordBytes {
      throw StoreError(.overloaded, "the decision record has over \(limits.recordBytes) bytes")
    }
    return try await withCheckedContinuation { caller in
      if let error = enter(.submission(brought, caller), for: writer) { caller.resume(returning: .failure(error)) }
    }.get()
  }

  /// Releases holds whose time is over, in the next commit; what that changed. Throws as ``commit(_:_:by:)``.
  package func sweep(by writer: Committer) async throws(StoreError) -> LedgerChanges {
    try await withCheckedContinuation { caller in
      if let error = enter(.sweep(caller), for: writer) { caller.resume(returning: .failure(error)) }
    }.get()
  }

  /// Returns when everything that waits is done and the writer has ended. Again, also while the first is under way,
  /// waits for that.
  package func close(by writer: Committer) async {
    await withCheckedContinuation { caller in
      if enter(.close(caller), isLast: true, for: writer) != nil { caller.resume() }
    }
  }
}

extension LedgerBatch {
  /// Tells callers what became of their submissions and sweeps, or all of them why the batch failed. What the sweep
  /// changed is told to the first who can hear it, and left in ``swept`` when nobody can. Returns the tasks from the
  /// first one on whose turn hasn't come. O(tasks).
  package mutating func answer(_ tasks: ArraySlice<LedgerTask>, failure: StoreError?) -> ArraySlice<LedgerTask> {
    var rest = committed[...]
    for (index, task) in zip(tasks.indices, tasks) {
      switch task {
      case .submission(_, let caller):
        if let failure {
          caller.resume(returning: .failure(failure))
          continue
        }
        guard var next = rest.popFirst() else { return tasks[index...] }
        if next != nil { giveSwept(to: &next) }
        caller.resume(returning: .success(next))
      case .sweep(let caller):
        if let failure {
          caller.resume(returning: .failure(failure))
          continue
        }
        var next = Optional(Committed(.results([]), LedgerChanges()))
        giveSwept(to: &next)
        caller.resume(returning: .success(next?.changes ?? LedgerChanges()))
      case .close: break
      }
    }
    return []
  }
}
