internal import Core

/// Appends big-endian integers and length-prefixed bytes.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func prefixed(_ value: some Collection<UInt8>) {
    integer(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func prefixed(_ text: String) { prefixed(text.utf8) }

  mutating func prefixed(_ id: Identifier) {
    integer(UInt32(16))
    integer(id.high)
    integer(id.low)
  }
}

/// Reads them back; nil past the end.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// The next `count` bytes, without a copy.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= bytes.count - position else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
    take(Value.bitWidth / 8)?.reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  mutating func prefixed() -> ArraySlice<UInt8>? { integer(UInt32.self).flatMap { take(Int($0)) } }

  mutating func text() -> String? {
    guard let bytes = prefixed() else { return nil }
    // Most is ASCII, which is valid as it is.
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    return String(validating: bytes, as: UTF8.self)
  }

  /// An integer as ``String/init(_:)`` writes it, nothing else: no plus sign, no zeros before it.
  mutating func decimal() -> Int64? {
    guard let digits = prefixed(), let first = digits.first else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    let magnitude = isNegative ? digits.dropFirst() : digits
    if magnitude.isEmpty || magnitude.first == 0x30 && digits.count > 1 { return nil }
    var value: Int64 = 0
    for digit in magnitude {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (tenfold, overflows) = value.multipliedReportingOverflow(by: 10)
      let unit = Int64(digit - 0x30)
      let (sum, carries) =
        isNegative ? tenfold.subtractingReportingOverflow(unit) : tenfold.addingReportingOverflow(unit)
      if overflows || carries { return nil }
      value = sum
    }
    return value
  }
}
