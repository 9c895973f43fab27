import Core
import Ledger

/// A ledger that hands everything on to one in memory, but for what it does itself.
protocol ForwardingStore: LedgerStore {
  var store: MemoryLedgerStore { get }
}

extension ForwardingStore {
  var ledgerID: String { store.ledgerID }
  func now() async throws(StoreError) -> Int64 { await store.now() }

  func commit(_ submission: Submission) async throws(StoreError) -> Committed { try await store.commit(submission) }
  func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? { try await store.commit(late) }
  func sweep() async throws(StoreError) -> LedgerChanges { try await store.sweep() }
  func head() async throws(StoreError) -> LedgerHead { await store.head() }
  func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    try await store.verify(against: checkpoint)
  }
  func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    await store.accounts(named: names)
  }
  func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account] {
    await store.accounts(after: key, limit: limit)
  }
  func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold] {
    await store.openHolds(after: id, limit: limit)
  }
  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? { await store.entry(id) }
  func entries(
    naming id: Identifier, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredEntry] {
    await store.entries(naming: id, after: sequence, limit: limit)
  }
  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { await store.record(id) }
  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    await store.records(before: id, limit: limit)
  }
  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    await store.rows(after: sequence, limit: limit)
  }
  func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    await store.governance(after: sequence, limit: limit)
  }
  func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] {
    await store.treeNodes(completedBy: sequences)
  }
  func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? { await store.attachment(hash) }
  func close() async { await store.close() }
}
