import Core
import Ledger

/// A ledger that hands everything on to one in memory, but for what it does itself.
protocol ForwardingStore: LedgerStore {
  var store: MemoryLedgerStore { get }
}

extension ForwardingStore {
  var ledgerID: String { store.ledgerID }
  var now: Int64 { store.now }

  func commit(_ submission: Submission) async throws(StoreError) -> Receipt { try await store.commit(submission) }
  func commit(_ late: LateSubmission) async throws(StoreError) -> Receipt? { try await store.commit(late) }
  func sweep() async throws(StoreError) -> Int { try await store.sweep() }
  func head() async throws(StoreError) -> LedgerHead { await store.head() }
  func accounts(named name: AccountName) async throws(StoreError) -> [Account] { await store.accounts(named: name) }
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
