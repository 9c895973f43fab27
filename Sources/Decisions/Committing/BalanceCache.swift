package import Core
package import Ledger
internal import Synchronization

/// Holds every account's available balance in memory, for rules that only read.
///
/// Filled from a store once, then kept up with what is committed by ``LedgerProjection``. Any thread may ask.
package final class BalanceCache: BalancePort {
  private let state = Mutex<[AccountName: CachedBalance]>([:])

  /// Balances of no account, until some are taken in.
  package init() {}

  /// Loads the balances of all accounts of `store`. O(accounts).
  package convenience init(loading store: any LedgerStore) async throws(StoreError) {
    self.init()
    var known: [AccountName: CachedBalance] = [:]
    try await store.eachAccount { account in
      if !account.name.isWorld { known[account.name] = CachedBalance(account) }
    }
    state.withLock { $0 = known }
  }

  /// The available balance of an account; nil when there is no such account.
  package func balance(of account: AccountName) -> Amount? {
    state.withLock { $0[account]?.available }
  }

  /// What is known of an account; an account that isn't there is known to be absent.
  package func held(_ account: AccountName) -> CachedBalance {
    state.withLock { $0[account] ?? .absent }
  }

  /// Takes in what was committed, in any order: of each account the highest version stays. O(accounts).
  package func take(_ changes: LedgerChanges) {
    if changes.accounts.isEmpty { return }
    state.withLock { accounts in
      for account in changes.accounts where !account.name.isWorld {
        if let known = accounts[account.name], known.version >= account.version { continue }
        accounts[account.name] = CachedBalance(account)
      }
    }
  }
}
