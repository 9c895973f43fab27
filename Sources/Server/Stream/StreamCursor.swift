internal import Core

/// Where a reader stands: in which history, and after which event of each log.
///
///     cursor = base64url(u8(1) || u64be(epoch) || { u8(len) || name || varint(position) })
///
/// The logs stand in the order of their names, so that a place has one text.
package struct StreamCursor: Sendable, Equatable {
  /// The history the positions belong to.
  package var epoch: UInt64
  /// The position in each log, by name.
  package private(set) var positions: [(name: String, position: UInt64)]

  /// The place where each log is at its position; logs that aren't named are at their beginning.
  package init(epoch: UInt64, _ positions: [String: UInt64] = [:]) {
    self.epoch = epoch
    self.positions = positions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The same epoch and positions.
  package static func == (left: StreamCursor, right: StreamCursor) -> Bool {
    left.epoch == right.epoch && left.positions.elementsEqual(right.positions) { $0 == $1 }
  }

  /// The position in a log; nil when the cursor doesn't know that log. O(logs).
  package subscript(name: String) -> UInt64? {
    get { positions.first { $0.name == name }?.position }
    set {
      let place = positions.firstIndex { $0.name >= name } ?? positions.endIndex
      let isKnown = place < positions.endIndex && positions[place].name == name
      switch (newValue, isKnown) {
      case (let position?, true): positions[place].position = position
      case (let position?, false): positions.insert((name, position), at: place)
      case (nil, true): positions.remove(at: place)
      case (nil, false): break
      }
    }
  }

  /// The id of an event. O(logs).
  package var text: String { Base64URL.text(bytes) }

  private static let version: UInt8 = 1

  private var bytes: [UInt8] {
    var bytes = [Self.version]
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: epoch >> shift)) }
    for (name, position) in positions {
      bytes.append(UInt8(truncatingIfNeeded: name.utf8.count))
      bytes += name.utf8
      var rest = position
      while rest > 0x7F {
        bytes.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
    return bytes
  }

  /// Appends ``text``. O(logs).
  func append(to out: inout [UInt8]) { Base64URL.append(bytes, to: &out) }

  /// Reads ``text``; nil for any other. O(length).
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count <= StreamLimits.cursorBytes, let bytes = Base64URL.bytes(text), bytes.first == Self.version,
      bytes.count >= 9
    else { return nil }
    epoch = bytes[1..<9].reduce(0) { $0 << 8 | UInt64($1) }
    positions = []
    var rest = bytes[9...]
    while let count = rest.popFirst() {
      guard count > 0, rest.count > count, let name = String(validating: rest.prefix(Int(count)), as: UTF8.self),
        positions.last.map({ $0.name < name }) ?? true
      else { return nil }
      rest = rest.dropFirst(Int(count))
      guard let position = Self.integer(&rest) else { return nil }
      positions.append((name, position))
    }
  }

  /// Nil for an integer that doesn't end, is too large, or is longer than it must be.
  private static func integer(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while let byte = bytes.popFirst() {
      let part = UInt64(byte & 0x7F)
      guard shift < 63 || shift == 63 && part <= 1 else { return nil }
      value |= part << shift
      if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : value }
      shift += 7
    }
    return nil
  }
}
