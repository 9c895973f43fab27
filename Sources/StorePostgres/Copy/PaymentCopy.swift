package import Commerce
package import Core

extension PostgresPaymentStore {
  /// Takes in a page of what another store has kept; what is there already stays as it is. O(page).
  package func take(_ page: KeptPayments) async throws(StoreError) {
    let payments = page.payments.map { payment in
      PaymentStatements.copyPayment.with(
        .id(payment.id), .bytes(payment.json.bytes), .id(payment.keptQuote), payment.keptIntent,
        .boolean(payment.isUnfinished), .integer(payment.updated), .bytes(Array(payment.citizen.utf8)),
        .integer(payment.revision))
    }
    let notices = page.notices.map { notice in
      PaymentStatements.copyEvent.with(
        .bytes(Array(notice.event.id.utf8)), .bytes(notice.digest), .bytes(notice.event.json.bytes),
        .integer(notice.received), .boolean(notice.isFinished))
    }
    let credits = page.credits.map { credit in
      PaymentStatements.copyCredit.with(
        .id(credit.credit.id), .bytes(Array(credit.credit.citizen.utf8)), .text(credit.credit.ducats.description),
        .text(credit.state.rawValue), .integer(Int64(credit.attempts)), .integer(credit.due))
    }
    let queries = payments + notices + credits
    if queries.isEmpty { return }
    try await connections.write("copying payments") { _ = try $0.run(queries) }
  }
}
