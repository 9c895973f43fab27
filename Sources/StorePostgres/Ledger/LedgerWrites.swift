internal import Core
internal import Ledger

extension LedgerTransaction {
  /// Writes everything that changed and commits, in one round trip. O(changes).
  func commit(_ batch: LedgerBatch) throws(PostgresFailure) {
    _ = try connection.run(queries(batch) + [PostgresStatement.commit.with()])
  }

  /// Gives the head row back, with nothing written; a connection that broke has done so.
  func rollBack() { connection.rollBack() }

  private func queries(_ batch: LedgerBatch) -> [PostgresQuery] {
    var all = LedgerChanges()
    for changes in batch.changes { all.append(changes) }
    var (identity, tree) = (found.identity, found.tree)
    var queries: [PostgresQuery] = []
    if !all.entries.isEmpty {
      queries.append(insert(all.entries))
      if let nodes = LedgerTree.insert(all.entries.map(\.canonicalBytes), into: &tree) { queries.append(nodes) }
    }
    if !all.accounts.isEmpty { queries.append(keep(all.accounts)) }
    // What was made and is over within the batch never lies in the table.
    let closed = Set(all.closed)
    let opened = all.opened.filter { !closed.contains($0.id) }
    if !opened.isEmpty { queries.append(LedgerStatements.insert(opened)) }
    if !closed.isEmpty { queries.append(LedgerStatements.deleteHolds.with(.ids(closed))) }
    if !all.refusals.isEmpty {
      let hashes = all.refusals.map { Entry.hash($0.id.bytes + $0.reason.rawValue.utf8) }
      for hash in hashes { identity.refusals.add(hash) }
      queries.append(
        LedgerStatements.insertRefusals.with(
          .ids(all.refusals.map(\.id)), .texts(all.refusals.map(\.reason.rawValue)), .blobs(hashes)))
    }
    if !all.records.isEmpty {
      let hashes = all.records.map { Entry.hash($0.id.bytes + $0.bytes) }
      for hash in hashes { identity.records.add(hash) }
      queries.append(
        LedgerStatements.insertRecords.with(
          .ids(all.records.map(\.id)), .blobs(all.records.map(\.bytes)), .blobs(hashes)))
    }
    if !all.attachments.isEmpty {
      queries.append(LedgerStatements.insert(all.attachments))
    }
    let end = state.loaded.head ?? found.head
    identity.recordedFrom = end.recordedFrom
    let openHolds = Int64(state.loaded.openHoldCount ?? found.openHolds)
    queries.append(
      LedgerStatements.updateHead.with(
        .bytes(identity.tally), .bytes(identity.hash), .integer(end.sequence), .integer(end.timestamp),
        .bytes(end.hash), .integer(openHolds), .bytes(tree.bytes)))
    return queries
  }

  private func insert(_ entries: [StoredEntry]) -> PostgresQuery {
    LedgerStatements.insertEntries.with(
      .array(.integer, entries.map { .integer($0.entry.sequence) }), .ids(entries.map(\.entry.id)),
      .array(.uuid, entries.map { .id($0.entry.pendingID) }), .array(.uuid, entries.map { .id($0.entry.reverses) }),
      .blobs(entries.map(\.canonicalBytes)), .blobs(entries.map(\.hash)), .blobs(entries.map(\.balanceBytes)))
  }

  /// One row for each account: the last that it was.
  private func keep(_ changed: [Account]) -> PostgresQuery {
    var last: [AccountKey: Account] = [:]
    for account in changed where state.isCurrent(account) { last[account.key] = account }
    return LedgerStatements.keep(Array(last.values))
  }
}
