internal import Core
package import Ledger

extension BacktestSource {
  /// The records of all decisions, with the holds of their ledger.
  package init(_ records: DecisionRecords, _ ledger: any LedgerReading) {
    self.init(
      pages: { before in
        let page = try await records.page(before: before, limit: RecordLimits.pageRecords)
        return (page.records, page.next)
      },
      hold: { id in
        guard let posting = try await ledger.entry(id)?.entry.postings.first else { return nil }
        return HeldMoney(from: posting.source, to: posting.destination, amount: posting.amount)
      })
    let past = PastBalances(ledger)
    balance = { account, record in try await past.balance(of: account, at: record) }
  }
}
