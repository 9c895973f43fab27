/// A Swift file with its words told from its strings and comments.
struct SwiftSource {
  /// The file's lines as they are.
  let lines: [String]
  /// The same lines with the content of strings, comments and back-ticked names blanked out.
  let code: [String]
  /// Whether each line begins inside a string of several lines.
  let beginsInString: [Bool]

  init(_ text: String) {
    var scanner = SwiftScanner(Array(text.utf8))
    scanner.run()
    lines = Self.lines(of: text)
    code = Self.lines(of: scanner.output)
    beginsInString = scanner.beginsInString
  }

  /// The lines of a text; `\r` stays in them, which a split by characters would not see.
  static func lines(of text: String) -> [String] { lines(of: Array(text.utf8)) }

  private static func lines(of bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Blanks out what is no code, byte by byte. Knows nested comments, raw strings and interpolations; takes
/// no regex literals into account.
struct SwiftScanner {
  private enum Mode {
    /// Code; inside an interpolation, `brackets` are open.
    case code(brackets: Int)
    case string(hashes: Int, quotes: Int)
    case lineComment
    case blockComment
    case name
  }

  private(set) var output: [UInt8] = []
  private(set) var beginsInString: [Bool] = [false]
  private let input: [UInt8]
  private var index = 0
  private var modes: [Mode] = [.code(brackets: 0)]

  init(_ input: [UInt8]) {
    self.input = input
    output.reserveCapacity(input.count)
  }

  mutating func run() {
    while index < input.count, let mode = modes.last {
      switch mode {
      case .code(let brackets): code(brackets)
      case .string(let hashes, let quotes): string(hashes, quotes)
      case .lineComment:
        if input[index] == UInt8(ascii: "\n") { modes.removeLast() } else { blank(1) }
      case .blockComment: blockComment()
      case .name:
        if input[index] == UInt8(ascii: "`") {
          modes.removeLast()
          keep(1)
        } else {
          output.append(UInt8(ascii: "_"))
          index += 1
        }
      }
    }
  }

  private mutating func code(_ brackets: Int) {
    if at("//") {
      modes.append(.lineComment)
    } else if at("/*") {
      modes.append(.blockComment)
      blank(2)
    } else if let hashes = stringOpening() {
      let quotes = at("\"\"\"", offset: hashes) ? 3 : 1
      keep(hashes + quotes)
      modes.append(.string(hashes: hashes, quotes: quotes))
    } else if at("`") {
      modes.append(.name)
      keep(1)
    } else if modes.count > 1, at("(") {
      modes[modes.count - 1] = .code(brackets: brackets + 1)
      keep(1)
    } else if modes.count > 1, at(")") {
      if brackets == 0 { modes.removeLast() } else { modes[modes.count - 1] = .code(brackets: brackets - 1) }
      keep(1)
    } else {
      keep(1)
    }
  }

  private mutating func string(_ hashes: Int, _ quotes: Int) {
    let marks = String(repeating: "#", count: hashes)
    if at(String(repeating: "\"", count: quotes) + marks) {
      modes.removeLast()
      keep(quotes + hashes)
    } else if at("\\" + marks + "(") {
      keep(hashes + 2)
      modes.append(.code(brackets: 0))
    } else if at("\\" + marks), !at("\n", offset: 1 + hashes) {
      blank(hashes + 2)
    } else if quotes == 1, at("\n") {
      // Not a string after all; start afresh rather than lose the rest of the file.
      modes.removeLast()
    } else {
      blank(1)
    }
  }

  private mutating func blockComment() {
    if at("/*") {
      modes.append(.blockComment)
      blank(2)
    } else if at("*/") {
      modes.removeLast()
      blank(2)
    } else {
      blank(1)
    }
  }

  /// The number of `#` before a string that begins here; nil when none does.
  private func stringOpening() -> Int? {
    guard input[index] == UInt8(ascii: "\"") || input[index] == UInt8(ascii: "#") else { return nil }
    let hashes = input[index...].prefix { $0 == UInt8(ascii: "#") }.count
    return at("\"", offset: hashes) ? hashes : nil
  }

  private func at(_ text: String, offset: Int = 0) -> Bool {
    input[min(index + offset, input.count)...].starts(with: text.utf8)
  }

  private mutating func keep(_ count: Int) { take(count, blanking: false) }
  private mutating func blank(_ count: Int) { take(count, blanking: true) }

  private mutating func take(_ count: Int, blanking: Bool) {
    for byte in input[index..<min(index + count, input.count)] {
      if byte == UInt8(ascii: "\n") {
        output.append(byte)
        if case .string = modes.last { beginsInString.append(true) } else { beginsInString.append(false) }
      } else {
        output.append(blanking ? UInt8(ascii: " ") : byte)
      }
    }
    index = min(index + count, input.count)
  }
}
