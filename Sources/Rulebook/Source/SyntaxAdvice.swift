internal import Core

/// What an author who wrote another language, or forgot a word, can do about what Lua says of a source.
enum SyntaxAdvice {
  /// What Lua said, with what to do where that can be told.
  static func advised(_ message: String, line: Int?, source: [UInt8]) -> String {
    guard let advice = advice(message, line: line, source: source) else { return message }
    return message + "; " + advice
  }

  /// The column, from 1, at which Lua stopped reading in `line`; nil when that can't be told. O(size).
  static func column(of message: String, line: Int?, source: [UInt8]) -> Int? {
    guard let line, case let lines = LuaLines.of(source), lines.indices.contains(line - 1) else { return nil }
    let text = lines[line - 1]
    do throws(LuaSyntaxError) {
      _ = try LuaParser.parse(source)
    } catch {
      // This reader stops where Lua does, mostly; elsewhere it says nothing of Lua's place.
      if (text.startIndex...text.endIndex).contains(error.offset) { return error.offset - text.startIndex + 1 }
    }
    return nil
  }

  private static func advice(_ message: String, line: Int?, source: [UInt8]) -> String? {
    if source.starts(with: [0xEF, 0xBB, 0xBF]) {
      return "the file begins with a byte order mark: save it as UTF-8 without one"
    }
    let lines = LuaLines.of(source)
    let text =
      line.flatMap { lines.indices.contains($0 - 1) ? String(decoding: lines[$0 - 1], as: UTF8.self) : nil } ?? ""
    let before = line.flatMap { lines[..<max(0, min($0 - 1, lines.count))].last { !$0.allSatisfy { $0 == 0x20 } } }
    return token(message, text) ?? firstWord(text) ?? lineBefore(
      before.map { String(decoding: $0, as: UTF8.self) } ?? "")
      ?? elseIf(lines) ?? form(message)
  }

  /// By the line before, which Lua took as far as it went.
  private static func lineBefore(_ text: String) -> String? {
    let word = String(text.unicodeScalars.drop { $0 == " " })
    if word.isSame(as: "continue") { return words["continue"] }
    return text.ends(with: "{") && ["if ", "for ", "while ", "} else"].contains(where: { word.begins(with: $0) })
      ? "a block begins with then or do, not with {, and ends with end" : nil
  }

  /// By an `else if`, which opens a block that nobody ends.
  private static func elseIf(_ lines: [ArraySlice<UInt8>]) -> String? {
    let place = lines.firstIndex { String(decoding: $0, as: UTF8.self).holds("else if ") }
    return place.map { "line \($0 + 1) has else if: write elseif, or give the if in it an end of its own" }
  }

  /// By the sign that Lua stopped at.
  private static func token(_ message: String, _ text: String) -> String? {
    if text.holds("!=") { return "\"not equal\" is ~=" }
    if text.holds("&&") { return "write and" }
    if text.holds("||") { return "write or" }
    if message.ends(with: "near '!'") { return "write not" }
    for sign in ["+=", "-=", "*=", "/=", "..="] where text.holds(sign) {
      return "there is no \(sign): write x = x \(String(sign.unicodeScalars.dropLast())) …"
    }
    if text.holds("++") { return "there is no ++: write x = x + 1" }
    if message.ends(with: "'then' expected near '='") || message.ends(with: "'do' expected near '='") {
      return "compare with =="
    }
    if message.ends(with: "near '?'") { return "write: condition and this or that" }
    if text.holds("=>") { return "a function is written function(x) … end" }
    if message.ends(with: "near '//'") || message.ends(with: "near '/'") { return "a comment begins with --" }
    if message.ends(with: "near '#'") { return "a comment begins with --" }
    if message.ends(with: "near '{'") && text.holds(") {") { return "a block begins with then or do and ends with end" }
    if message.ends(with: "near ':'") || message.ends(with: "'=' expected near '\"'") {
      return "a field is written name = value, and a call with a colon has its arguments in parentheses"
    }
    if text.unicodeScalars.contains(where: { ["\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}"].contains($0) }) {
      return "write plain quotes: \" or '"
    }
    return message.holds("unfinished string") ? "close it with the quote that begins it, in the same line" : nil
  }

  private static let words = [
    "const": "write local", "let": "write local", "var": "write local", "def": "write function",
    "func": "write function",
    "fn": "write function", "elif": "write elseif", "elsif": "write elseif", "switch": "write if … elseif … end",
    "try": "an error ends the decision as refused: check first, or use pcall", "import": "write require",
    "continue": "turn the condition round, or write goto continue", "throw": "write error(…)", "foreach": "write for",
    "unless": "write if not",
  ]

  /// By the word that the line begins with.
  private static func firstWord(_ text: String) -> String? {
    let first = text.unicodeScalars.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "(" && $0 != "{" }
    return words[String(String.UnicodeScalarView(first))]
  }

  /// By what Lua expected.
  private static func form(_ message: String) -> String? {
    if message.holds("'end' expected") { return "what begins there has no end: write one" }
    if message.ends(with: "<eof> expected near 'end'") { return "there is one end too many: take one out" }
    if message.holds("'}' expected") { return "a comma is missing before it, or the '}'" }
    if message.holds("')' expected") { return "a comma is missing before it, or the ')'" }
    return nil
  }
}
