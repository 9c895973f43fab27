import ArgumentParser
import Core
import Ledger
import StoreSQLite

extension LedgerExport.Format: ExpressibleByArgument {}

/// `cascade ledger export`: the ledger as text for other programs.
struct ExportLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes the ledger for hledger or beancount, or as CSV.",
    discussion: "Holds and voids moved no money; only the CSV lists them.")

  @OptionGroup var options: DataOptions
  @Option(help: "The format, by the program that reads it.") var format: LedgerExport.Format
  @Option(help: "The file to write. (default: standard output)") var out: String?

  func run() async throws {
    try await options.readingLedger { store in
      let file = try out.map { try StreamedFile($0) }
      func write(_ text: String) throws {
        if let file { try file.write(text) } else { Output.write(text) }
      }
      // Read the head before the accounts, so every account an exported entry touches is listed even while a host
      // writes.
      let end = try await store.head().sequence
      var accounts: [Account] = []
      try await store.eachAccount { accounts.append($0) }
      var export = LedgerExport(format, accounts: accounts)
      var progress = ProgressBar("entries", total: end)
      defer { progress.finish() }
      try write(export.header)
      var last: Int64 = 0
      while last < end {
        let rows = try await store.rows(after: last, limit: Int(min(1_000, end - last)))
        if rows.isEmpty { break }
        var text = ""
        for row in rows {
          text += export.take(try row.read())
          last = row.sequence
        }
        try write(text)
        progress.advance(to: last)
      }
      try write(export.finish())
      try file?.finish()
    }
  }
}
