internal import Core
internal import GRDB
internal import Ledger

extension Database {
  /// Replays all entries in the transaction that is open; what can't be read is a finding, no error.
  /// Tells `progress` each sequence it has taken. O(entries).
  func verify(_ verifier: LedgerVerifier, progress: (Int64) -> Void) -> VerificationReport {
    var verifier = verifier
    do {
      let rows = try PlainStatement("SELECT \(LedgerRow.columns) FROM entries ORDER BY sequence", in: self)
      var kept = LedgerRow(
        sequence: 0, id: [], pendingID: nil, reverses: nil, canonicalBytes: [], hash: [], balanceBytes: [])
      try rows.forEach { row in
        kept.read(row)
        verifier.take(kept)
        progress(kept.sequence)
        return verifier.problem == nil
      }
    } catch {
      verifier.fail("can't be read: \(error)")
    }
    do {
      let holds = try openHolds()
      var resolutions: [Identifier: Int64] = [:]
      for hold in holds where !verifier.isOpen(hold.id) {
        resolutions[hold.id] = try entries(naming: hold.id).first?.entry.sequence
      }
      var unreadable: String?
      let accounts = try allAccounts { unreadable = unreadable ?? $0.message }
      var report = verifier.finish(accounts: accounts, holds: holds, resolutions: resolutions)
      if let unreadable { report.fail(unreadable) }
      let count = try Int.fetchOne(self, sql: "SELECT count(*) FROM open_holds")
      if count != holds.count { report.fail("among the open holds is one that no entry made") }
      return report
    } catch {
      verifier.fail("accounts or holds can't be read: \(error)")
      return verifier.finish(accounts: [], holds: [])
    }
  }

  /// What is wrong first beside the entries: pages, indexes, refusals, records; nil when nothing is. O(file).
  func damage() -> String? {
    do {
      return try firstDamage()
    } catch {
      return "pages, refusals or records can't be read: \(error)"
    }
  }

  private func firstDamage() throws -> String? {
    let check = try String.fetchAll(self, sql: "PRAGMA integrity_check(1)")
    if check != ["ok"] { return check.joined(separator: "; ") }
    return try firstChanged("SELECT id, reason, hash FROM refusals", "the refusal of")
      ?? firstChanged("SELECT id, bytes, hash FROM records", "the record")
  }

  /// What is wrong first among rows of an id, a content and the hash of both.
  private func firstChanged(_ sql: String, _ what: String) throws -> String? {
    var changed: String?
    try PlainStatement(sql, in: self).forEach { row in
      let id = row.bytes(0)
      if Entry.hash(id + row.bytes(1)) != row.bytes(2) { changed = "\(what) \(Hexadecimal.text(id)) was changed" }
      return changed == nil
    }
    return changed
  }
}
