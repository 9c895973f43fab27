internal import Core
internal import GRDB
internal import Ledger

extension Database {
  /// Replays all entries in the transaction that is open; what can't be read is a finding, no error.
  /// Tells `progress` each sequence it has taken. O(entries).
  func verify(
    _ ledgerID: String, against checkpoint: Checkpoint?, progress: (Int64) -> Void
  ) -> VerificationReport {
    // What is wrong with that row is told apart.
    let identity = try? LedgerIdentity(reading: self)
    var verifier = LedgerVerifier(
      ledgerID: ledgerID, checkpoint: checkpoint, recordedFrom: identity?.recordedFrom)
    var covered = LedgerIdentity.Tally()
    do {
      let rows = try PlainStatement("SELECT \(LedgerRow.columns) FROM entries ORDER BY sequence", in: self)
      var kept = LedgerRow(
        sequence: 0, id: [], pendingID: nil, reverses: nil, canonicalBytes: [], hash: [], balanceBytes: [])
      // A changed list of migrations is told apart.
      let hasTree = (try? LedgerSchema.hasTree(self)) ?? false
      let nodes = hasTree ? try PlainStatement("SELECT nodes FROM tree WHERE sequence = ?", in: self) : nil
      try rows.forEach { row in
        kept.read(row)
        verifier.take(kept)
        if let id = verifier.wantedRecord {
          let record = try recordRow(id)
          if verifier.take(record: record?.bytes), let record { covered.add(record.hash) }
        }
        if let hash = verifier.wantedAttachment { verifier.take(attachment: try attachment(hash)) }
        if verifier.wantsNodes, let nodes {
          nodes.bind(1, kept.sequence)
          verifier.take(nodes: try nodes.first { $0.bytes(0) })
        }
        try place(wantedBy: &verifier)
        progress(kept.sequence)
        return verifier.problem == nil
      }
      verifier.endRows()
      try place(wantedBy: &verifier)
    } catch {
      verifier.fail("can't be read: \(error)")
    }
    do {
      return try finish(&verifier, identity, covered)
    } catch {
      verifier.fail("accounts or holds can't be read: \(error)")
      return verifier.finish()
    }
  }

  /// Holds accounts, holds and what is counted against what the entries made them.
  private func finish(
    _ verifier: inout LedgerVerifier, _ identity: LedgerIdentity?, _ covered: LedgerIdentity.Tally
  ) throws -> VerificationReport {
    var count = 0
    try forEachHold { hold in
      count += 1
      if verifier.hold(against: hold) { return }
      verifier.findUnknown(hold, resolution: try entries(naming: hold.id).first?.entry.sequence)
    }
    var unreadable: String?
    try forEachAccount { result in
      switch result {
      case .success(let account): verifier.hold(against: account)
      case .failure(let error): unreadable = unreadable ?? error.message
      }
    }
    var report = verifier.finish()
    if let identity, identity.records != covered.joined(with: identity.uncovered) {
      let count = identity.records.count - covered.count - identity.uncovered.count
      report.fail("\(count) records of decisions are named by no entry, or an older one was changed")
    }
    if let unreadable { report.fail(unreadable) }
    if try LedgerSchema.applied(in: self).count >= 4,
      try Int.fetchOne(self, sql: "SELECT count(*) FROM attachments") != verifier.attachments.count
    {
      report.fail("there are attachments that no entry names")
    }
    if try LedgerSchema.hasTree(self),
      try Int64.fetchOne(self, sql: "SELECT count(*) FROM tree") != report.entries / 2
    {
      report.fail("the tree over the entries has nodes of entries that aren't there")
    }
    if try Int.fetchOne(self, sql: "SELECT count(*) FROM open_holds") != count {
      report.fail("among the open holds is one that no entry made")
    }
    return report
  }

  /// A decision's record with the hash of its row.
  private func recordRow(_ id: Identifier) throws -> (bytes: [UInt8], hash: [UInt8])? {
    let statement = try PlainStatement("SELECT bytes, hash FROM records WHERE id = ?", in: self)
    statement.bind(1, id.bytes)
    return try statement.first { ($0.bytes(0), $0.bytes(1)) }
  }

  private func place(wantedBy verifier: inout LedgerVerifier) throws {
    while let id = verifier.wantedPlace { verifier.take(place: try entry(id)?.entry.sequence) }
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
