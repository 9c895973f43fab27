internal import Core
internal import Ledger
internal import LuaRuntime
internal import Rulebook
internal import Synchronization

/// A ledger in memory in which the decisions of a candidate count: what others did is copied into it, entry by entry
/// and at its time.
struct SequentialWorld: Sendable {
  private final class Time: Sendable {
    let nanoseconds = Mutex<Int64>(0)
  }

  private let time = Time()
  private let store: MemoryLedgerStore

  /// A world in which nothing happened yet.
  init() {
    let time = time
    let now: @Sendable () -> Int64 = { time.nanoseconds.withLock { $0 } }
    store = MemoryLedgerStore(ledgerID: "model", time: TimeSource(wall: now, boot: now))
  }

  /// What a rule reads of an account; nil for one that isn't there.
  func balance(of account: AccountName) async throws -> Amount? {
    CachedBalance(try await store.account(account)).available
  }

  /// What a hold of this world keeps; nil when it isn't there.
  func hold(_ id: Identifier) async -> HeldMoney? {
    guard let posting = await store.entry(id)?.entry.postings.first else { return nil }
    return HeldMoney(from: posting.source, to: posting.destination, amount: posting.amount)
  }

  /// Does what an entry did, at its time; whether this world lets it.
  @discardableResult
  func copy(_ entry: Entry) async throws -> Bool {
    time.nanoseconds.withLock { $0 = max($0, entry.timestamp) }
    guard let event = LedgerEvent(again: entry) else { return true }
    let receipt = try await store.commit(Submission([.event(event)], authority: .operator)).receipt
    return receipt.refusal == nil
  }

  /// Does what a decision intends, with what the host books for it, all or nothing. The ledger's refusal; nil when it
  /// takes everything.
  func commit(
    _ intents: [PlannedEffect], booked: [Entry], at nanoseconds: Int64
  ) async throws -> LuaFailure? {
    time.nanoseconds.withLock { $0 = max($0, nanoseconds) }
    let host = booked.compactMap { LedgerEvent(again: $0)?.asked(by: .operator) }
    let events = host + intents.map(\.event)
    if events.isEmpty { return nil }
    let submission = Submission(chain: events, record: nil, reads: [])
    let receipt = try await store.commit(submission).receipt
    if case .results(let results) = receipt, let refusal = intents.refusal(results.dropFirst(host.count)) {
      return refusal
    }
    guard let refused = receipt.refusal else { return nil }
    let reason = refused.reason?.rawValue ?? ""
    return LuaFailure(code: .refused, message: "the ledger refused what the host books: \(reason)", reason: reason)
  }
}

extension LedgerEvent {
  /// The event that makes an entry once more; nil for one that moves nothing, or that time made.
  fileprivate init?(again entry: Entry) {
    guard !entry.isExpiry else { return nil }
    let kinds: [Entry.Kind: Kind] = [
      .posted: .posted, .hold: .pending, .post: .post, .void: .void, .reversal: .reversal, .account: .account,
    ]
    guard let kind = kinds[entry.kind] else { return nil }
    self.init(id: entry.id, kind: kind)
    let posting = entry.postings.first
    (from, to, amount) = (posting?.source, posting?.destination, posting?.amount)
    (pendingID, reverses, timeoutSeconds) = (entry.pendingID, entry.reverses, entry.timeoutSeconds)
    (code, reference, metadata) = (entry.code, entry.reference, entry.callerMetadata)
    limit = entry.limit ?? ""
    if kind == .account { (from, floor, isClosed) = (entry.changedAccount, entry.floor, entry.isClosed) }
  }
}
