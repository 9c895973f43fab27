package import Core
package import Ledger
internal import Synchronization

/// What every account has available, in memory: what rules that only read are answered from.
///
/// Filled from a store once, then kept up with its entries by ``FollowedLedger``. Any thread may ask.
package final class LedgerBalances: BalancePort {
  private struct State {
    var accounts: [AccountName: HeldAccount] = [:]
    var sequence: Int64 = 0
  }

  private let state = Mutex(State())

  /// Nothing known.
  package init() {}

  /// All accounts of `store`. O(accounts).
  package convenience init(loading store: any LedgerStore) async throws(StoreError) {
    self.init()
    let head = try await store.head()
    let accounts = try await store.allAccounts()
    state.withLock { state in
      state.sequence = head.sequence
      for account in accounts where !account.name.isWorld { state.accounts[account.name] = HeldAccount(account) }
    }
    try await catchUp(with: store)
  }

  /// What an account has available; nil when there is none.
  package func balance(of account: AccountName) -> Amount? {
    state.withLock { $0.accounts[account]?.available }
  }

  /// What is known of an account; an account that isn't there is known to be absent.
  package func held(_ account: AccountName) -> HeldAccount {
    state.withLock { $0.accounts[account] ?? .absent }
  }

  /// Takes in every entry since the last one taken in. O(entries since then).
  package func catchUp(with store: any LedgerStore) async throws(StoreError) {
    while true {
      let rows = try await store.rows(after: state.withLock { $0.sequence }, limit: 1_000)
      if rows.isEmpty { return }
      for row in rows { take(row) }
    }
  }

  private func take(_ row: LedgerRow) {
    // An entry that can't be read changes nothing here; verifying the ledger names it.
    let balances = row.stored?.balances ?? []
    state.withLock { state in
      for line in balances where !line.account.isWorld {
        if let known = state.accounts[line.account], known.version >= row.sequence { continue }
        let available = line.asset.map { Amount(line.balances.available, $0) }
        state.accounts[line.account] = HeldAccount(available: available, version: row.sequence)
      }
      state.sequence = max(state.sequence, row.sequence)
    }
  }
}
