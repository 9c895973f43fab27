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
      var last = ""
      try rows.forEach { row in
        kept.read(row)
        verifier.take(kept)
        if let decision = verifier.decision, decision != last {
          last = decision
          if !(try hasRecord(decision)) { verifier.failLast("was made by decision \(decision), of which is no record") }
        }
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

  /// Whether a decision, which is how an entry names it, has its record.
  private func hasRecord(_ decision: String) throws -> Bool {
    guard let id = Identifier(decision) else { return true }
    let statement = try PlainStatement("SELECT 1 FROM records WHERE id = ?", in: self)
    statement.bind(1, id.bytes)
    return try statement.first { _ in true } ?? false
  }

  /// What is wrong first beside the entries: pages, indexes, tables, refusals, records; nil when nothing is. O(file).
  func damage(path: String) -> String? {
    do {
      return try firstDamage(path: path)
    } catch let error as StoreError {
      return error.message
    } catch {
      return "what is beside the entries can't be read: \(error)"
    }
  }

  private func firstDamage(path: String) throws -> String? {
    if let damage = try LedgerSchema.headerDamage(path: path) ?? LedgerSchema.damage(in: self) { return damage }
    let check = try String.fetchAll(self, sql: "PRAGMA integrity_check(1)")
    if check != ["ok"] { return check.joined(separator: "; ") }
    var (refusals, records) = (LedgerIdentity.Tally(), LedgerIdentity.Tally())
    let changed =
      try firstChanged("SELECT id, reason, hash FROM refusals", "the refusal of", &refusals)
      ?? firstChanged("SELECT id, bytes, hash FROM records", "the record", &records)
    // A file that no host has opened since the first version has no tally.
    if try changed != nil || LedgerSchema.applied(in: self).count < 2 { return changed }
    let kept = try LedgerIdentity(reading: self)
    for (what, found, kept) in [("refusals", refusals, kept.refusals), ("records", records, kept.records)]
    where found != kept {
      return "there are \(found.count) \(what), and not the \(kept.count) that were written"
    }
    return nil
  }

  /// What is wrong first among rows of an id, a content and the hash of both, all counted in `tally`.
  private func firstChanged(_ sql: String, _ what: String, _ tally: inout LedgerIdentity.Tally) throws -> String? {
    var changed: String?
    try PlainStatement(sql, in: self).forEach { row in
      let id = row.bytes(0)
      let hash = row.bytes(2)
      tally.add(hash)
      if Entry.hash(id + row.bytes(1)) != hash { changed = "\(what) \(Hexadecimal.text(id)) was changed" }
      return changed == nil
    }
    return changed
  }
}
