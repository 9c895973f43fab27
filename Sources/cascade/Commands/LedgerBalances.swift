import ArgumentParser
import Core
import Ledger
import StoreSQLite

/// `cascade ledger balances`: every account with its balances.
struct ShowBalances: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balances", abstract: "Prints every account's posted, pending and available balance.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

  @OptionGroup var options: DataOptions
  @Option(help: "How they are written; json has minor units.") var format = Format.pretty

  func run() async throws {
    try await options.readingLedger { store in
      var accounts: [Account] = []
      try await store.eachAccount { accounts.append($0) }
      switch format {
      case .pretty: Output.write(Self.table(accounts))
      case .json:
        let object: JSON = ["accounts": .array(accounts.map { LedgerWire.json($0) })]
        Output.write(object)
      }
    }
  }

  /// A table with one line for each account, figures aligned right.
  private static func table(_ accounts: [Account]) -> String {
    let rows = [["account", "posted", "pending", "available", "asset", "flags"]] + accounts.map(row)
    let widths = (0..<6).map { column in rows.map(\.[column].count).max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return (1...3).contains(column) ? gap + row[column] : row[column] + gap
      }
      var line = cells.joined(separator: "  ")[...]
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  private static func row(_ account: Account) -> [String] {
    let balances = account.balances
    let figures = [balances.posted, balances.pending, balances.available].map { figure($0, account) }
    let floor = account.floor < 0 ? ["floor " + figure(account.floor, account)] : []
    return [account.name.text] + figures + [account.asset?.name ?? "", (account.flags + floor).joined(separator: ", ")]
  }

  /// The figure with all decimals of the asset; in minor units while the account has none.
  private static func figure(_ minor: Int64, _ account: Account) -> String {
    account.asset.map { String(Amount(minor, $0).description.prefix { $0 != " " }) } ?? String(minor)
  }
}
