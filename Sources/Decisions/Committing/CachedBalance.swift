package import Core
package import Ledger

/// An account's available balance with the version of the account that had it.
package struct CachedBalance: Sendable, Hashable {
  /// The available balance; nil for an account that isn't there or has had no transfer.
  package var available: Amount?
  /// ``Account/version``; 0 for an account that isn't there.
  package var version: Int64

  /// What is known of an account that isn't there.
  package static let absent = CachedBalance(available: nil, version: 0)

  package init(available: Amount?, version: Int64) {
    self.available = available
    self.version = version
  }

  /// What `account` has; nil stands for no account.
  package init(_ account: Account?) {
    available = account.flatMap { account in account.asset.map { Amount(account.balances.available, $0) } }
    version = account?.version ?? 0
  }
}
