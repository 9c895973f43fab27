internal import GRDB
internal import GRDBSQLite

/// A prepared statement whose values go in and out as they are: for what is done for each entry of a batch.
@safe
struct PlainStatement {
  /// Keeps the pointer alive.
  private let statement: Statement
  private let pointer: OpaquePointer

  /// The statement `sql`, prepared once a connection.
  init(_ sql: String, in database: Database) throws {
    statement = try database.cachedStatement(sql: sql)
    unsafe pointer = statement.sqliteStatement
  }

  /// Sets the parameter at `place`, from 1.
  func bind(_ place: Int32, _ value: Int64) { unsafe sqlite3_bind_int64(pointer, place, value) }

  /// The same with a binary64 number.
  func bind(_ place: Int32, double value: Double) { unsafe sqlite3_bind_double(pointer, place, value) }

  /// Sets it to bytes, or to null.
  func bind(_ place: Int32, _ value: [UInt8]?) {
    guard let value else {
      unsafe sqlite3_bind_null(pointer, place)
      return
    }
    _ = unsafe value.withUnsafeBytes { bytes in
      // No bytes have no address, which would mean null.
      unsafe bytes.count == 0
        ? sqlite3_bind_zeroblob(pointer, place, 0)
        : sqlite3_bind_blob(pointer, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
    }
  }

  /// Sets it to text, or to null.
  func bind(_ place: Int32, _ value: String?) {
    guard let value else {
      unsafe sqlite3_bind_null(pointer, place)
      return
    }
    let count = Int32(value.utf8.count)
    unsafe sqlite3_bind_text(pointer, place, value, count, Self.copied)
  }

  /// Runs a statement that gives no rows.
  func run() throws {
    defer { unsafe sqlite3_reset(pointer) }
    while try step() {}
  }

  /// Runs a statement that gives no rows, with these bytes at `place` and after it, which are not copied for it.
  func run(_ first: [UInt8], _ second: [UInt8], _ third: [UInt8], from place: Int32) throws {
    try unsafe first.withUnsafeBytes { first in
      try unsafe second.withUnsafeBytes { second in
        try unsafe third.withUnsafeBytes { third in
          unsafe sqlite3_bind_blob(pointer, place, first.baseAddress, Int32(first.count), nil)
          unsafe sqlite3_bind_blob(pointer, place + 1, second.baseAddress, Int32(second.count), nil)
          // No bytes have no address, which would mean null.
          if unsafe third.isEmpty {
            unsafe sqlite3_bind_zeroblob(pointer, place + 2, 0)
          } else {
            unsafe sqlite3_bind_blob(pointer, place + 2, third.baseAddress, Int32(third.count), nil)
          }
          defer { for offset in Int32(0)..<3 { unsafe sqlite3_bind_null(pointer, place + offset) } }
          try run()
        }
      }
    }
  }

  /// What `read` makes of the first row; nil when there is none.
  func first<Value>(_ read: (PlainRow) throws -> Value) throws -> Value? {
    defer { unsafe sqlite3_reset(pointer) }
    return try step() ? try unsafe read(PlainRow(pointer: pointer)) : nil
  }

  /// Calls `body` with each row until it gives false.
  func forEach(_ body: (PlainRow) throws -> Bool) throws {
    defer { unsafe sqlite3_reset(pointer) }
    while try step(), try unsafe body(PlainRow(pointer: pointer)) {}
  }

  private func step() throws -> Bool {
    let status = unsafe sqlite3_step(pointer)
    if status == SQLITE_ROW { return true }
    if status == SQLITE_DONE { return false }
    let message = unsafe sqlite3_errmsg(sqlite3_db_handle(pointer)).map { unsafe String(cString: $0) }
    throw DatabaseError(resultCode: ResultCode(rawValue: status), message: message, sql: statement.sql)
  }

  /// Tells SQLite to copy what is bound.
  private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

/// The row a statement stands on; only valid until its next step.
@safe
struct PlainRow {
  fileprivate let pointer: OpaquePointer

  /// The integer in a column, from 0.
  func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(pointer, column) }

  /// A copy of the bytes in a column, empty for null.
  func bytes(_ column: Int32) -> [UInt8] {
    let start = unsafe sqlite3_column_blob(pointer, column)
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
  }

  /// Puts the bytes in a column into the memory of others, none for null.
  func read(_ column: Int32, into bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    let start = unsafe sqlite3_column_blob(pointer, column)
    let count = unsafe Int(sqlite3_column_bytes(pointer, column))
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
  }

  /// The same; nil when something else is there.
  func integerOrNil(_ column: Int32) -> Int64? {
    unsafe sqlite3_column_type(pointer, column) == SQLITE_INTEGER ? integer(column) : nil
  }

  /// The binary64 number in a column, 0 for null.
  func double(_ column: Int32) -> Double { unsafe sqlite3_column_double(pointer, column) }

  /// The same; nil for null.
  func doubleOrNil(_ column: Int32) -> Double? { isNull(column) ? nil : double(column) }

  /// The text in a column; nil when something else is there, or bytes that are none.
  func textOrNil(_ column: Int32) -> String? {
    unsafe sqlite3_column_type(pointer, column) == SQLITE_TEXT
      ? String(validating: bytes(column), as: UTF8.self) : nil
  }

  func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(pointer, column) == SQLITE_NULL }

  /// A copy of the bytes in a column, nil for null.
  func bytesOrNil(_ column: Int32) -> [UInt8]? {
    isNull(column) ? nil : bytes(column)
  }

  /// The text in a column, empty for null.
  func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
