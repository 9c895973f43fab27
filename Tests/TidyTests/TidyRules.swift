/// Something in the repository that isn't as the style asks.
struct Violation: CustomStringConvertible, Equatable {
  var path: String
  var line: Int
  var rule: String

  var description: String { "\(path):\(line): \(rule)" }
}

/// The rules that look at one file. Each is a function from text to the lines that break it.
enum TidyRules {
  /// Rules for every file of code: no tab, no white space at a line's end, no line too long.
  static func whitespace(_ path: String, _ text: String, columns: Int?) -> [Violation] {
    // A string of several lines may be a snapshot, whose width is not ours to choose.
    let inString = path.hasSuffix(".swift") ? SwiftSource(text).beginsInString : []
    var violations: [Violation] = []
    for (index, line) in SwiftSource.lines(of: text).enumerated() {
      func report(_ rule: String) {
        violations.append(Violation(path: path, line: index + 1, rule: rule))
      }
      if line.contains("\t") { report("a tab; indent with spaces") }
      if line.last == " " || line.last == "\r" { report("white space at the end of the line") }
      if let columns, line.count > columns, index >= inString.count || !inString[index] {
        report("\(line.count) columns; at most \(columns)")
      }
    }
    return violations
  }

  /// At most `limit` lines in a file.
  static func fileLength(_ path: String, _ text: String, limit: Int) -> [Violation] {
    let count = SwiftSource.lines(of: text).count - (text.hasSuffix("\n") ? 1 : 0)
    return count > limit ? [Violation(path: path, line: limit + 1, rule: "\(count) lines; at most \(limit)")] : []
  }

  /// At most `limit` lines in a function, from its first word to its closing brace.
  static func functionLength(_ path: String, _ source: SwiftSource, limit: Int) -> [Violation] {
    var scan = FunctionScan()
    for (index, line) in source.code.enumerated() { scan.read(line, number: index + 1) }
    return scan.functions.filter { $0.last - $0.first + 1 > limit }.map {
      Violation(path: path, line: $0.first, rule: "a function of \($0.last - $0.first + 1) lines; at most \(limit)")
    }
  }

  /// No `try!`, `as!`, `fatalError(` or forced unwrapping; outside tests only.
  static func traps(_ path: String, _ source: SwiftSource) -> [Violation] {
    var violations: [Violation] = []
    for (index, line) in source.code.enumerated() where line.contains("!") || line.contains("fatalError") {
      for (found, name) in [
        (line.contains(/\btry!/), "try!"), (line.contains(/\bas!/), "as!"),
        (line.contains(/\bfatalError\s*\(/), "fatalError"), (forcesUnwrapping(line), "a forced unwrapping"),
      ]
      where found {
        violations.append(Violation(path: path, line: index + 1, rule: "\(name); throw or return instead"))
      }
    }
    return violations
  }

  /// A `!` right behind a name, a bracket or a quote, and no `!=`.
  private static func forcesUnwrapping(_ line: String) -> Bool {
    line.matches(of: /([A-Za-z_0-9]*)[A-Za-z_0-9\)\]\}\?\x60\x22>]!(?!=[^=])/).contains {
      let word = String($0.output.0.dropLast())
      return word != "try" && word != "as"
    }
  }

  /// No text is taken apart by `Character`, to which CR LF is one and so is a separator with a mark behind it; Core's
  /// `pieces`, `begins(with:)` and their kin go by bytes.
  static func characters(_ path: String, _ source: SwiftSource) -> [Violation] {
    let words =
      #/
      \.(hasPrefix|hasSuffix)\( | \.(split\(separator:|firstIndex\(of:|lastIndex\(of:)\s*"
      | \.(isNewline|isWhitespace)\b
      /#
    return source.code.enumerated().compactMap { index, line in
      line.firstMatch(of: words).map { match in
        Violation(
          path: path, line: index + 1, rule: "\(match.output.0) goes by characters; take the text apart by bytes")
      }
    }
  }

  /// No `@_exported`: an import is for the file that writes it.
  static func reexports(_ path: String, _ source: SwiftSource) -> [Violation] {
    source.code.enumerated().filter { $0.element.contains("@_exported") }.map {
      Violation(path: path, line: $0.offset + 1, rule: "@_exported; import where it is used")
    }
  }

  /// No `Process()`: what Foundation's does before it starts a program may crash (`ChildProcess` says how).
  static func processes(_ path: String, _ source: SwiftSource) -> [Violation] {
    source.code.enumerated().filter { $0.element.contains(/\bProcess\(\)/) }.map {
      Violation(path: path, line: $0.offset + 1, rule: "Foundation's Process; a test starts a ChildProcess")
    }
  }

  /// A doc comment where a `package` declaration has something to say: every type, every function, subscript
  /// and initialiser with parameters, errors or effects, and every number, whose unit its type doesn't tell. Memberwise
  /// initialisers, `==`, `<`, `hash(into:)` and descriptions explain themselves. Attributes may stand between.
  static func documentation(_ path: String, _ source: SwiftSource) -> [Violation] {
    let declaration =
      #/
      ^\s*(@\w+(\([^)]*\))?\s+)*(public|package|open)(\(set\))?\s+([a-z]+(\([a-z]+\))?\s+)*
      (?<kind>func|struct|enum|class|actor|protocol|init|var|let|subscript)\b\s*(?<rest>.*)$
      /#
    var violations: [Violation] = []
    for (index, line) in source.code.enumerated() where line.contains("p") {
      guard let match = line.firstMatch(of: declaration) else { continue }
      guard needsComment(String(match.output.kind), match.output.rest, source.code[index...]) else { continue }
      var before = index - 1
      while before >= 0, source.lines[before].contains(/^\s*(@|#if|#else|#endif|\/\/ )/) { before -= 1 }
      let comment = before >= 0 ? source.lines[before].drop { $0 == " " } : ""
      if !comment.hasPrefix("///") && !comment.hasSuffix("*/") {
        violations.append(Violation(path: path, line: index + 1, rule: "a declaration without a doc comment"))
      }
    }
    return violations
  }

  /// Whether a declaration of this kind has something to say; `rest` is the line behind its keyword, and `lines` begins
  /// with its line.
  private static func needsComment(_ kind: String, _ rest: Substring, _ lines: ArraySlice<String>) -> Bool {
    switch kind {
    case "var", "let":
      return rest.contains(/^(?!count\b)\w+(: (U?Int(8|16|32|64)?|Double|Float|Duration)\??( |$)| = [\d.])/)
    case "func":
      if rest.contains(/^(==|<|hash\(into)/) { return false }
      return !rest.contains(/^\w+\(\)(?!.*\b(async|throws)\b)/)
    case "init":
      if rest.hasPrefix("(dictionaryLiteral") { return false }
      return !rest.contains(/^\(\)(?!.*\b(async|throws)\b)/) && !isMemberwise(lines)
    default: return true
    }
  }

  /// Whether the initialiser that begins with these lines only stores or forwards its parameters.
  private static func isMemberwise(_ lines: ArraySlice<String>) -> Bool {
    guard let first = lines.first else { return false }
    let indentation = first.prefix { $0 == " " }
    if let body = first.firstMatch(of: /\{(.*)\}\s*$/) {
      return body.output.1.contains(/^\s*self(\.\w+ = \w+| = \S+|\.init\(.*\))\s*$/)
    }
    guard let opening = lines.firstIndex(where: { $0.hasSuffix("{") }),
      let closing = lines[opening...].firstIndex(where: { $0 == indentation + "}" })
    else { return false }
    return lines[(opening + 1)..<closing].allSatisfy { $0.contains(/^\s*self\.\w+ = \w+\s*$/) }
  }

  /// A doc comment says something: more than three words, or a link to where it is said, or a shape of JSON.
  static func emptyComments(_ path: String, _ source: SwiftSource) -> [Violation] {
    var violations: [Violation] = []
    let lines = source.lines.map { $0.drop { $0 == " " } }
    for (index, line) in lines.enumerated() where line.hasPrefix("///") {
      let isAlone =
        (index == 0 || !lines[index - 1].hasPrefix("///"))
        && (index + 1 == lines.count || !lines[index + 1].hasPrefix("///"))
      guard isAlone, !source.beginsInString[index], line.split(separator: " ").count <= 4,
        !line.contains("``"), !line.contains("`{")
      else { continue }
      violations.append(Violation(path: path, line: index + 1, rule: "a doc comment that says nothing; '\(line)'"))
    }
    return violations
  }

  /// The modules a file imports, with their lines.
  static func imports(_ source: SwiftSource) -> [(module: String, line: Int)] {
    let statement =
      #/
      ^\s*((public|package|internal|fileprivate|private|@\w+)\s+)*import\s+
      ((struct|class|enum|protocol|func|var|let|typealias)\s+)?(?<module>\w+)
      /#
    return source.code.enumerated().compactMap { index, line in
      guard line.contains("import"), let match = line.firstMatch(of: statement) else { return nil }
      return (String(match.output.module), index + 1)
    }
  }
}

/// Finds where functions begin and end by counting brackets.
struct FunctionScan {
  /// The first and last line of each function, in the order they end.
  private(set) var functions: [(first: Int, last: Int)] = []

  /// A function whose `{` has not come yet: its line, and the round brackets open around it.
  private var announced: (line: Int, brackets: Int)?
  private var braces: [Int?] = []
  private var brackets = 0

  mutating func read(_ line: String, number: Int) {
    var word = ""
    var previous: Character = " "
    for character in line + " " {
      if character.isLetter || character == "_" {
        word.append(character)
        continue
      }
      if previous != ".", ["func", "init", "deinit", "subscript"].contains(word) {
        announced = (number, brackets)
      } else if ["var", "let", "case", "struct", "class", "enum"].contains(word), brackets == announced?.brackets {
        // A requirement of a protocol has no body.
        announced = nil
      }
      if !word.isEmpty { word = "" }
      read(character, number: number)
      previous = character
    }
  }

  private mutating func read(_ character: Character, number: Int) {
    switch character {
    case "(", "[": brackets += 1
    case ")", "]": brackets -= 1
    case "{":
      let opens = announced.map { $0.brackets == brackets } ?? false
      braces.append(opens ? announced?.line : nil)
      if opens { announced = nil }
    case "}":
      if let first = braces.popLast() ?? nil { functions.append((first, number)) }
      if announced?.brackets == brackets { announced = nil }
    default: break
    }
  }
}
