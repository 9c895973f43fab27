/// Appends big-endian integers and length-prefixed bytes.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func prefixed(_ value: some Collection<UInt8>) {
    integer(UInt32(value.count))
    bytes.append(contentsOf: value)
  }
}

/// Reads them back; nil past the end.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    let end = min(position + count, bytes.count)
    defer { position = end }
    return bytes[position..<end]
  }

  mutating func exactly(_ count: Int) -> [UInt8]? {
    guard count <= bytes.count - position else { return nil }
    return Array(take(count))
  }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
    exactly(Value.bitWidth / 8)?.reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  mutating func prefixed() -> [UInt8]? { integer(UInt32.self).flatMap { exactly(Int($0)) } }

  mutating func text() -> String? { prefixed().flatMap { String(validating: $0, as: UTF8.self) } }
}
