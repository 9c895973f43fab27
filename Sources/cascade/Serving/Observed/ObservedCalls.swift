import Commerce
import Core
import Decisions
import Ledger
import Observability
import Venice

/// Decisions that a part of the platform asks. That one ends in a failure is for its asker to judge, and for the canary
/// to find.
struct ObservedDecisions: Decisions {
  let part: String
  let decisions: any Decisions
  let tally: CallTally

  func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    try await tally.observe(SelfCall(part, "decisions"), problem: { (_: DecisionFailure) -> String? in nil }) {
      () async throws(DecisionFailure) in try await decisions.decide(question)
    }
  }
}

/// Venice as a part of the platform asks it.
struct ObservedVenice: VeniceTransport {
  let part: String
  let venice: any VeniceTransport
  let tally: CallTally

  func get(_ path: String) async throws(VeniceFailure) -> VeniceResponse {
    try await observed { () async throws(VeniceFailure) in try await venice.get(path) }
  }

  func post(_ path: String, _ body: [UInt8], key: Identifier) async throws(VeniceFailure) -> VeniceResponse {
    try await observed { () async throws(VeniceFailure) in try await venice.post(path, body, key: key) }
  }

  func close() async { await venice.close() }

  /// An answer that says that Venice failed is an answer to the caller, and a fault of Venice.
  private func observed(
    _ work: () async throws(VeniceFailure) -> VeniceResponse
  ) async throws(VeniceFailure) -> VeniceResponse {
    let call = SelfCall(part, "venice")
    do throws(VeniceFailure) {
      let response = try await work()
      tally.note(call, problem: response.status < 500 ? nil : "Venice answers with status \(response.status)")
      return response
    } catch {
      tally.note(call, problem: "Venice doesn't answer")
      throw error
    }
  }
}

/// The ledger as payments read it.
struct ObservedLedger: LedgerReading, CommittedRecordReading {
  let ledger: any LedgerReading & CommittedRecordReading
  let tally: CallTally

  var ledgerID: String { ledger.ledgerID }

  func now() async throws(StoreError) -> Int64 {
    try await observed { () async throws(StoreError) in try await ledger.now() }
  }

  func head() async throws(StoreError) -> LedgerHead {
    try await observed { () async throws(StoreError) in try await ledger.head() }
  }

  func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    try await observed { () async throws(StoreError) in try await ledger.accounts(named: names) }
  }

  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? {
    try await observed { () async throws(StoreError) in try await ledger.entry(id) }
  }

  func entries(naming id: Identifier, after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    try await observed { () async throws(StoreError) in
      try await ledger.entries(naming: id, after: sequence, limit: limit)
    }
  }

  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    try await observed { () async throws(StoreError) in try await ledger.rows(after: sequence, limit: limit) }
  }

  func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    try await observed { () async throws(StoreError) in try await ledger.governance(after: sequence, limit: limit) }
  }

  func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? {
    try await observed { () async throws(StoreError) in try await ledger.attachment(hash) }
  }

  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? {
    try await observed { () async throws(StoreError) in try await ledger.record(id) }
  }

  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    try await observed { () async throws(StoreError) in try await ledger.records(before: id, limit: limit) }
  }

  func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] {
    try await observed { () async throws(StoreError) in try await ledger.treeNodes(completedBy: sequences) }
  }

  private func observed<Value: Sendable>(
    _ work: () async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await tally.observe(
      SelfCall("payments", "ledger"),
      problem: { (error: StoreError) -> String? in "the ledger can't be read: \(error.code.rawValue)" }, work)
  }
}
