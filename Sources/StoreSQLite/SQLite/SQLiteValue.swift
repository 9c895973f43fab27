internal import Core
internal import GRDB

/// What a statement's parameter can be: bytes, a text or a number, as they are.
protocol SQLiteValue {
  /// Sets the parameter at `place`, from 1.
  func bind(_ place: Int32, of statement: PlainStatement)
}

extension Int64: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, self) }
}

extension Int: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, Int64(self)) }
}

extension Bool: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, Int64(self ? 1 : 0)) }
}

extension String: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, self) }
}

extension Double: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, double: self) }
}

extension [UInt8]: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, self) }
}

extension Identifier: SQLiteValue {
  func bind(_ place: Int32, of statement: PlainStatement) { statement.bind(place, bytes) }
}

extension Database {
  /// Runs a statement that gives no rows; nil is null. Throws what SQLite says.
  func run(_ sql: String, _ values: (any SQLiteValue)?...) throws { try statement(sql, values).run() }

  /// What `read` makes of the first row; nil when there is none.
  func first<Value>(
    _ sql: String, _ values: (any SQLiteValue)?..., read: (PlainRow) throws -> Value
  ) throws -> Value? {
    try statement(sql, values).first(read)
  }

  /// What `read` makes of each row.
  func all<Value>(
    _ sql: String, _ values: (any SQLiteValue)?..., read: (PlainRow) throws -> Value
  ) throws -> [Value] {
    var all: [Value] = []
    try statement(sql, values).forEach { row in
      all.append(try read(row))
      return true
    }
    return all
  }

  private func statement(_ sql: String, _ values: [(any SQLiteValue)?]) throws -> PlainStatement {
    let statement = try PlainStatement(sql, in: self)
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      if let value { value.bind(place, of: statement) } else { statement.bind(place, nil as [UInt8]?) }
    }
    return statement
  }
}

extension PlainRow {
  /// The identifier in a column. Throws `corrupt` when there is none.
  func identifier(_ column: Int32) throws(StoreError) -> Identifier {
    guard let identifier = Identifier(bytes: bytes(column)) else {
      throw StoreError(.corrupt, "a row has no identifier of 16 bytes where one belongs")
    }
    return identifier
  }
}
