import Core
import Ledger
import Synchronization

/// A ledger in which somebody else pays into an account right before each of the first few commits.
final class MeddledStore: ForwardingStore {
  let store: MemoryLedgerStore
  private let account: String
  /// Whether no account can be read.
  private let isBlind: Bool
  private let left: Mutex<Int>

  init(_ store: MemoryLedgerStore, account: String = "sprint:backing", changes: Int, isBlind: Bool = false) {
    self.store = store
    self.account = account
    self.isBlind = isBlind
    left = Mutex(changes)
  }

  func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    try await meddle()
    return try await store.commit(submission)
  }

  func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    try await meddle()
    return try await store.commit(late)
  }

  private func meddle() async throws(StoreError) {
    let number = left.withLock { left in
      left -= 1
      return left
    }
    if number >= 0, let world = AccountName("world"), let account = AccountName(account), let ducat = Asset("DUC/2") {
      let id = Identifier(high: 0x7000, low: 1 << 63 | 1 << 32 | UInt64(number))
      let event = LedgerEvent.posted(id, from: world, to: account, Amount(1, ducat))
      _ = try await store.commit(Submission([.event(event)], authority: .operator))
    }
  }

  func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    if isBlind { throw StoreError(.io, "gone") }
    return await store.accounts(named: names)
  }
}
