internal import Core
internal import Ledger
internal import LuaRuntime
internal import Rulebook

/// The outcome of one run, prepared for the ledger.
struct DecisionDraft: Sendable {
  /// The record, without the result.
  private(set) var record: RecordedDecision
  /// The result as the machine printed it; nil when the rule gave none.
  private(set) var printed: [UInt8]?
  /// How the run ended, with what the host has against its result.
  private(set) var ending: CommitCourse.Ending
  /// The balances that the run read, with their versions, which the ledger compares at the commit.
  private(set) var reads: [BalanceRead]
  private let intents: [PlannedEffect]
  private var plan = BookingPlan()
  private var bookedCount = 0

  /// A draft of a decision that hasn't run.
  init(_ record: RecordedDecision) {
    self.record = record
    ending = .decided
    reads = []
    intents = []
  }

  /// Prepares the outcome `result`; `record` is the record before the run. O(result) when the host books something.
  init(_ record: RecordedDecision, _ result: DecisionRunResult, _ booking: HostBooking?) {
    self.record = record
    self.record.calls = result.calls
    self.record.fuel = result.cost.fuel
    self.record.nanoseconds = result.cost.nanoseconds
    self.record.nowMilliseconds = result.nowMilliseconds
    ending = result.courseEnding
    reads = result.reads
    intents = result.intents
    switch result.ending {
    case .result(let printed):
      self.printed = printed
      if let failure = check(printed, booking) { ending = .failed(failure) }
    case .failure, .missing: break
    }
  }

  /// Returns why the host rejects a result; otherwise plans what the host books.
  private mutating func check(_ printed: [UInt8], _ booking: HostBooking?) -> LuaFailure? {
    if let refusal = intents.refusalOfUnknownHold { return refusal }
    guard let booking else { return nil }
    guard let result = try? JSON(parsing: printed, limits: RecordLimits.parsing) else {
      return LuaFailure(code: .invalidOutput, message: "the result can't be read")
    }
    do throws(LuaFailure) {
      plan = try BookingPlan(booking, result, of: record.id)
      return nil
    } catch {
      return error
    }
  }

  /// The accounts that must be looked at before ``submission(_:limit:)``.
  var bookedAccounts: [AccountName] { record.failure == nil ? plan.floors.map(\.account) : [] }

  /// Drops all effects; only the record of this failure is committed.
  mutating func fail(_ failure: LuaFailure) {
    record.failure = failure
    record.effects = []
  }

  /// The ledger refused what was brought, and held the reads good at that: the record of it can't conflict any more.
  mutating func noteRefusal() { reads = [] }

  /// What the ledger is brought: what the host books, then what the rule intends, and the record; of a failure the
  /// record alone. `accounts` has those of ``bookedAccounts`` that are there. Nil when the record would have over
  /// `limit` bytes. O(record).
  mutating func submission(_ accounts: [AccountName: Account], limit: Int) -> Submission? {
    var (events, reads): ([LedgerEvent], [BalanceRead]) = ([], reads)
    bookedCount = 0
    if record.failure == nil {
      let booked = plan.events(of: record.id, accounts)
      bookedCount = booked.events.count
      // What the host books has an operator's authority, the rule's own intents a rule's.
      events = booked.events.map { $0.asked(by: .operator) } + intents.map(\.event)
      reads += booked.reads
    }
    record.effects = events.map(\.id)
    let kept = DecisionRecord(id: record.id, bytes: record.bytes(printed: printed))
    if kept.bytes.count > limit { return nil }
    var submission = Submission(chain: events, record: kept, reads: reads)
    submission.generation = Int64(record.generation)
    return submission
  }

  /// The record with a failure that binds no key, as the log keeps it.
  func logged(_ failure: LuaFailure) -> RecordedDecision {
    var record = record
    record.failure = failure
    record.effects = []
    record.result = printed.flatMap { try? JSON(parsing: $0, limits: RecordLimits.parsing) }
    if failure.reason == LuaFailure.recordTooLargeReason { (record.calls, record.result) = ([], nil) }
    return record
  }

  /// Why the ledger refused one of the events; nil when it took all.
  func refusal(_ results: [EventResult]) -> LuaFailure? {
    for (place, result) in results.prefix(bookedCount).enumerated() where result.status == .refused {
      guard let reason = result.reason, reason != .linkedEventFailed else { continue }
      let first = (reason == .idAlreadyFailed ? result.firstReason : nil) ?? reason
      let message = "the ledger refused what the host books, \(place + 1) of \(bookedCount): \(first.rawValue)"
      return LuaFailure(code: .refused, message: message, reason: first.rawValue)
    }
    return intents.refusal(results.dropFirst(bookedCount))
  }
}
