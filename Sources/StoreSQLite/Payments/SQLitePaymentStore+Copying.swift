package import Commerce
package import Core
internal import GRDB

extension SQLitePaymentStore {
  /// The page of everything that comes after the page `last`, at most `limit` of each kind. O(limit).
  package func kept(after last: KeptPayments, limit: Int) async throws(StoreError) -> KeptPayments {
    let page = last.next
    return try await file.read { database in
      var page = page
      page.payments = try database.all(
        "SELECT body, revision FROM payments WHERE id > ? ORDER BY id LIMIT ?", page.lastPayment?.bytes ?? [], limit
      ) { try Payment(kept: $0.bytes(0), revision: $0.integer(1)) }
      page.notices = try database.all(
        "SELECT body, digest, received, is_finished FROM events WHERE id > ? ORDER BY id LIMIT ?",
        page.lastNotice ?? "", limit
      ) { row in
        KeptPayments.Notice(
          try PaymentEvent(kept: row.bytes(0)), digest: row.bytes(1), received: row.integer(2),
          isFinished: row.integer(3) == 1)
      }
      page.credits = try database.all(
        "SELECT id, citizen, ducats, state, attempts, due FROM credits WHERE id > ? ORDER BY id LIMIT ?",
        page.lastCredit?.bytes ?? [], limit
      ) { try QueuedCredit($0) }
      return page
    }
  }
}
