/// A statement's text, prepared once a connection under its name.
struct PostgresStatement: Sendable {
  let name: String
  let sql: String

  /// The statement `sql`; no two of one store have the same name.
  init(_ name: String, _ sql: String) {
    self.name = name
    self.sql = sql
  }

  /// The statement with these values for `$1` and so on.
  func with(_ values: PostgresValue...) -> PostgresQuery { PostgresQuery(statement: self, values: values) }
}

/// A statement and its values.
struct PostgresQuery: Sendable {
  var statement: PostgresStatement
  var values: [PostgresValue]
}
