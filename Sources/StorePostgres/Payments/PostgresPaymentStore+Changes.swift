package import Commerce
package import Core

// What became of payments since somebody looked, whichever host made it.

extension PostgresPaymentStore {
  /// The payments that came or moved on since `transaction`, each as it is now, in the order of the transactions that
  /// wrote them; and since which transaction to ask the next time. While that one is under way, those that ended after
  /// it come again each time. Without a transaction there are none: what comes is told from now on. O(payments that
  /// changed since).
  package func changes(
    since transaction: Int64?
  ) async throws(StoreError) -> (payments: [Payment], transaction: Int64) {
    try await connections.run("reading what became of payments") { connection in
      // Read before the payments are, so that what commits meanwhile is at worst read again.
      let oldest = try connection.run(PaymentStatements.oldestTransaction.with()).first?.integer(0) ?? 0
      guard let transaction else { return ([], oldest) }
      var payments: [Payment] = []
      // A server that took another's place may count from less.
      var (before, id) = (min(transaction, oldest) - 1, Identifier(high: .max, low: .max))
      while true {
        let page = try connection.run(
          PaymentStatements.changed.with(.integer(before), .id(id), .integer(Int64(PostgresLimits.changedPayments))))
        payments += try page.payments()
        guard page.count == PostgresLimits.changedPayments, let last = payments.last else { return (payments, oldest) }
        id = last.id
        for row in page.all { before = row.integer(2) ?? before }
      }
    }
  }
}
