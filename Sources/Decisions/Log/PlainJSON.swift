internal import Glibc

/// Recognises JSON without building a value, and notes where the members of the outer objects lie.
///
/// It declines whatever needs more than a look: escaped characters by number, names with escapes, numbers of many
/// digits, deep nesting. What it takes, `JSON(parsing:limits:)` takes too, with the limits of records. It keeps its
/// memory between texts.
struct PlainJSON {
  /// A member of the object that was noted.
  struct Member {
    var name: Range<Int>
    var value: Range<Int>
  }

  /// The members of the value, when it is an object.
  private(set) var members: [Member] = []
  /// The members of the objects that are members, or elements, of the value.
  private(set) var innerMembers: [Member] = []
  /// Where the value lies, without the white space around it.
  private(set) var value = 0..<0

  private var depth = 0
  private var place = 0
  private var hasOthersThanASCII = false
  /// The names of the objects that are open.
  private var names: [Range<Int>] = []

  private static let depths = 60
  private static let membersOfAnObject = 16

  /// Whether `bytes` are one JSON value, as far as it can tell. O(bytes).
  mutating func recognise(_ bytes: UnsafeRawBufferPointer) -> Bool {
    members.removeAll(keepingCapacity: true)
    innerMembers.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    (place, depth, hasOthersThanASCII) = (0, 0, false)
    skipSpace(bytes)
    let start = place
    guard takeValue(bytes) else { return false }
    value = start..<place
    skipSpace(bytes)
    guard place == bytes.count else { return false }
    return !hasOthersThanASCII || String(validating: bytes, as: UTF8.self) != nil
  }

  /// Whether a member has this name.
  static func isNamed(_ member: Member, _ name: [UInt8], in bytes: UnsafeRawBufferPointer) -> Bool {
    name.withUnsafeBufferPointer { name in
      name.baseAddress.map { isSame(member.name, bytes, $0, name.count) } ?? false
    }
  }

  private static func isSame(
    _ range: Range<Int>, _ bytes: UnsafeRawBufferPointer, _ name: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    guard let base = bytes.baseAddress, range.count == count else { return false }
    return memcmp(base + range.lowerBound, name, count) == 0
  }

  private mutating func skipSpace(_ bytes: UnsafeRawBufferPointer) {
    while place < bytes.count, case let byte = bytes[place],
      byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    {
      place += 1
    }
  }

  private mutating func take(_ byte: UInt8, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func takeValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard place < bytes.count else { return false }
    switch bytes[place] {
    case UInt8(ascii: "\""): return takeText(bytes) != nil
    case UInt8(ascii: "{"): return takeObject(bytes)
    case UInt8(ascii: "["): return takeArray(bytes)
    case UInt8(ascii: "t"): return takeWord("true", bytes)
    case UInt8(ascii: "f"): return takeWord("false", bytes)
    case UInt8(ascii: "n"): return takeWord("null", bytes)
    default: return takeNumber(bytes)
    }
  }

  private mutating func takeWord(_ word: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let count = word.utf8CodeUnitCount
    guard place + count <= bytes.count, Self.isSame(place..<place + count, bytes, word.utf8Start, count) else {
      return false
    }
    place += count
    return true
  }

  private mutating func takeNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
    _ = take(UInt8(ascii: "-"), bytes)
    let start = place
    guard takeDigits(bytes) else { return false }
    let whole = place - start
    if whole > 18 || whole > 1 && bytes[start] == UInt8(ascii: "0") { return false }
    if take(UInt8(ascii: "."), bytes), !takeDigits(bytes) { return false }
    guard take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) else { return true }
    if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
    let exponent = place
    return takeDigits(bytes) && place - exponent <= 2
  }

  private mutating func takeDigits(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = place
    while place < bytes.count, bytes[place] >= 0x30, bytes[place] <= 0x39 { place += 1 }
    return place > start
  }

  /// What is between the quotation marks, and whether it has escapes.
  private mutating func takeText(_ bytes: UnsafeRawBufferPointer) -> (range: Range<Int>, isEscaped: Bool)? {
    place += 1
    let start = place
    var isEscaped = false
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == UInt8(ascii: "\"") { return (start..<place - 1, isEscaped) }
      if byte < 0x20 { return nil }
      if byte >= 0x80 { hasOthersThanASCII = true }
      if byte == UInt8(ascii: "\\") {
        guard place < bytes.count, Self.isEscape(bytes[place]) else { return nil }
        isEscaped = true
        place += 1
      }
    }
    return nil
  }

  private static func isEscape(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      true
    default: false
    }
  }

  private mutating func takeArray(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard descend(bytes) else { return false }
    if take(UInt8(ascii: "]"), bytes) { return ascend() }
    repeat {
      skipSpace(bytes)
      if !takeValue(bytes) { return false }
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    return take(UInt8(ascii: "]"), bytes) && ascend()
  }

  private mutating func takeObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard descend(bytes) else { return false }
    if take(UInt8(ascii: "}"), bytes) { return ascend() }
    let first = names.count
    let level = depth
    repeat {
      skipSpace(bytes)
      guard place < bytes.count, bytes[place] == UInt8(ascii: "\""), let name = takeText(bytes), !name.isEscaped,
        isNew(name.range, since: first, bytes)
      else { return false }
      names.append(name.range)
      skipSpace(bytes)
      if !take(UInt8(ascii: ":"), bytes) { return false }
      skipSpace(bytes)
      let start = place
      if !takeValue(bytes) { return false }
      if level <= 2 {
        let member = Member(name: name.range, value: start..<place)
        if level == 1 { members.append(member) } else { innerMembers.append(member) }
      }
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    names.removeLast(names.count - first)
    return take(UInt8(ascii: "}"), bytes) && ascend()
  }

  private func isNew(_ name: Range<Int>, since first: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress, names.count - first < Self.membersOfAnObject else { return false }
    return !names[first...].contains { other in
      other.count == name.count && memcmp(base + other.lowerBound, base + name.lowerBound, name.count) == 0
    }
  }

  private mutating func descend(_ bytes: UnsafeRawBufferPointer) -> Bool {
    place += 1
    depth += 1
    skipSpace(bytes)
    return depth <= Self.depths
  }

  private mutating func ascend() -> Bool {
    depth -= 1
    return true
  }
}
