package import Core

extension LedgerState {
  /// Takes a submission at ledger time `now` (nanoseconds since 1970): the answer, with what a store must write
  /// added to `changes`. Events come in order and each sees the earlier ones; a chain succeeds or fails whole.
  /// O(events), each with a hash over its size.
  package mutating func apply(_ submission: Submission, now: Int64, changes: inout LedgerChanges) -> Receipt {
    if let record = submission.record, let earlier = history.records[record.id] { return .repeated(record: earlier) }
    if submission.events.count <= limits.events {
      sweepAccounts(of: submission.events, now: now, changes: &changes)
    }
    let stale = staleReads(submission.reads)
    if !stale.isEmpty { return .conflict(stale) }
    if submission.events.count > limits.events {
      return .results(submission.events.map { EventResult($0.id, refused: .tooManyEvents) })
    }
    var results: [EventResult] = []
    results.reserveCapacity(submission.events.count)
    for chain in chains(of: submission) {
      results += apply(chain, of: submission, now: now, changes: &changes)
    }
    let receipt = Receipt.results(results)
    if let record = submission.record, receipt.refusal == nil {
      history.records[record.id] = record.bytes
      changes.records.append(record)
    }
    return receipt
  }

  /// The accounts among `reads` that have another version now. O(reads).
  package func staleReads(_ reads: [BalanceRead]) -> [AccountName] {
    reads.filter { (accounts[AccountKey($0.account, $0.asset)]?.version ?? 0) != $0.version }.map(\.account)
  }

  private func chains(of submission: Submission) -> [ArraySlice<SubmittedEvent>] {
    let events = submission.events
    if submission.record != nil { return events.isEmpty ? [] : [events[...]] }
    var chains: [ArraySlice<SubmittedEvent>] = []
    var start = 0
    for (index, event) in events.enumerated() where !event.isLinked || index == events.count - 1 {
      chains.append(events[start...index])
      start = index + 1
    }
    return chains
  }

  private mutating func apply(
    _ chain: ArraySlice<SubmittedEvent>, of submission: Submission, now: Int64, changes: inout LedgerChanges
  ) -> [EventResult] {
    var draft = Draft(now: now, after: head)
    draft.authority = submission.authority
    draft.idempotencyKey = submission.idempotencyKey
    draft.chain = chain.count > 1 ? chain.first?.id : nil
    var verdicts: [Verdict] = []
    for (index, item) in zip(chain.indices, chain) {
      let isOpen = submission.record == nil && index == chain.endIndex - 1 && item.isLinked
      let verdict = isOpen ? .refused(.linkedEventChainOpen) : verdict(on: item, &draft)
      if case .refused(let reason, let first) = verdict {
        if reason.isRemembered, let id = item.id {
          history.refusals[id] = reason
          changes.refusals.append((id, reason))
        }
        return zip(chain.indices, chain).map { place, item in
          place == index
            ? EventResult(item.id, refused: reason, first: first)
            : EventResult(item.id, refused: .linkedEventFailed)
        }
      }
      verdicts.append(verdict)
    }
    let stored = merge(draft, into: &changes)
    return verdicts.map { verdict in
      switch verdict {
      case .created(let index): EventResult(.created, stored[index])
      case .repeats(let index): EventResult(.exists, stored[index])
      case .exists(let earlier): EventResult(.exists, earlier)
      case .refused(let reason, let first): EventResult(nil, refused: reason, first: first)
      }
    }
  }

  /// Makes a draft part of the state; its sealed entries.
  mutating func merge(_ draft: Draft, into changes: inout LedgerChanges) -> [StoredEntry] {
    var stored: [StoredEntry] = []
    for drafted in draft.entries {
      let sealed = StoredEntry(sealing: drafted.entry, after: head.hash, balances: drafted.balances)
      head = LedgerHead(
        sequence: drafted.entry.sequence, timestamp: drafted.entry.timestamp, hash: sealed.hash)
      history.entries[drafted.entry.id] = sealed
      stored.append(sealed)
    }
    for account in draft.accounts.list {
      let key = account.key
      accounts[key] = account
      changes.accounts[key] = account
    }
    for hold in draft.opened {
      openHolds[hold.id] = hold
      expiries.insert(hold)
    }
    for (id, resolution) in draft.resolutions {
      openHolds[id] = nil
      history.resolutions[id] = resolution
      changes.closed.append(id)
    }
    for (id, sum) in draft.reversed { history.reversed[id] = sum }
    changes.opened += draft.opened
    changes.entries += stored
    return stored
  }
}

/// What is thought of one event.
enum Verdict {
  /// It becomes the draft's entry at this index.
  case created(Int)
  /// It is the draft's entry at this index once more.
  case repeats(Int)
  /// It is this entry once more.
  case exists(StoredEntry)
  case refused(RefusalReason, first: RefusalReason? = nil)
}
