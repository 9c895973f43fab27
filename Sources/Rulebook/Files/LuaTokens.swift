internal import Core

/// One token of a Lua source.
struct LuaToken: Sendable {
  enum Kind: Sendable, Equatable {
    /// A name or a reserved word.
    case name(String)
    /// A string without its quotes; escapes stay as they are.
    case text(String)
    case number(String)
    /// One character that is none of these.
    case sign(String)
  }

  var kind: Kind
  /// Where it begins, from 1.
  var line: Int

  func isName(_ name: String) -> Bool { kind == .name(name) }
  func isSign(_ sign: String) -> Bool { kind == .sign(sign) }
}

/// Takes a Lua source apart into tokens, comments left out; what is no Lua becomes signs.
struct LuaTokens {
  /// In their order.
  private(set) var list: [LuaToken] = []

  /// The tokens of `source`. O(size).
  init(_ source: [UInt8]) {
    var place = 0
    var line = 1
    while place < source.count {
      let byte = source[place]
      let start = place
      if byte == UInt8(ascii: "\n") {
        line += 1
        place += 1
      } else if byte <= 0x20 {
        place += 1
      } else if source[place...].starts(with: "--".utf8) {
        place += 2
        if let end = Self.longEnd(source, place) {
          line += Self.lines(source[place..<end])
          place = end
        } else {
          place = source[place...].firstIndex(of: UInt8(ascii: "\n")) ?? source.count
        }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        place = Self.quotedEnd(source, place)
        let content = source[(start + 1)..<max(start + 1, min(place - 1, source.count))]
        list.append(LuaToken(kind: .text(String(decoding: content, as: UTF8.self)), line: line))
      } else if let end = Self.longEnd(source, place) {
        list.append(LuaToken(kind: .text(String(decoding: source[place..<end], as: UTF8.self)), line: line))
        line += Self.lines(source[place..<end])
        place = end
      } else if Self.isWord(byte) {
        place = source[place...].firstIndex { !Self.isWord($0) && $0 != UInt8(ascii: ".") } ?? source.count
        let isNumber = (0x30...0x39).contains(byte)
        if !isNumber { place = source[start...].firstIndex { !Self.isWord($0) } ?? source.count }
        let text = String(decoding: source[start..<place], as: UTF8.self)
        list.append(LuaToken(kind: isNumber ? .number(text) : .name(text), line: line))
      } else {
        place += 1
        list.append(LuaToken(kind: .sign(String(decoding: [byte], as: UTF8.self)), line: line))
      }
    }
  }

  private static func lines(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
  }

  private static func quotedEnd(_ source: [UInt8], _ start: Int) -> Int {
    var place = start + 1
    while place < source.count, source[place] != source[start], source[place] != UInt8(ascii: "\n") {
      place += source[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(place + 1, source.count)
  }

  /// Where a text in long brackets that begins at `start` ends; nil when none does.
  private static func longEnd(_ source: [UInt8], _ start: Int) -> Int? {
    guard start < source.count, source[start] == UInt8(ascii: "[") else { return nil }
    let level = source[(start + 1)...].prefix { $0 == UInt8(ascii: "=") }.count
    guard source[(start + 1 + level)...].first == UInt8(ascii: "[") else { return nil }
    let closing = [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    var place = start + 2 + level
    while place < source.count, !source[place...].starts(with: closing) { place += 1 }
    return min(place + closing.count, source.count)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "_"), 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
    default: false
    }
  }
}
