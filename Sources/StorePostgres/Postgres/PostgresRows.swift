internal import CPostgres
internal import Core

/// What a statement answered, in binary form; freed with the last use.
@safe
final class PostgresRows {
  private let result: OpaquePointer

  /// Takes over a result of libpq.
  init(taking result: OpaquePointer) { unsafe self.result = result }

  deinit { unsafe PQclear(result) }

  /// How many rows there are.
  var count: Int { unsafe Int(PQntuples(result)) }
  /// The rows in order.
  var all: some Sequence<PostgresRow> { (0..<count).lazy.map { PostgresRow(rows: self, number: $0) } }
  /// The first row; nil when there is none.
  var first: PostgresRow? { count == 0 ? nil : PostgresRow(rows: self, number: 0) }

  fileprivate func content(_ row: Int, _ column: Int) -> [UInt8]? {
    let (row, column) = (Int32(row), Int32(column))
    if unsafe PQgetisnull(result, row, column) == 1 { return nil }
    let count = unsafe Int(PQgetlength(result, row, column))
    guard let start = unsafe PQgetvalue(result, row, column) else { return nil }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// One row of an answer. Columns are counted from 0; a reader of a type gives nil for null and for what isn't of it.
struct PostgresRow {
  fileprivate let rows: PostgresRows
  fileprivate let number: Int

  /// Whether a column is null.
  func isNull(_ column: Int) -> Bool { rows.content(number, column) == nil }
  /// A `bytea`, or the bytes of anything else.
  func bytes(_ column: Int) -> [UInt8]? { rows.content(number, column) }
  func text(_ column: Int) -> String? { bytes(column).flatMap { String(validating: $0, as: UTF8.self) } }
  func id(_ column: Int) -> Identifier? { bytes(column).flatMap { Identifier(bytes: $0) } }
  func boolean(_ column: Int) -> Bool? { bytes(column).map { $0 == [1] } }
  func integer(_ column: Int) -> Int64? {
    bytes(column).flatMap { bytes in
      bytes.count == 8 ? Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) }) : nil
    }
  }
  func double(_ column: Int) -> Double? { integer(column).map { Double(bitPattern: UInt64(bitPattern: $0)) } }
}
