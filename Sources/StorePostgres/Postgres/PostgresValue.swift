internal import Core

/// A parameter of a statement in PostgreSQL's binary form ("Frontend/Backend Protocol", "Formats and Format Codes"):
/// numbers with the highest byte first.
struct PostgresValue: Sendable {
  /// Nil stands for null.
  var bytes: [UInt8]?

  /// A `bytea`, or null.
  static func bytes(_ value: [UInt8]?) -> PostgresValue { PostgresValue(bytes: value) }
  /// A `text`, or null.
  static func text(_ value: String?) -> PostgresValue { PostgresValue(bytes: value.map { Array($0.utf8) }) }
  /// A `uuid`, or null.
  static func id(_ value: Identifier?) -> PostgresValue { PostgresValue(bytes: value?.bytes) }
  static func boolean(_ value: Bool) -> PostgresValue { PostgresValue(bytes: [value ? 1 : 0]) }
  /// A `bigint`, or null.
  static func integer(_ value: Int64?) -> PostgresValue { PostgresValue(bytes: value.map { bigEndian($0) }) }
  static func double(_ value: Double?) -> PostgresValue { PostgresValue(bytes: value.map { bigEndian($0.bitPattern) }) }

  /// An array of one dimension; its elements may be null. O(bytes).
  static func array(_ type: PostgresType, _ elements: some Collection<PostgresValue>) -> PostgresValue {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20 + elements.reduce(0) { $0 + 4 + ($1.bytes?.count ?? 0) })
    let hasNull = elements.contains { $0.bytes == nil }
    // An empty array has no dimension.
    bytes += bigEndian(Int32(elements.isEmpty ? 0 : 1)) + bigEndian(Int32(hasNull ? 1 : 0)) + bigEndian(type.rawValue)
    if !elements.isEmpty { bytes += bigEndian(Int32(elements.count)) + bigEndian(Int32(1)) }
    for element in elements {
      bytes += bigEndian(Int32(element.bytes?.count ?? -1))
      if let content = element.bytes { bytes += content }
    }
    return PostgresValue(bytes: bytes)
  }

  /// An array of `uuid`.
  static func ids(_ list: some Sequence<Identifier>) -> PostgresValue { array(.uuid, list.map { .id($0) }) }
  /// An array of `text`.
  static func texts(_ list: some Sequence<String>) -> PostgresValue { array(.text, list.map { .text($0) }) }

  /// An array of `bigint`.
  static func integers(_ list: some Sequence<Int>) -> PostgresValue {
    array(.integer, list.map { .integer(Int64($0)) })
  }
  /// An array of `bytea`.
  static func blobs(_ list: some Sequence<[UInt8]>) -> PostgresValue { array(.bytes, list.map { .bytes($0) }) }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (1...value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 * $0)) }
  }
}

/// The types of array elements, by their numbers in PostgreSQL's `pg_type.dat`.
enum PostgresType: UInt32 {
  case boolean = 16
  case bytes = 17
  case integer = 20
  case text = 25
  case double = 701
  case uuid = 2_950
}
