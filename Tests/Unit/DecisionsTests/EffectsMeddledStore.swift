import Core
import Ledger
import Synchronization

/// A ledger in which somebody else pays into an account right before each of the first few commits.
final class MeddledStore: LedgerStore {
  private let store: MemoryLedgerStore
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

  var ledgerID: String { store.ledgerID }
  var now: Int64 { store.now }

  func commit(_ submission: Submission) async throws(StoreError) -> Receipt {
    try await meddle()
    return try await store.commit(submission)
  }

  func commit(_ late: LateSubmission) async throws(StoreError) -> Receipt? {
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
      _ = try await store.commit(Submission([.event(event)]))
    }
  }

  func sweep() async throws(StoreError) -> Int { try await store.sweep() }
  func head() async throws(StoreError) -> LedgerHead { await store.head() }
  func accounts(named name: AccountName) async throws(StoreError) -> [Account] {
    if isBlind { throw StoreError(.io, "gone") }
    return await store.accounts(named: name)
  }
  func allAccounts() async throws(StoreError) -> [Account] { await store.allAccounts() }
  func openHolds() async throws(StoreError) -> [Hold] { await store.openHolds() }
  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? { await store.entry(id) }
  func entries(naming id: Identifier) async throws(StoreError) -> [StoredEntry] { await store.entries(naming: id) }
  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { await store.record(id) }
  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    await store.records(before: id, limit: limit)
  }
  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    await store.rows(after: sequence, limit: limit)
  }
  func close() async { await store.close() }
}
