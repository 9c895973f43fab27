import Core
import Decisions
import Ledger
import Rulebook
import StorePostgres

extension DataOptions {
  /// The records of all decisions, beside hosts or without one. Of hosts that share a store those that they stored there
  /// are among them, and the rulebooks that decided are brought into the archive of the data directory. Throws what the
  /// stores throw.
  func records(_ ledger: any LedgerStore) async throws -> DecisionRecords {
    let log = RecordReader(directory: DataDirectory.records(in: data))
    guard let address = try sharedAddress() else { return DecisionRecords(ledger: ledger, log: log) }
    try await bringRulebooks(from: address)
    return DecisionRecords(ledger: ledger, log: log, stored: try PostgresDecisionLog(address, host: "command"))
  }

  private func bringRulebooks(from address: PostgresAddress) async throws {
    let rulebooks = try PostgresRulebookStore(address, host: "command")
    let archive = RulebookArchive(directory: DataDirectory.rulebooks(in: data))
    for digest in Set(try await rulebooks.activations(limit: .max).map(\.activation.digest)) {
      if try archive.load(digest: digest) != nil { continue }
      if let snapshot = try await rulebooks.snapshot(digest) { try archive.store(snapshot) }
    }
    await rulebooks.close()
  }

  /// What is wrong with the records that hosts share, each log by its name; nothing for a data directory's.
  func faultsOfStoredRecords() async throws -> [String] {
    guard let address = try sharedAddress() else { return [] }
    let stored = try PostgresDecisionLog(address, host: "command")
    var faults: [String] = []
    for log in try await stored.logs() {
      if let fault = try await stored.verify(log).fault { faults.append(fault) }
    }
    await stored.close()
    return faults
  }
}
