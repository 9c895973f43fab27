import Core
import Decisions
import Governance
import Ledger
import Logging
import Platform
import Rulebook
import StoreSQLite
import Tokens

/// Looks at everything in a data directory that no host runs on: that it is what was written, and that its parts fit.
struct DataVerification: Sendable {
  /// What was found to be good.
  struct Report: Sendable, Equatable {
    /// The ledger's name, entries and hash.
    var ledger: String
    var size: Int64
    var head: String
    var records: Int64
    var rulebooks: Int
  }

  /// The directory that is looked at; no host may run on it.
  var data: String

  /// Follows the ledger's chain, holds it and the log of records against the newest checkpoint, counts every signature
  /// of governance again, opens every store and reads every rulebook. Throws the first thing that is wrong. O(bytes).
  func verify() async throws -> Report { try await LedgerLocation.reading(data) { try await verify($0) } }

  /// Cuts off what was half written to the log of records when it was copied, as the next host would. Throws what the
  /// disk says. O(last segments).
  func cutUnfinished() async throws {
    let directory = DataDirectory.records(in: data)
    guard File.exists(directory) else { return }
    let reader = RecordReader(directory: directory)
    let anchors = try await LedgerLocation.reading(data) { try await reader.anchors(in: $0) }
    let log = try RecordLog(
      directory: directory, anchors: anchors, logger: Logger(label: "restored") { _ in SwiftLogNoOpLogHandler() })
    if let loss = await log.close() { throw loss }
  }

  private func verify(_ ledger: SQLiteLedgerStore) async throws -> Report {
    let keys = try CheckpointKeys(KeyDirectory(data: data)).keys()
    let checkpoints = try CheckpointBook(directory: DataDirectory.checkpoints(in: data)).newest(signedBy: keys)
    if let damaged = checkpoints.damaged.first {
      throw ReadingError(message: "\(damaged.path) is damaged: \(damaged.reason)")
    }
    let checkpoint = checkpoints.newest?.checkpoint.checkpoint
    let found = try await ledger.verify(against: checkpoint)
    if let problem = found.problem {
      throw ReadingError(message: "the ledger is damaged at entry \(problem.sequence): \(problem.message)")
    }
    let reader = RecordReader(directory: DataDirectory.records(in: data))
    let anchors = try await reader.anchors(in: ledger)
    let log = try reader.verify(against: checkpoint?.records ?? [], anchors: anchors)
    if let damage = log.damage.first { throw ReadingError(message: damage.message) }
    if DataPart.payments.isThere(in: data) {
      try await SQLitePaymentStore(directory: DataDirectory.payments(in: data)).close()
    }
    if DataPart.graph.isThere(in: data) {
      let graph = try SQLiteRelationshipStore(reading: DataDirectory.graph(in: data))
      _ = try await graph.load()
      await graph.close()
    }
    return Report(
      ledger: ledger.ledgerID, size: found.entries, head: Hexadecimal.text(found.head), records: Int64(log.records),
      rulebooks: try rulebooks(of: try await governance(in: ledger)))
  }

  /// Who may change the rules; nil without a root.
  private func governance(in ledger: SQLiteLedgerStore) async throws -> GovernanceState? {
    var chain = GovernanceChain()
    do {
      try await chain.follow(ledger)
    } catch let error as GovernanceError {
      throw ReadingError(message: error.message)
    }
    return chain.state
  }

  /// How many rulebooks are kept. Those that are in force, or that an emergency may go back to, must be.
  private func rulebooks(of governance: GovernanceState?) throws -> Int {
    let archive = RulebookArchive(directory: DataDirectory.rulebooks(in: data))
    let stored = try archive.stored()
    for digest in stored.map(\.digest) + (governance?.history.map(\.digest) ?? [])
    where try archive.load(digest: digest) == nil {
      throw ReadingError(message: "the rulebook \(digest) is gone")
    }
    return stored.count
  }
}
