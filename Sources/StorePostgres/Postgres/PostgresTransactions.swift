extension PostgresStatement {
  static let begin = PostgresStatement("begin", "BEGIN")
  static let beginSnapshot = PostgresStatement("begin_snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  static let commit = PostgresStatement("commit", "COMMIT")
  /// Whether the transaction has written anything by now.
  static let hasChanged = PostgresStatement("has_changed", "SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
  static let rollback = PostgresStatement("rollback", "ROLLBACK")
}

extension PostgresConnection {
  /// Ends the transaction with nothing written; a connection that broke has done so.
  func rollBack() { _ = try? run(PostgresStatement.rollback.with()) }

  /// Runs `body` in a transaction that sees one moment of the database and writes nothing.
  func inSnapshot<Value>(_ body: () throws -> Value) throws -> Value {
    _ = try run(PostgresStatement.beginSnapshot.with())
    defer { rollBack() }
    return try body()
  }
}
