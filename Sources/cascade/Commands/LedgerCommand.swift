import ArgumentParser
import Core
import Ledger
import StoreSQLite

/// `cascade ledger`: reads the ledger of a data directory and moves money in it.
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Verifies, shows and exports the ledger; makes transfers.",
    discussion: "Whoever can read the data directory acts as an operator. All but transfer also work beside a host.",
    subcommands: [
      VerifyLedger.self, ProveEntry.self, ShowNoteKey.self, ShowBalances.self, ExportLedger.self, MakeTransfer.self,
    ])
}

extension DataOptions {
  /// Calls `body` with the ledger, opened for reading. On failure prints the problem and exits with 1, or with
  /// `damaged` for damaged data.
  func readingLedger(
    damaged: ExitCode = .couldNotStart, _ body: (any LedgerStore) async throws -> Void
  ) async throws {
    try await Output.reporting(damaged: damaged) { try await withLedger(body) }
  }
}
