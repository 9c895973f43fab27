extension TextPattern {
  /// Whether the whole text fits, as a machine would say. Every quantifier is of one character, so that which of
  /// several ways a text fits is of no account, and all are followed at once. O(bytes · length of the pattern).
  package func fits(_ text: String) -> Bool {
    let items = Self.items(of: Array(self.text.utf8)[...])
    var places = Places(items)
    for byte in text.utf8 {
      places.advance(by: byte)
      if places.isEmpty { return false }
    }
    return places.isAtEnd
  }

  /// What one character may be, and how often it comes.
  private struct Item {
    var takes: Set<UInt8>
    var isOptional = false
    var isRepeated = false
  }

  /// Where in a pattern a text may have come to.
  private struct Places {
    private let items: [Item]
    private var isReached: [Bool]

    init(_ items: [Item]) {
      self.items = items
      isReached = [true] + Array(repeating: false, count: items.count)
      passOptional()
    }

    var isEmpty: Bool { !isReached.contains(true) }
    var isAtEnd: Bool { isReached[items.count] }

    mutating func advance(by byte: UInt8) {
      var next = Array(repeating: false, count: items.count + 1)
      for (place, item) in items.enumerated() where isReached[place] && item.takes.contains(byte) {
        next[place + 1] = true
        // It may come again, and what stays before it passes it as if it were optional.
        if item.isRepeated { next[place] = true }
      }
      isReached = next
      passOptional()
    }

    private mutating func passOptional() {
      for (place, item) in items.enumerated() where isReached[place] && item.isOptional { isReached[place + 1] = true }
    }
  }

  /// The items of a pattern that was found good. O(length).
  private static func items(of pattern: ArraySlice<UInt8>) -> [Item] {
    var (rest, items) = (pattern, [Item]())
    while let byte = rest.popFirst() {
      var item = Item(takes: set(byte, &rest))
      switch rest.first {
      case UInt8(ascii: "*"), UInt8(ascii: "-"): (item.isOptional, item.isRepeated) = (true, true)
      case UInt8(ascii: "+"): item.isRepeated = true
      case UInt8(ascii: "?"): item.isOptional = true
      default:
        items.append(item)
        continue
      }
      rest.removeFirst()
      items.append(item)
    }
    return items
  }

  private static let all = Set(UInt8.min...UInt8.max)

  private static func set(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> Set<UInt8> {
    switch byte {
    case UInt8(ascii: "."): return all
    case UInt8(ascii: "%"): return rest.popFirst().map(escaped) ?? []
    case UInt8(ascii: "["): return bracketed(&rest)
    default: return [byte]
    }
  }

  private static func bracketed(_ rest: inout ArraySlice<UInt8>) -> Set<UInt8> {
    let isTurned = rest.first == UInt8(ascii: "^")
    if isTurned { rest.removeFirst() }
    var (set, isFirst) = (Set<UInt8>(), true)
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "]"), !isFirst { break }
      isFirst = false
      if byte == UInt8(ascii: "%") {
        set.formUnion(rest.popFirst().map(escaped) ?? [])
      } else if rest.first == UInt8(ascii: "-"), let end = rest.dropFirst().first, end != UInt8(ascii: "]") {
        rest.removeFirst(2)
        if byte <= end { set.formUnion(byte...end) }
      } else {
        set.insert(byte)
      }
    }
    return isTurned ? all.subtracting(set) : set
  }

  /// What stands behind a `%`: a class, all but a class, or a character itself.
  private static func escaped(_ byte: UInt8) -> Set<UInt8> {
    if let members = members(of: byte) { return members }
    let isCapital = (0x41...0x5A).contains(byte)
    return isCapital ? members(of: byte | 0x20).map { all.subtracting($0) } ?? [byte] : [byte]
  }

  /// The members of a class, of ASCII as C has them.
  private static func members(of letter: UInt8) -> Set<UInt8>? {
    let (capitals, smalls, digits) = (UInt8(0x41)...0x5A, UInt8(0x61)...0x7A, UInt8(0x30)...0x39)
    let letters = Set(capitals).union(smalls)
    switch letter {
    case UInt8(ascii: "a"): return letters
    case UInt8(ascii: "d"): return Set(digits)
    case UInt8(ascii: "l"): return Set(smalls)
    case UInt8(ascii: "u"): return Set(capitals)
    case UInt8(ascii: "w"): return letters.union(digits)
    case UInt8(ascii: "x"): return Set(digits).union("ABCDEFabcdef".utf8)
    case UInt8(ascii: "s"): return Set(9...13).union([0x20])
    case UInt8(ascii: "p"): return Set(0x21...0x7E).subtracting(letters).subtracting(digits)
    case UInt8(ascii: "c"): return Set(0...0x1F).union([0x7F])
    case UInt8(ascii: "g"): return Set(0x21...0x7E)
    default: return nil
    }
  }
}
