package import Core
package import Ledger
internal import Synchronization

/// What every account has available, in memory: what rules that only read are answered from.
///
/// Filled from a store once, then kept up with what is committed by ``FollowedLedger``. Any thread may ask.
package final class BalanceCache: BalancePort {
  private let state = Mutex<[AccountName: CachedBalance]>([:])

  /// Balances of no account, until some are taken in.
  package init() {}

  /// All accounts of `store`. O(accounts).
  package convenience init(loading store: any LedgerStore) async throws(StoreError) {
    self.init()
    var known: [AccountName: CachedBalance] = [:]
    try await store.eachAccount { account in
      if !account.name.isWorld { known[account.name] = CachedBalance(account) }
    }
    state.withLock { $0 = known }
  }

  /// What an account has available; nil when there is none.
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
