internal import Core
internal import Foundation
internal import GRDB
internal import Ledger

extension Database {
  /// Verifies the whole file in the transaction that is open; what can't be read is a finding, no error.
  /// Tells `progress` each sequence it has taken. O(entries + records).
  func verify(_ verifier: LedgerVerifier, progress: (Int64) -> Void) -> VerificationReport {
    var verifier = verifier
    do {
      let sql = "SELECT \(LedgerRow.columns) FROM entries ORDER BY sequence"
      let rows = try Row.fetchCursor(self, sql: sql)
      while verifier.problem == nil, let row = try rows.next() {
        let kept = LedgerRow(row)
        verifier.take(kept)
        progress(kept.sequence)
      }
    } catch {
      verifier.fail("can't be read: \(error)")
    }
    do {
      for finding in try damages().prefix(1) where verifier.problem == nil { verifier.fail(finding) }
      return verifier.finish(accounts: try allAccounts(), holds: try openHolds())
    } catch {
      verifier.fail("accounts or holds can't be read: \(error)")
      return verifier.finish(accounts: [], holds: [])
    }
  }

  /// What is wrong beside the entries: pages, refusals, records.
  private func damages() throws -> [String] {
    let check = try String.fetchAll(self, sql: "PRAGMA integrity_check(1)")
    if check != ["ok"] { return check }
    let refusals = try Row.fetchCursor(self, sql: "SELECT id, reason, hash FROM refusals")
    while let row = try refusals.next() {
      let (id, reason, hash): (Data, String, Data) = (row[0], row[1], row[2])
      if Entry.hash(id.array + reason.utf8) != hash.array {
        return ["the refusal of \(Hexadecimal.text(id)) was changed"]
      }
    }
    let records = try Row.fetchCursor(self, sql: "SELECT id, bytes, hash FROM records")
    while let row = try records.next() {
      let (id, bytes, hash): (Data, Data, Data) = (row[0], row[1], row[2])
      if Entry.hash(id.array + bytes) != hash.array {
        return ["the record \(Hexadecimal.text(id)) was changed"]
      }
    }
    return []
  }
}
