internal import Core

/// An entry as it lies in a store: with its canonical bytes, its hash and the balances it left behind.
package struct StoredEntry: Sendable, Equatable {
  /// The event as the chain records it.
  package var entry: Entry
  /// What was hashed; a verifier never serialises again.
  package var canonicalBytes: [UInt8]
  /// SHA-256 of the canonical bytes, 32 bytes.
  package var hash: [UInt8]
  /// The balances of the accounts it touched, as they were right after it, debited account first.
  package var balances: [AccountBalances]

  /// Seals `entry` onto the chain that ends with `previous`. O(size).
  package init(sealing entry: Entry, after previous: [UInt8], balances: [AccountBalances]) {
    self.entry = entry
    self.canonicalBytes = entry.canonicalBytes(after: previous)
    self.hash = Entry.hash(canonicalBytes)
    self.balances = balances
  }

  /// Reads what a store kept; nil when the canonical bytes or balances are not the form this ledger writes.
  package init?(canonicalBytes: [UInt8], hash: [UInt8], balanceBytes: [UInt8]) {
    guard let entry = Entry.decode(canonicalBytes)?.entry, let balances = AccountBalances.decode(balanceBytes)
    else { return nil }
    self.entry = entry
    self.canonicalBytes = canonicalBytes
    self.hash = hash
    self.balances = balances
  }

  /// The balances as a store keeps them.
  package var balanceBytes: [UInt8] { AccountBalances.encode(balances) }
}

extension AccountBalances {
  static func encode(_ list: [AccountBalances]) -> [UInt8] {
    var out = ByteWriter()
    out.bytes.reserveCapacity(64 * list.count)
    for item in list { encode(item, &out) }
    return out.bytes
  }

  static func encode(_ item: AccountBalances, _ out: inout ByteWriter) {
    out.prefixed(item.account.text)
    out.prefixed(item.asset?.name ?? "")
    out.integer(item.balances.posted)
    out.integer(item.balances.pending)
    out.integer(item.balances.available)
  }

  static func decode(_ bytes: [UInt8]) -> [AccountBalances]? {
    var reader = ByteReader(bytes)
    var list: [AccountBalances] = []
    while !reader.isAtEnd {
      guard let account = reader.text().flatMap({ AccountName($0) }), let asset = reader.text(),
        let posted = reader.integer(Int64.self), let pending = reader.integer(Int64.self),
        let available = reader.integer(Int64.self)
      else { return nil }
      list.append(
        AccountBalances(
          account: account, asset: Asset(asset),
          balances: Balances(posted: posted, pending: pending, available: available)))
    }
    return list
  }
}
