package import Core
internal import GRDB
package import Ledger

extension SQLiteLedgerStore: LedgerCopying {
  /// See ``LedgerCopying/identity()``.
  package func identity() async throws(StoreError) -> LedgerIdentity {
    try await read { try LedgerIdentity(reading: $0) }
  }

  /// See ``LedgerCopying/refusals(after:limit:)``.
  package func refusals(
    after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [(id: Identifier, reason: RefusalReason)] {
    try await read { database in
      let statement = try PlainStatement(
        "SELECT id, reason FROM refusals WHERE id > ? ORDER BY id LIMIT ?", in: database)
      // No id is empty.
      statement.bind(1, id?.bytes ?? [])
      statement.bind(2, Int64(min(limit, LedgerLimits.pageRows)))
      var found: [(id: Identifier, reason: RefusalReason)] = []
      try statement.forEach { row in
        guard let id = Identifier(bytes: row.bytes(0)), let reason = RefusalReason(rawValue: row.text(1)) else {
          throw StoreError(.corrupt, "a refusal was changed; run 'cascade ledger verify'")
        }
        found.append((id, reason))
        return true
      }
      return found
    }
  }

  /// See ``LedgerCopying/attachments(after:limit:)``.
  package func attachments(after hash: String?, limit: Int) async throws(StoreError) -> [StatementAttachment] {
    try await read { database in
      let statement = try PlainStatement(
        "SELECT hash, bytes FROM attachments WHERE hash > ? ORDER BY hash LIMIT ?", in: database)
      // No hash is empty.
      statement.bind(1, hash ?? "")
      statement.bind(2, Int64(min(limit, LedgerLimits.pageRows)))
      var found: [StatementAttachment] = []
      try statement.forEach { row in
        found.append(StatementAttachment(row.bytes(1)))
        return true
      }
      return found
    }
  }
}
