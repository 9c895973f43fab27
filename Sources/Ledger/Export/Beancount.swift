package import Core

/// The format of beancount, whose names are narrower: see ``account(_:)`` and ``commodity(_:)``.
package enum Beancount {
  static func header(names: [AccountName]) -> String {
    names.map { "1970-01-01 open \(account($0))\n  name: \"\($0.text)\"\n" }.joined() + "\n"
  }

  static func text(_ transaction: ExportedTransaction) -> String {
    let first = transaction.first
    var text = "\(transaction.day) * \(quoted(LedgerWire.name(of: first.kind))) \(quoted(first.reference))\n"
    text += "  sequence: \"\(first.sequence)\"\n"
    for leg in transaction.legs {
      let price = leg.totalPrice.map { " @@ \(amount($0))" } ?? ""
      text += "  \(account(leg.posting.source))  \(amount(leg.posting.amount, isDebit: true))\(price)\n"
      text += "    id: \"\(leg.entry.id)\"\n"
      text += "  \(account(leg.posting.destination))  \(amount(leg.posting.amount))\(price)\n"
      text += "    id: \"\(leg.entry.id)\"\n"
    }
    return text + "\n"
  }

  private static func amount(_ amount: Amount, isDebit: Bool = false) -> String {
    "\(amount.decimal(isDebit: isDebit)) \(commodity(amount.asset))"
  }

  /// Beancount's name of an asset, from which the asset can be told: `DUC/2` is `DUC.2`, and one without scale, `X`,
  /// is `X.N`.
  package static func commodity(_ asset: Asset) -> String {
    let parts = asset.name.words(at: "/")
    return "\(parts[0]).\(parts.count > 1 ? parts[1] : "N")"
  }

  /// Beancount's name of an account, from which ``name(_:)`` tells the account. `world` is `Equity:World`, all others
  /// are under `Assets`. A segment that begins with a small letter begins with the capital one; any other has `0-`
  /// before it. Inside, `-` is `--` and `_` is `-u`. O(length).
  package static func account(_ name: AccountName) -> String {
    let segments = name.text.words(at: ":").map { segment in
      let first = segment.first.map(String.init) ?? ""
      let isSmall = first >= "a" && first <= "z"
      let head = isSmall ? first.uppercased() : "0-" + escaped(first)
      return head + escaped(segment.dropFirst())
    }
    return ([name.isWorld ? "Equity" : "Assets"] + segments).joined(separator: ":")
  }

  /// The account that ``account(_:)`` gave this name; nil for any other. O(length).
  package static func name(_ account: String) -> AccountName? {
    var segments: [String] = []
    for component in account.words(at: ":").dropFirst() {
      var rest = component[...]
      var segment = ""
      if rest.begins(with: "0-") {
        rest = rest.dropFirst(2)
      } else {
        segment = rest.prefix(1).lowercased()
        rest = rest.dropFirst()
      }
      while let character = rest.popFirst() {
        if character == "-" {
          segment += rest.popFirst() == "u" ? "_" : "-"
        } else {
          segment.append(character)
        }
      }
      segments.append(segment)
    }
    guard let name = AccountName(segments.joined(separator: ":")), Self.account(name) == account else { return nil }
    return name
  }

  private static func escaped(_ text: some StringProtocol) -> String {
    text.map { $0 == "-" ? "--" : $0 == "_" ? "-u" : String($0) }.joined()
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      // Its strings have no escape for these.
      case _ where VisibleText.isControl(scalar): out += VisibleText.escape(scalar).replacing("\\", with: "\\\\")
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
