internal import Core

/// The ledger as text for other programs, entry by entry.
///
/// Money that moved becomes transactions; holds and voids, which moved none, and what limits count stand in the CSV
/// only.
package struct LedgerExport: Sendable {
  /// For which program. The raw value is its name on the command line.
  package enum Format: String, Sendable, CaseIterable {
    case hledger, beancount, csv
  }

  private let format: Format
  private let accounts: [Account]
  /// Entries of the chain that may go on.
  private var chain: [StoredEntry] = []

  /// An export of a ledger with these accounts.
  package init(_ format: Format, accounts: [Account]) {
    self.format = format
    self.accounts = accounts
  }

  /// What comes first. O(accounts).
  package var header: String {
    let names = Set(accounts.map(\.name)).filter { !LimitCounts.isCount($0.text) }.sorted()
    switch format {
    case .hledger:
      let assets = Set(accounts.compactMap(\.asset)).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      return Hledger.header(names: names, assets: assets)
    case .beancount: return Beancount.header(names: names)
    case .csv: return CommaSeparated.header
    }
  }

  /// Takes the next entry; the text that is complete with it, often empty. A chain becomes one transaction.
  package mutating func take(_ stored: StoredEntry) -> String {
    if stored.entry.kind.isStatement { return "" }
    if format == .csv { return CommaSeparated.line(stored) }
    // What limits count is no money, and the accounts that counted long ago are gone.
    if stored.entry.postings.contains(where: \.isCount) { return "" }
    var text = ""
    if stored.entry.chain == nil || stored.entry.chain != chain.first?.entry.chain { text = finish() }
    switch stored.entry.kind {
    case .posted, .post, .reversal: chain.append(stored)
    case .hold, .void, .account, .decision, .governance, .anchor, .operatorAct: break
    }
    return text
  }

  /// The text that is left after the last entry.
  package mutating func finish() -> String {
    defer { chain = [] }
    guard let first = chain.first?.entry else { return "" }
    let transaction = ExportedTransaction(first, legs: ExportedLeg.legs(of: chain.map(\.entry)))
    return format == .beancount ? Beancount.text(transaction) : Hledger.text(transaction)
  }
}

/// Entries of one chain, ready to be printed.
struct ExportedTransaction {
  var first: Entry
  var legs: [ExportedLeg]

  init(_ first: Entry, legs: [ExportedLeg]) {
    self.first = first
    self.legs = legs
  }

  /// The UTC day, `2023-11-14`.
  var day: String { CalendarDay(nanoseconds: first.timestamp).text }
}

/// One posting of a transaction.
struct ExportedLeg {
  var entry: Entry
  var posting: Posting
  /// What the whole amount was exchanged for; nil when it wasn't.
  var totalPrice: Amount?

  /// The legs of a chain. Where money of one asset comes in and money of another goes out in the next leg, and both
  /// accounts have one first segment (`bridge:duc`, `bridge:usd`), that is an exchange, and the first leg carries the
  /// total price. O(entries).
  static func legs(of entries: [Entry]) -> [ExportedLeg] {
    var legs = entries.flatMap { entry in
      entry.postings.map { ExportedLeg(entry: entry, posting: $0, totalPrice: nil) }
    }
    for index in legs.indices.dropLast() {
      let (here, next) = (legs[index].posting, legs[index + 1].posting)
      guard here.destination.firstSegment == next.source.firstSegment, here.amount.asset != next.amount.asset,
        here.amount.minor > 0, next.amount.minor > 0
      else { continue }
      legs[index].totalPrice = next.amount
    }
    return legs
  }
}

extension Posting {
  /// Whether it counts a limit, or takes back what was counted.
  fileprivate var isCount: Bool { LimitCounts.isCount(source.text) || LimitCounts.isCount(destination.text) }
}

extension Amount {
  /// The amount with all its decimals and without its asset, negative when `isDebit`.
  func decimal(isDebit: Bool = false) -> String {
    let text = description.prefix { $0 != " " }
    return isDebit && minor != 0 ? "-\(text)" : String(text)
  }
}

extension AccountName {
  fileprivate var firstSegment: Substring { text.prefix { $0 != ":" } }
}
