internal import Core

extension PostgresConnections {
  /// Runs `body` in one transaction, off the cooperative pool, and commits. Throws what `body` throws, with nothing
  /// written, and `unknown_outcome` when the connection broke during the commit. `action` is what an error says was
  /// done ("writing sessions").
  func write<Value: Sendable>(
    _ action: String, _ body: @escaping @Sendable (PostgresConnection) throws -> Value
  ) async throws(StoreError) -> Value {
    try await run(action, isWriting: true) { connection in
      _ = try connection.run(PostgresStatement.begin.with())
      let value: Value
      do {
        value = try body(connection)
      } catch {
        connection.rollBack()
        throw error
      }
      try self.commit(connection, action)
      return value
    }
  }

  /// Ends a transaction with the last of its statements, in one round trip, and notes what became of it. Throws
  /// `unknown_outcome` when the connection broke, else why nothing was written.
  func commit(
    _ connection: PostgresConnection, _ action: String, after queries: [PostgresQuery] = []
  ) throws(StoreError) {
    let answers: [PostgresRows]
    do throws(PostgresFailure) {
      answers = try connection.run(queries + [PostgresStatement.hasChanged.with(), PostgresStatement.commit.with()])
    } catch {
      connection.rollBack()
      let problem = error.isBroken ? StoreError.unknown(action, error) : StoreError(error, while: action)
      note(error, problem)
      throw problem
    }
    // What changes nothing is taken by a full disk, too.
    if answers[queries.count].first?.boolean(0) == true { noteSuccess() }
  }
}

extension StoreError {
  /// A commit's connection broke, so that nobody can tell what became of it.
  static func unknown(_ action: String, _ failure: PostgresFailure) -> StoreError {
    StoreError(
      .unknownOutcome, "the connection to PostgreSQL broke at the end of \(action), which may or may not have happened",
      cause: failure.description, retryAfter: .seconds(1))
  }
}
