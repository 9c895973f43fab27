/// Cuts a Lua source into its words.
///
/// It expects what Lua has compiled already: of a wrong source it says only that it can't be read.
struct LuaLexer {
  private let source: [UInt8]
  private var place = 0

  private static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
  ]
  /// The longest first, as the longest that fits is meant.
  private static let symbols = [
    "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", "..", "+", "-", "*", "/", "%", "^", "#", "&", "~", "|", "<",
    ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", ",", ".",
  ].map { Array($0.utf8) }

  private init(_ source: [UInt8]) { self.source = source }

  /// The words of `source`, the end last. Throws where it can't be read. O(bytes).
  static func tokens(of source: [UInt8]) throws(LuaSyntaxError) -> [LuaToken] {
    var lexer = LuaLexer(source)
    var tokens: [LuaToken] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
    return tokens
  }

  private func byte(_ ahead: Int = 0) -> UInt8 { place + ahead < source.count ? source[place + ahead] : 0 }

  private mutating func next() throws(LuaSyntaxError) -> LuaToken {
    try skipSpace()
    let start = place
    guard start < source.count else { return LuaToken(kind: .end, text: "", range: start..<start) }
    let first = byte()
    if Self.isLetter(first) {
      while Self.isLetter(byte()) || Self.isDigit(byte()) { place += 1 }
      let text = text(from: start)
      return LuaToken(kind: Self.keywords.contains(text) ? .keyword : .name, text: text, range: start..<place)
    }
    if Self.isDigit(first) || first == UInt8(ascii: ".") && Self.isDigit(byte(1)) { return number() }
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { return try quoted() }
    if first == UInt8(ascii: "["), let level = longBracket() {
      let value = try long(level)
      return LuaToken(kind: .string(value), text: "", range: start..<place)
    }
    guard let symbol = Self.symbols.first(where: { source[start...].starts(with: $0) }) else {
      throw LuaSyntaxError(offset: start)
    }
    place += symbol.count
    return LuaToken(kind: .symbol, text: text(from: start), range: start..<place)
  }

  private func text(from start: Int) -> String { String(decoding: source[start..<place], as: UTF8.self) }

  private mutating func skipLine() {
    while place < source.count, byte() != 0x0A, byte() != 0x0D { place += 1 }
  }

  private mutating func skipSpace() throws(LuaSyntaxError) {
    while place < source.count {
      if (0x09...0x0D).contains(byte()) || byte() == 0x20 {
        place += 1
      } else if byte() == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
        place += 2
        if byte() == UInt8(ascii: "["), let level = longBracket() { _ = try long(level) } else { skipLine() }
      } else {
        return
      }
    }
  }

  /// How many `=` stand in the long bracket that begins here; nil when none begins.
  private func longBracket() -> Int? {
    var level = 0
    while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
    return byte(1 + level) == UInt8(ascii: "[") ? level : nil
  }

  private mutating func long(_ level: Int) throws(LuaSyntaxError) -> String? {
    place += level + 2
    let start = place
    let end = [0x5D] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [0x5D]
    while place < source.count, !(byte() == 0x5D && source[place...].starts(with: end)) { place += 1 }
    guard place < source.count else { throw LuaSyntaxError(offset: start) }
    let bytes = source[start..<place]
    place += end.count
    // Lua drops a line end that comes first, and makes the others one byte.
    var lines = LuaLines.of(Array(bytes))
    if lines.count > 1, lines[0].isEmpty { lines.removeFirst() }
    return String(validating: lines.joined(separator: [0x0A]), as: UTF8.self)
  }

  private mutating func number() -> LuaToken {
    let start = place
    let isHexadecimal = byte() == UInt8(ascii: "0") && byte(1) | 0x20 == UInt8(ascii: "x")
    if isHexadecimal { place += 2 }
    let exponent = UInt8(ascii: isHexadecimal ? "p" : "e")
    while place < source.count {
      if byte() | 0x20 == exponent {
        place += 1
        if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { place += 1 }
      } else if Self.isDigit(byte()) || Self.isLetter(byte()) || byte() == UInt8(ascii: ".") {
        place += 1
      } else {
        break
      }
    }
    return LuaToken(kind: .number, text: text(from: start), range: start..<place)
  }

  private mutating func quoted() throws(LuaSyntaxError) -> LuaToken {
    let start = place
    let quote = byte()
    place += 1
    var value: [UInt8] = []
    while byte() != quote {
      guard place < source.count, byte() != 0x0A, byte() != 0x0D else { throw LuaSyntaxError(offset: start) }
      if byte() == UInt8(ascii: "\\") {
        place += 1
        value += try escaped()
      } else {
        value.append(byte())
        place += 1
      }
    }
    place += 1
    let kind = LuaToken.Kind.string(String(validating: value, as: UTF8.self))
    return LuaToken(kind: kind, text: "", range: start..<place)
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
    UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "\""): 0x22,
    UInt8(ascii: "'"): 0x27,
  ]

  /// What the escape sequence behind a backslash stands for.
  private mutating func escaped() throws(LuaSyntaxError) -> [UInt8] {
    let letter = byte()
    if let plain = Self.escapes[letter] {
      place += 1
      return [plain]
    }
    switch letter {
    case UInt8(ascii: "x"):
      guard let value = UInt8(String(decoding: source[place...].dropFirst().prefix(2), as: UTF8.self), radix: 16) else {
        throw LuaSyntaxError(offset: place)
      }
      place += 3
      return [value]
    case UInt8(ascii: "u"): return try codePoint()
    case UInt8(ascii: "z"):
      place += 1
      while place < source.count, (0x09...0x0D).contains(byte()) || byte() == 0x20 { place += 1 }
      return []
    case 0x0A, 0x0D:
      place += 1
      if byte() != letter, byte() == 0x0A || byte() == 0x0D { place += 1 }
      return [0x0A]
    default:
      let digits = source[place...].prefix(3).prefix { Self.isDigit($0) }
      guard let value = UInt8(String(decoding: digits, as: UTF8.self)) else { throw LuaSyntaxError(offset: place) }
      place += digits.count
      return [value]
    }
  }

  private mutating func codePoint() throws(LuaSyntaxError) -> [UInt8] {
    let digits = source[place...].dropFirst(2).prefix { $0 != UInt8(ascii: "}") }
    guard byte(1) == UInt8(ascii: "{"), digits.count <= 8,
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw LuaSyntaxError(offset: place) }
    place += digits.count + 3
    // Lua encodes more than Unicode has; whatever it is then, it is no UTF-8.
    return Unicode.Scalar(value).map { Array(String($0).utf8) } ?? [0xFF]
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
