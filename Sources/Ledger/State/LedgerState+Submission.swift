package import Core

extension LedgerState {
  /// Takes a submission at ledger time `now` (nanoseconds since 1970): the answer, with what a store must write
  /// added to `changes`. Events come in order and each sees the earlier ones; a chain succeeds or fails whole.
  /// Throws when something it looks at isn't loaded; then neither the state nor the changes are good for anything.
  /// O(events), each with a hash over its size.
  package mutating func apply(
    _ submission: Submission, now: Int64, changes: inout LedgerChanges
  ) throws(NotLoaded) -> Receipt {
    if let id = submission.record?.id,
      let earlier = try loaded.past.records.value(id, NotLoaded(.record, id.description))
    {
      return .repeated(record: earlier)
    }
    if let made = submission.generation, let decides = loaded.generation, decides != made {
      return .overtaken(by: decides)
    }
    if let statement = submission.statement {
      return .results([try apply(statement, now: now, changes: &changes)])
    }
    if submission.events.count <= limits.events {
      try sweepAccounts(of: submission.events, now: now, changes: &changes)
    }
    let stale = try staleReads(submission.reads)
    if !stale.isEmpty { return .conflict(stale) }
    if submission.events.count > limits.events {
      return .results(submission.events.map { EventResult($0.id, refused: .tooManyEvents) })
    }
    let before = changes.entries.count
    let fingerprint = submission.record?.fingerprint
    var results: [EventResult] = []
    results.reserveCapacity(submission.events.count)
    for chain in chains(of: submission) {
      results += try apply(chain, of: submission, fingerprint, now: now, changes: &changes)
    }
    let receipt = Receipt.results(results)
    if let record = submission.record, receipt.refusal == nil {
      if changes.entries.count == before { try bind(record.id, fingerprint, now: now, changes: &changes) }
      loaded.past.records.keep(record.bytes, of: record.id)
      changes.records.append(record)
    }
    return receipt
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
    _ chain: ArraySlice<SubmittedEvent>, of submission: Submission, _ record: String?, now: Int64,
    changes: inout LedgerChanges
  ) throws(NotLoaded) -> [EventResult] {
    var draft = Draft(now: now, after: try head())
    draft.idempotencyKey = submission.idempotencyKey
    draft.record = record
    draft.requester = submission.requester
    draft.chain = chain.count > 1 ? chain.first?.id : nil
    var verdicts: [Verdict] = []
    for (index, item) in zip(chain.indices, chain) {
      let isOpen = submission.record == nil && index == chain.endIndex - 1 && item.isLinked
      let verdict = isOpen ? .refused(.linkedEventChainOpen) : try verdict(on: item, &draft)
      if case .refused(let reason, let first) = verdict {
        if reason.isRemembered, let id = item.id {
          loaded.past.refusals.keep(reason, of: id)
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
    let stored = try merge(draft, into: &changes)
    return verdicts.map { verdict in
      switch verdict {
      case .created(let index): EventResult(.created, stored[index])
      case .repeats(let index): EventResult(.exists, stored[index])
      case .exists(let earlier): EventResult(.exists, earlier)
      case .refused(let reason, let first): EventResult(nil, refused: reason, first: first)
      }
    }
  }

  /// Adds the entry that binds the record of a decision that moved nothing.
  private mutating func bind(
    _ decision: Identifier, _ fingerprint: String?, now: Int64, changes: inout LedgerChanges
  ) throws(NotLoaded) {
    var draft = Draft(now: now, after: try head())
    draft.append(
      Entry(
        sequence: draft.sequence, timestamp: draft.timestamp, kind: .decision, id: Self.statementID(of: decision),
        postings: [], idempotencyKey: decision.description,
        metadata: [ExactText(Entry.ReservedKey.record): fingerprint ?? ""]),
      touching: [])
    _ = try merge(draft, into: &changes)
  }

  /// The id of the entry of a decision that moved nothing, made from the decision's.
  package static func statementID(of decision: Identifier) -> Identifier {
    Identifier(ofLedger: Array("cascade-decision\0".utf8) + decision.bytes)
  }

  /// Makes a draft part of the state; its sealed entries.
  mutating func merge(_ draft: Draft, into changes: inout LedgerChanges) throws(NotLoaded) -> [StoredEntry] {
    var head = try head()
    var stored: [StoredEntry] = []
    stored.reserveCapacity(draft.entries.count)
    for drafted in draft.entries {
      let sealed = StoredEntry(sealing: drafted.entry, after: head.hash, balances: drafted.balances)
      head = head.followed(by: sealed)
      loaded.past.entries.keep(sealed, of: drafted.entry.id)
      stored.append(sealed)
    }
    loaded.head = head
    for account in draft.accounts.list {
      loaded.accounts.keep(account, of: account.key)
      changes.accounts.append(account)
    }
    loaded.change(opened: draft.opened, closed: draft.resolutions.keys)
    for (id, resolution) in draft.resolutions {
      loaded.past.resolutions.keep(resolution, of: id)
      changes.closed.append(id)
    }
    for (id, sum) in draft.reversed { loaded.past.reversed.keep(sum, of: id) }
    changes.opened += draft.opened
    changes.entries += stored
    return stored
  }

  /// Whether `account` is as it is now, and not as an earlier chain left it. O(1).
  package func isCurrent(_ account: Account) -> Bool { loaded.accounts[account.key]?.version == account.version }

  /// Where the chain of hashes ends.
  func head() throws(NotLoaded) -> LedgerHead {
    guard let head = loaded.head else { throw NotLoaded(.head) }
    return head
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
