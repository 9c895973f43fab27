internal import Core

/// The journal format of hledger. Account names are the ledger's own; commodities are quoted asset names.
enum Hledger {
  static func header(names: [AccountName], assets: [Asset]) -> String {
    let commodities = assets.map { asset in
      let decimals = asset.scale == 0 ? "." : "." + String(repeating: "0", count: asset.scale)
      return "commodity 1000\(decimals) \(symbol(asset))\n"
    }
    return commodities.joined() + names.map { "account \($0.text)\n" }.joined() + "\n"
  }

  static func text(_ transaction: ExportedTransaction) -> String {
    let first = transaction.first
    let title = escaped(first.reference.isEmpty ? LedgerWire.name(of: first.kind) : first.reference)
    var text = "\(transaction.day) * (\(first.sequence)) \(title)\n"
    for leg in transaction.legs {
      let price = leg.totalPrice.map { " @@ \(amount($0))" } ?? ""
      let (posting, entry) = (leg.posting, leg.entry)
      text += "    ; id:\(entry.id), seq:\(entry.sequence), kind:\(LedgerWire.name(of: entry.kind))\n"
      text += "    \(posting.source.text)  \(amount(posting.amount, isDebit: true))\(price)\n"
      text += "    \(posting.destination.text)  \(amount(posting.amount))\(price)\n"
    }
    return text + "\n"
  }

  private static func amount(_ amount: Amount, isDebit: Bool = false) -> String {
    "\(amount.decimal(isDebit: isDebit)) \(symbol(amount.asset))"
  }

  private static func symbol(_ asset: Asset) -> String { "\"\(asset.name)\"" }

  /// The text in one line without what hledger takes for a comment, a code or a status; `%` and two digits stand for
  /// each byte of such a character, of one that does something where it is printed, and of `%`.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { out, scalar in
      if VisibleText.isControl(scalar) || ";%|()!*".unicodeScalars.contains(scalar) {
        for byte in String(scalar).utf8 { out += "%" + Hexadecimal.text([byte]) }
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
  }
}
