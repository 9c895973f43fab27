package import Core
package import Ledger

extension LedgerAuditing {
  /// All accounts by key.
  package func allAccounts() async throws(StoreError) -> [Account] {
    var accounts: [Account] = []
    try await eachAccount { accounts.append($0) }
    return accounts
  }

  /// All open holds by id.
  package func openHolds() async throws(StoreError) -> [Hold] {
    var holds: [Hold] = []
    try await eachHold { holds.append($0) }
    return holds
  }
}
