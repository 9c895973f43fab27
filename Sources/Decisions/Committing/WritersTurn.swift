internal import Core
internal import Ledger
internal import Rulebook
internal import Synchronization

/// A decision's run while the ledger's writer waits for it: made of what the ledger holds at that moment.
final class WritersTurn: Sendable {
  private let run: DecisionRun
  private let record: RecordedDecision
  private let reads: [BalanceRead]
  private let booking: HostBooking?
  private let course: CommitCourse
  private let threads: MachineThreads
  private let state: Mutex<(draft: DecisionDraft, event: CommitCourse.Event)>

  /// A turn for `run`, whose record is `record` before it; `reads` is what its last run read.
  init(
    _ run: DecisionRun, _ record: RecordedDecision, _ reads: [BalanceRead], _ booking: HostBooking?,
    _ course: CommitCourse, _ threads: MachineThreads
  ) {
    self.run = run
    self.record = record
    self.reads = reads
    self.booking = booking
    self.course = course
    self.threads = threads
    state = Mutex((DecisionDraft(record), .committed(.done)))
  }

  /// The outcome of the run, and the event when nothing was brought to the ledger.
  var outcome: (draft: DecisionDraft, event: CommitCourse.Event) { state.withLock { $0 } }

  /// What the run brings to the ledger; nil when nothing. Blocks the writer's thread until the rule has run. An account
  /// that its last run didn't read comes from the balances in memory; if those are stale, the next turn knows it.
  func submission(_ look: any LedgerLook) throws(StoreError) -> Submission? {
    var (run, course) = (run, course)
    for read in reads { run.held[read.account] = CachedBalance(try look.account(read.account)) }
    while true {
      var draft = DecisionDraft(record, threads.runForWriter(run), booking)
      switch course.next(after: .ran(draft.ending)) {
      case .fetch(.account(let account)): run.held[account] = CachedBalance(try look.account(account))
      case .fetch(.hold(let hold)): run.holds[hold] = KnownHold(try look.entry(hold))
      case .commitFailure(let failure):
        draft.fail(failure)
        return try submission(&draft, look)
      case .commit: return try submission(&draft, look)
      case .log, .run, .runBeforeWriter, .answer, .answerRepeat, .decideAgain:
        state.withLock { $0 = (draft, .ran(draft.ending)) }
        return nil
      }
    }
  }

  private func submission(
    _ draft: inout DecisionDraft, _ look: any LedgerLook
  ) throws(StoreError) -> Submission? {
    var accounts: [AccountName: Account] = [:]
    for name in draft.bookedAccounts { accounts[name] = try look.account(name) }
    let limit = run.limits.recordBytes
    let submission = draft.submission(accounts, limit: limit)
    let made = draft
    state.withLock { $0 = (made, submission == nil ? .committed(.tooLarge(limit: limit)) : .committed(.done)) }
    return submission
  }
}
