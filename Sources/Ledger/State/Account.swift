package import Core

/// The four totals of an account, minor units, none ever negative.
package struct Totals: Sendable, Hashable {
  /// Held, to leave the account.
  package var debitsPending: Int64 = 0
  /// Gone from the account.
  package var debitsPosted: Int64 = 0
  /// Held, to come into the account.
  package var creditsPending: Int64 = 0
  /// Come into the account.
  package var creditsPosted: Int64 = 0

  /// Balances of an account in which nothing happened yet.
  package init() {}

  /// Whether a ledger can come to them: none is negative, and pending and posted together stay within the range.
  package var arePossible: Bool {
    min(debitsPending, debitsPosted, creditsPending, creditsPosted) >= 0
      && !debitsPending.addingReportingOverflow(debitsPosted).overflow
      && !creditsPending.addingReportingOverflow(creditsPosted).overflow
  }

  /// What people see of them.
  package var balances: Balances {
    let posted = creditsPosted - debitsPosted
    return Balances(posted: posted, pending: debitsPending, available: posted - debitsPending)
  }
}

/// An account's balances in minor units.
package struct Balances: Sendable, Hashable {
  /// Credits − debits, posted.
  package var posted: Int64
  /// What open holds may still debit, in minor units.
  package var pending: Int64
  /// Posted − pending: what can still be spent.
  package var available: Int64

  package init(posted: Int64, pending: Int64, available: Int64) {
    self.posted = posted
    self.pending = pending
    self.available = available
  }
}

/// Whose balances they are.
package struct AccountBalances: Sendable, Hashable {
  /// The name of the account.
  package var account: AccountName
  /// Nil for an account that was set up and has no transfer yet.
  package var asset: Asset?
  /// The account's balances in this asset.
  package var balances: Balances

  package init(account: AccountName, asset: Asset?, balances: Balances) {
    self.account = account
    self.asset = asset
    self.balances = balances
  }
}

/// What names one set of totals: the account, and for `world` the asset too.
package struct AccountKey: Sendable, Hashable {
  /// The name of the account.
  package let name: AccountName
  /// The asset, for `world` alone: it has an account an asset.
  package let asset: Asset?

  /// The totals that a transfer of `asset` on `name` touches.
  package init(_ name: AccountName, _ asset: Asset?) {
    self.name = name
    self.asset = name.isWorld ? asset : nil
  }

  /// Of the name alone, since only `world` has more than one key.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The key as text: the name, for `world` with its asset after a space.
  package var text: String { asset.map { "\(name.text) \($0.name)" } ?? name.text }
}

/// An account: its one asset, its totals and its limits.
package struct Account: Sendable, Hashable {
  /// The name under which entries move it.
  package var name: AccountName
  /// That of its first transfer, for ever; nil before it.
  package var asset: Asset?
  /// What entries came to.
  package var totals = Totals()
  /// How far below zero it may go, minor units, ≤ 0. `world` has no floor.
  package var floor: Int64 = 0
  /// Whether it takes no new transfers and no posts.
  package var isClosed = false
  /// The sequence of the last entry that touched it; 0 before any.
  package var version: Int64 = 0

  /// An account without history.
  package init(name: AccountName, asset: Asset? = nil) {
    self.name = name
    self.asset = asset
  }

  /// The key under which a store keeps the account.
  package var key: AccountKey { AccountKey(name, asset) }
  /// What people see of its totals.
  package var balances: Balances { totals.balances }
  /// Its balances with its name.
  package var named: AccountBalances { AccountBalances(account: name, asset: asset, balances: balances) }
  /// The names of the flags that are set.
  package var flags: [String] {
    (floor == 0 && !name.isWorld ? ["no_overdraft"] : []) + (isClosed ? ["closed"] : [])
  }
}

extension AccountName {
  /// Whether this is `world`, the one unlimited source.
  package var isWorld: Bool { text == "world" }
}
