internal import Core
internal import Ledger
internal import LuaRuntime
internal import Rulebook

/// Balances as they were: what the entries of a ledger left accounts with.
///
/// The first question about an account reads the whole ledger once; what it found of that account is kept.
actor PastBalances {
  private struct Balance {
    var sequence: Int64
    var nanoseconds: Int64
    var available: Amount?
  }

  private let ledger: any LedgerReading
  private var known: [AccountName: [Balance]] = [:]

  /// Accounts that are kept at most.
  private static let accounts = 64
  private static let page = 1_000

  /// Balances by the entries of `ledger`.
  init(_ ledger: any LedgerReading) { self.ledger = ledger }

  /// The available balance of an account right before a decision made its first entry, or by the time at which it was
  /// made when it made none; nil for an account that wasn't there. O(entries) the first time.
  func balance(of account: AccountName, at record: RecordedDecision) async throws -> Amount? {
    let history = try await history(of: account)
    if let first = record.effects.first, let entry = try await ledger.entry(first) {
      return history.last { $0.sequence < entry.entry.sequence }?.available
    }
    let end = (record.timeMilliseconds + 1).multiplied(saturating: 1_000_000)
    return history.last { $0.nanoseconds < end }?.available
  }

  private func history(of account: AccountName) async throws -> [Balance] {
    if let found = known[account] { return found }
    var found: [Balance] = []
    var sequence = Int64(0)
    while case let rows = try await ledger.rows(after: sequence, limit: Self.page), let last = rows.last {
      sequence = last.sequence
      for row in rows {
        guard let stored = row.stored else { continue }
        for one in stored.balances where one.account == account {
          let available = one.asset.map { Amount(one.balances.available, $0) }
          found.append(
            Balance(sequence: row.sequence, nanoseconds: stored.entry.timestamp, available: available))
        }
      }
    }
    if known.count >= Self.accounts { known = [:] }
    known[account] = found
    return found
  }
}

extension RecordedCall {
  /// A call for the balance of an account, with its answer.
  static func asking(_ account: AccountName, answer: Amount?) -> RecordedCall? {
    RecordedCall(
      call: HostCallName.balance.rawValue, arguments: [.string(account.text)],
      answer: .value((answer?.json ?? .null).bytes))
  }
}
