import Core

/// Reads a strict part of TOML 1.0 (https://toml.io/en/v1.0.0): tables, and in them strings on one line, whole decimal
/// numbers, `true` and `false`, and arrays of such strings. What is beyond that is refused with its line, so whatever
/// is read means the same to any other reader. A name in a table has the table's before it: `table.name`.
struct TOMLReader {
  /// What is wrong with a file, and where.
  struct Fault: Error, Equatable {
    /// The line, counted from 1.
    var line: Int
    var message: String
  }

  private let scalars: [Unicode.Scalar]
  private var place = 0
  private var line = 1
  private var table = ""
  private var tables: Set<String> = []
  private var members: [ConfigurationFile.Member] = []

  private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  /// The settings of a text. O(bytes · settings).
  static func members(of bytes: [UInt8]) throws(Fault) -> [ConfigurationFile.Member] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
      throw Fault(line: line + 1, message: "the file is not UTF-8")
    }
    var reader = TOMLReader(Array(text.unicodeScalars))
    while reader.place < reader.scalars.count { try reader.statement() }
    return reader.members
  }

  // MARK: Lines

  /// A line: nothing, a table's head, or a setting, which may go over several lines when it is an array.
  private mutating func statement() throws(Fault) {
    skipBlanks()
    switch peek {
    case nil: return
    case "\n", "\r", "#": break
    case "[": try head()
    default: try setting()
    }
    try endOfLine()
  }

  private mutating func head() throws(Fault) {
    place += 1
    if peek == "[" { throw fault("arrays of tables ([[…]]) are not read here") }
    skipBlanks()
    let name = try key()
    skipBlanks()
    if peek != "]" { throw fault("the head of the table '\(name)' wants a ] behind its name") }
    place += 1
    if !tables.insert(name).inserted || members.contains(where: { $0.name.isSame(as: name) }) {
      throw fault("'\(name)' stands there twice")
    }
    table = name + "."
  }

  private mutating func setting() throws(Fault) {
    let (name, line) = (table + (try key()), line)
    if tables.contains(name) || members.contains(where: { $0.name.isSame(as: name) }) {
      throw fault("'\(name)' stands there twice")
    }
    skipBlanks()
    if peek != "=" { throw fault("'\(name)' wants a = and a value") }
    place += 1
    skipBlanks()
    members.append(ConfigurationFile.Member(name: name, value: try value(of: name), line: line))
  }

  /// A name of letters, digits, `_` and `-`.
  private mutating func key() throws(Fault) -> String {
    let start = place
    while let next = peek, Self.isNamePart(next) { place += 1 }
    if place == start {
      throw fault(
        peek == "\"" || peek == "'"
          ? "names are written without quotes here" : "a name of letters, digits, _ and - is wanted")
    }
    let name = text(from: start)
    if peek == "." { throw fault("names with dots are not read here; use a [table]") }
    return name
  }

  private mutating func endOfLine() throws(Fault) {
    skipBlanks()
    try skipComment()
    switch peek {
    case nil: return
    case "\r" where scalars.indices.contains(place + 1) && scalars[place + 1] == "\n":
      place += 2
      line += 1
    case "\n":
      place += 1
      line += 1
    default: throw fault("the line goes on behind what it says")
    }
  }

  // MARK: Values

  private mutating func value(of name: String) throws(Fault) -> ConfigurationFile.Value {
    switch peek {
    case "\"": return .text(try basicText())
    case "'": return .text(try literalText())
    case "[": return .list(try array(of: name))
    case "{": throw fault("inline tables ({…}) are not read here")
    default: break
    }
    let start = place
    while let next = peek, Self.isNamePart(next) || "+.:".unicodeScalars.contains(next) { place += 1 }
    let word = text(from: start)
    switch word {
    case "true": return .flag(true)
    case "false": return .flag(false)
    case "": throw fault("'\(name)' wants a value")
    default: return .number(try number(word, name))
    }
  }

  /// `0`, `-7`, `+7`, `1_000`.
  private func number(_ word: String, _ name: String) throws(Fault) -> Int64 {
    let digits =
      word.utf8.first == UInt8(ascii: "-") || word.utf8.first == UInt8(ascii: "+") ? word.dropFirst() : word[...]
    let groups = digits.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    let isDecimal = groups.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
    guard isDecimal, digits.utf8.first != UInt8(ascii: "0") || digits.utf8.count == 1 else {
      throw fault("'\(name)' wants a string in quotes, a whole decimal number, true, false or an array of strings")
    }
    guard let number = Int64(word.utf8.contains(UInt8(ascii: "_")) ? String(word.filter { $0 != "_" }) : word) else {
      throw fault("'\(name)' is beyond 64 bits")
    }
    return number
  }

  private mutating func array(of name: String) throws(Fault) -> [String] {
    place += 1
    var texts: [String] = []
    while true {
      try skipLines()
      switch peek {
      case "]":
        place += 1
        return texts
      case "\"": texts.append(try basicText())
      case "'": texts.append(try literalText())
      case nil: throw fault("the array of '\(name)' has no ]")
      default: throw fault("the array of '\(name)' holds strings in quotes only")
      }
      try skipLines()
      if peek == "," { place += 1 } else if peek != "]" { throw fault("the array of '\(name)' wants a , or a ]") }
    }
  }

  private mutating func literalText() throws(Fault) -> String {
    place += 1
    let start = place
    while let next = peek, next != "'" {
      if Self.isControl(next) { throw fault("a string ends on its line, and holds no control characters") }
      place += 1
    }
    if peek == nil { throw fault("a string has no end") }
    let text = text(from: start)
    place += 1
    if text.isEmpty, peek == "'" { throw fault("strings over several lines are not read here") }
    return text
  }

  private mutating func basicText() throws(Fault) -> String {
    place += 1
    var text = String.UnicodeScalarView()
    while let next = peek, next != "\"" {
      if Self.isControl(next) { throw fault("a string ends on its line, and holds no control characters") }
      place += 1
      text.append(next == "\\" ? try escape() : next)
    }
    if peek == nil { throw fault("a string has no end") }
    place += 1
    if text.isEmpty, peek == "\"" { throw fault("strings over several lines are not read here") }
    return String(text)
  }

  private mutating func escape() throws(Fault) -> Unicode.Scalar {
    let letter = peek
    place += 1
    switch letter {
    case "b": return "\u{8}"
    case "t": return "\t"
    case "n": return "\n"
    case "f": return "\u{C}"
    case "r": return "\r"
    case "\"": return "\""
    case "\\": return "\\"
    case "u": return try hexadecimal(digits: 4)
    case "U": return try hexadecimal(digits: 8)
    default: throw fault(#"a backslash in a string wants b, t, n, f, r, ", \, u or U behind it"#)
    }
  }

  private mutating func hexadecimal(digits: Int) throws(Fault) -> Unicode.Scalar {
    let end = min(place + digits, scalars.count)
    let word = scalars[place..<end]
    let isHexadecimal = word.count == digits && word.allSatisfy { $0.isASCII && $0.properties.isASCIIHexDigit }
    guard isHexadecimal, let value = UInt32(text(from: place, to: end), radix: 16), let scalar = Unicode.Scalar(value)
    else { throw fault("an escape wants \(digits) hexadecimal digits of a character") }
    place = end
    return scalar
  }

  // MARK: Characters

  private var peek: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private func text(from start: Int, to end: Int? = nil) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<(end ?? place)])
    return String(view)
  }

  private mutating func skipBlanks() { while peek == " " || peek == "\t" { place += 1 } }

  private mutating func skipComment() throws(Fault) {
    guard peek == "#" else { return }
    while let next = peek, next != "\n", next != "\r" {
      if Self.isControl(next) { throw fault("a comment holds a control character") }
      place += 1
    }
  }

  /// Blanks, comments and ends of lines.
  private mutating func skipLines() throws(Fault) {
    while true {
      skipBlanks()
      try skipComment()
      guard peek == "\n" || peek == "\r" else { return }
      try endOfLine()
    }
  }

  private func fault(_ message: String) -> Fault { Fault(line: line, message: message) }

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
  }
}
