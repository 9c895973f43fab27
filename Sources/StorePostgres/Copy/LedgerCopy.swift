package import Core
package import Ledger

/// Moves a whole ledger from another store into a database without one: all of it or nothing, in one transaction.
package struct LedgerCopy {
  private let address: PostgresAddress

  /// A copy to the database at `address`.
  package init(to address: PostgresAddress) { self.address = address }

  /// Copies `source`, which nobody writes meanwhile; where the same ledger ends with the same hash already, nothing is
  /// done. `progress` is told the sequence of each entry's page. Blocks its thread while PostgreSQL writes. Throws
  /// `conflict` when there is another ledger in the database, or hosts run on it. O(entries).
  package func copy(
    _ source: some LedgerCopying, progress: (Int64) -> Void = { _ in }
  ) async throws(StoreError) {
    let session = PostgresSession(name: "copy", isWriting: false, statementTimeout: .seconds(600))
    let connection = try PostgresSchema.open(address, session)
    try await Self.reporting {
      if try await begin(connection, source) {
        connection.rollBack()
        return
      }
      do {
        try await fill(connection, source, progress)
        _ = try connection.run(PostgresStatement.commit.with())
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  private static func reporting(_ body: () async throws -> Void) async throws(StoreError) {
    do {
      try await body()
    } catch let failure as PostgresFailure {
      throw StoreError(failure, while: "copying the ledger")
    } catch {
      throw error as? StoreError ?? StoreError(.io, "copying the ledger failed", cause: "\(error)")
    }
  }

  /// Begins the transaction; whether the copy is there already.
  private func begin(_ connection: PostgresConnection, _ source: some LedgerCopying) async throws -> Bool {
    let answers = try connection.run([
      PostgresStatement.begin.with(),
      PostgresStatement("lock_ledger", "LOCK TABLE ledger_head IN ACCESS EXCLUSIVE MODE").with(),
      PostgresStatement(
        "other_hosts",
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'cascade %' AND pid <> pg_backend_pid()
        """
      ).with(), LedgerQueries.head.with(),
    ])
    do {
      if answers[2].first?.integer(0) ?? 0 > 0 {
        throw StoreError(.conflict, "hosts or commands use \(address) now; stop them first")
      }
      guard answers[3].count > 0 else { return false }
      let found = try HeadRow(answers[3].first)
      let wanted = try await source.head()
      if found.identity.id == source.ledgerID, found.head.sequence == wanted.sequence, found.head.hash == wanted.hash {
        return true
      }
      let tallies = found.identity.tallies
      guard found.head.sequence == 0, tallies.allSatisfy({ $0.count == 0 }) else {
        throw StoreError(.conflict, "\(address) has another ledger with \(found.head.sequence) entries")
      }
      // That of a host which wrote nothing.
      _ = try connection.run(PostgresStatement("drop_head", "DELETE FROM ledger_head").with())
      return false
    } catch {
      connection.rollBack()
      throw error
    }
  }

  private func fill(
    _ connection: PostgresConnection, _ source: some LedgerCopying, _ progress: (Int64) -> Void
  ) async throws {
    let page = LedgerLimits.pageRows
    var tree = MerkleFrontier()
    var last: Int64 = 0
    while case let rows = try await source.rows(after: last, limit: page), let final = rows.last {
      var queries = [LedgerStatements.insert(rows)]
      if let nodes = LedgerTree.insert(rows.map(\.canonicalBytes), into: &tree) { queries.append(nodes) }
      _ = try connection.run(queries)
      last = final.sequence
      progress(last)
    }
    var key: String?
    while case let accounts = try await source.accounts(after: key, limit: page), let final = accounts.last {
      _ = try connection.run(LedgerStatements.keep(accounts))
      key = final.key.text
    }
    var hold: Identifier?
    var openHolds: Int64 = 0
    while case let holds = try await source.openHolds(after: hold, limit: page), let final = holds.last {
      _ = try connection.run(LedgerStatements.insert(holds))
      openHolds += Int64(holds.count)
      hold = final.id
    }
    try await fillBeside(connection, source)
    let (identity, head) = (try await source.identity(), try await source.head())
    _ = try connection.run(
      Self.insertHead.with(
        .text(identity.id), .bytes(identity.tally), .bytes(identity.hash), .integer(head.sequence),
        .integer(head.timestamp), .bytes(head.hash), .integer(openHolds), .bytes(tree.bytes)))
  }

  /// What no entry tells, and what entries name.
  private func fillBeside(_ connection: PostgresConnection, _ source: some LedgerCopying) async throws {
    var refused: Identifier?
    while case let refusals = try await source.refusals(after: refused, limit: LedgerLimits.pageRows),
      let final = refusals.last
    {
      _ = try connection.run(LedgerStatements.insert(refusals))
      refused = final.id
    }
    var record: Identifier?
    while case let records = try await source.records(before: record, limit: 100), let final = records.last {
      _ = try connection.run(LedgerStatements.insert(records))
      record = final.id
    }
    var hash: String?
    while case let attachments = try await source.attachments(after: hash, limit: 100), let final = attachments.last {
      _ = try connection.run(LedgerStatements.insert(attachments))
      hash = final.hash
    }
  }

  private static let insertHead = PostgresStatement(
    "insert_head",
    """
    INSERT INTO ledger_head (id, tally, row_hash, sequence, "timestamp", hash, open_holds, tree)
    VALUES ($1::text, $2::bytea, $3::bytea, $4::bigint, $5::bigint, $6::bytea, $7::bigint, $8::bytea)
    """)
}
