extension JSON {
  /// The limits and choices of one parse.
  package struct ParsingLimits: Sendable {
    /// The most bytes of the text.
    package var bytes: Int
    /// The most levels of nested arrays and objects.
    package var depth: Int
    /// Whether the parser rounds an integer beyond 64 bits to the nearest double, or refuses it.
    package var takesWideIntegers: Bool
    /// Whether the parser reads a number beyond the range of a double as infinite, or refuses it. A body whose parts
    /// are checked one by one needs the former. An infinite number can't be printed.
    package var takesInfiniteNumbers: Bool
    /// Whether a text may hold a zero byte, which a machine refuses and at which SQLite and C end a text: for what the
    /// host itself keeps of what it was sent.
    package var takesZeroBytes: Bool

    /// Limits; the defaults are those of every boundary of the host, 1 MiB and 64 levels.
    package init(
      bytes: Int = 1 << 20, depth: Int = 64, takesWideIntegers: Bool = true, takesInfiniteNumbers: Bool = false,
      takesZeroBytes: Bool = false
    ) {
      self.bytes = bytes
      self.depth = depth
      self.takesWideIntegers = takesWideIntegers
      self.takesInfiniteNumbers = takesInfiniteNumbers
      self.takesZeroBytes = takesZeroBytes
    }
  }

  /// The reason why the parser refused a text.
  package struct ParsingError: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// The place of the fault, in bytes from the beginning.
    package var offset: Int
    package var description: String { "\(message) at byte \(offset)" }
  }

  /// Parses exactly one value (RFC 8259) from `bytes`. Stricter than the RFC: throws on a member name that repeats byte
  /// for byte, invalid UTF-8, a lone surrogate, a zero byte, and a number beyond a double. O(bytes), and
  /// O(members · log members) for an object.
  package init(
    parsing bytes: some Sequence<UInt8>, limits: ParsingLimits = ParsingLimits()
  ) throws(ParsingError) {
    var parser = Parser(bytes: Array(bytes), limits: limits)
    self = try parser.document()
  }

  /// Parses exactly one value from the UTF-8 of `text`. O(bytes).
  package init(parsing text: String, limits: ParsingLimits = ParsingLimits()) throws(ParsingError) {
    try self.init(parsing: text.utf8, limits: limits)
  }
}

private struct Parser {
  let bytes: [UInt8]
  let limits: JSON.ParsingLimits
  var position = 0
  var depth = 0

  init(bytes: [UInt8], limits: JSON.ParsingLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func document() throws(JSON.ParsingError) -> JSON {
    if bytes.count > limits.bytes {
      throw JSON.ParsingError(message: "over \(limits.bytes) bytes", offset: limits.bytes)
    }
    let result = try value()
    skipSpace()
    if position != bytes.count { throw error("unexpected text after the value") }
    return result
  }

  func error(_ message: String) -> JSON.ParsingError { JSON.ParsingError(message: message, offset: position) }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  mutating func value() throws(JSON.ParsingError) -> JSON {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSON.ParsingError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSON.ParsingError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("a value is missing")
    default: return try number()
    }
  }

  mutating func nested(
    _ body: (inout Parser) throws(JSON.ParsingError) -> JSON
  ) throws(JSON.ParsingError) -> JSON {
    depth += 1
    if depth > limits.depth { throw error("nested more than \(limits.depth) levels") }
    position += 1
    let result = try body(&self)
    depth -= 1
    return result
  }

  private static let fewMembers = 12

  mutating func object() throws(JSON.ParsingError) -> JSON {
    var object = JSON.Object()
    var names: Set<ExactText> = []
    skipSpace()
    if take("}") { return .object(object) }
    repeat {
      skipSpace()
      let start = position
      guard next == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
      let name = try string()
      // Of few members looking at each is quicker than hashing.
      if object.members.count == Self.fewMembers { names = Set(object.members.map { ExactText($0.name) }) }
      let isFew = object.members.count < Self.fewMembers
      if isFew ? object[name] != nil : !names.insert(ExactText(name)).inserted {
        position = start
        throw error("the member \"\(VisibleText.line(name))\" appears twice")
      }
      skipSpace()
      guard take(":") else { throw error("':' is missing") }
      object.append(name, try value())
      skipSpace()
    } while take(",")
    guard take("}") else { throw error("',' or '}' is missing") }
    return .object(object)
  }

  mutating func array() throws(JSON.ParsingError) -> JSON {
    var elements: [JSON] = []
    skipSpace()
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    guard take("]") else { throw error("',' or ']' is missing") }
    return .array(elements)
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func word(_ word: StaticString, _ value: JSON) throws(JSON.ParsingError) -> JSON {
    let letters = "\(word)".utf8
    guard bytes[position...].starts(with: letters) else { throw error("unknown word") }
    position += letters.count
    return value
  }

  mutating func digits() throws(JSON.ParsingError) {
    let start = position
    while let byte = next, byte >= 0x30 && byte <= 0x39 { position += 1 }
    if position == start { throw error("a digit is missing") }
  }

  mutating func number() throws(JSON.ParsingError) -> JSON {
    let start = position
    _ = take("-")
    guard let first = next, first >= 0x30 && first <= 0x39 else {
      position = start
      throw error("no JSON value begins like this")
    }
    if !take("0") { try digits() }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard !isInteger || limits.takesWideIntegers, let value = Double(text),
      value.isFinite || limits.takesInfiniteNumbers
    else {
      position = start
      throw error("the number is too large")
    }
    return .double(value)
  }

  mutating func string() throws(JSON.ParsingError) -> String {
    position += 1
    let start = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    if next == UInt8(ascii: "\"") {
      let text = try text(bytes[start..<position])
      position += 1
      return text
    }
    var unescaped = Array(bytes[start..<position])
    while let byte = next, byte != UInt8(ascii: "\"") {
      if byte < 0x20 { throw error("a control character in a string") }
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &unescaped) } else { unescaped.append(byte) }
    }
    guard take("\"") else { throw error("the string does not end") }
    return try text(unescaped[...])
  }

  func text(_ utf8: ArraySlice<UInt8>) throws(JSON.ParsingError) -> String {
    // Most text is ASCII, which needs no check for valid UTF-8.
    if utf8.allSatisfy({ $0 < 0x80 }) { return String(decoding: utf8, as: UTF8.self) }
    guard let text = String(validating: utf8, as: UTF8.self) else { throw error("invalid UTF-8 in a string") }
    return text
  }

  mutating func escape(into out: inout [UInt8]) throws(JSON.ParsingError) {
    guard let letter = next else { throw error("the string does not end") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(letter)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try escapedScalar()
      if scalar == "\0" && !limits.takesZeroBytes { throw error("a zero byte in a string") }
      out.append(contentsOf: String(scalar).utf8)
    default: throw error("unknown escape")
    }
  }

  mutating func escapedScalar() throws(JSON.ParsingError) -> Unicode.Scalar {
    let first = try fourHexadecimalDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take("\\"), take("u") else { throw error("a lone surrogate") }
    let second = try fourHexadecimalDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error("a lone surrogate") }
    return scalar
  }

  mutating func fourHexadecimalDigits() throws(JSON.ParsingError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Hexadecimal.value(of: byte, acceptingUpperCase: true) else {
        throw error("four hexadecimal digits are missing")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
