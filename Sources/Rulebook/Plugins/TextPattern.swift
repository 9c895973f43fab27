internal import Core

/// A Lua pattern that a whole text must fit, and the same as a regular expression for documents.
///
/// Only what both can say is taken: no captures, no `%b`, `%f` or references, and nothing beyond ASCII, since a Lua
/// pattern goes by bytes.
package struct TextPattern: Sendable, Hashable {
  /// As it is written, without anchors, which say what holds anyway.
  package let text: String
  /// The same in the notation of JSON Schema.
  package let regex: String

  /// Why a pattern isn't taken.
  struct Problem: Error {
    /// What is wrong and what to do.
    var text: String
  }

  /// Reads a pattern. Throws what is wrong with it. O(length).
  init(_ text: String) throws(Problem) {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "^") { bytes.removeFirst() }
    // Behind an odd number of `%` it is a dollar.
    let escapes = bytes.dropLast().reversed().prefix { $0 == UInt8(ascii: "%") }.count
    if bytes.last == UInt8(ascii: "$"), escapes.isMultiple(of: 2) { bytes.removeLast() }
    var reader = Reader(rest: bytes)
    regex = "^\(try reader.expression())$"
    self.text = String(decoding: bytes, as: UTF8.self)
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    private static let classes: [UInt8: String] = [
      UInt8(ascii: "a"): "A-Za-z", UInt8(ascii: "d"): "0-9", UInt8(ascii: "l"): "a-z", UInt8(ascii: "u"): "A-Z",
      UInt8(ascii: "w"): "0-9A-Za-z", UInt8(ascii: "x"): "0-9A-Fa-f", UInt8(ascii: "s"): "\\t-\\r ",
      UInt8(ascii: "p"): "!-\\/:-@\\[-`{-~", UInt8(ascii: "c"): "\\x00-\\x1F\\x7F", UInt8(ascii: "g"): "!-~",
    ]

    mutating func expression() throws(Problem) -> String {
      guard rest.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
        throw Problem(text: "a pattern goes by bytes: write it in ASCII")
      }
      var out = ""
      while let byte = rest.popFirst() { out += try item(byte) + quantifier() }
      return out
    }

    private mutating func quantifier() -> String {
      switch rest.first {
      case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): String(UnicodeScalar(rest.removeFirst()))
      case UInt8(ascii: "-"):
        {
          rest.removeFirst(); return "*?"
        }()
      default: ""
      }
    }

    private mutating func item(_ byte: UInt8) throws(Problem) -> String {
      switch byte {
      case UInt8(ascii: "."): return "[\\s\\S]"
      case UInt8(ascii: "["): return try set()
      case UInt8(ascii: "%"): return try escaped()
      case UInt8(ascii: "("), UInt8(ascii: ")"):
        throw Problem(text: "a field's pattern has no captures; write %( for a parenthesis")
      default: return Self.literal(byte)
      }
    }

    private mutating func escaped() throws(Problem) -> String {
      guard let byte = rest.popFirst() else { throw Problem(text: "the pattern ends with %; write %% for one") }
      if let set = Self.classes[byte] { return "[\(set)]" }
      if let set = Self.classes[byte | 0x20], (0x41...0x5A).contains(byte) { return "[^\(set)]" }
      guard !Self.isWord(byte) else {
        throw Problem(text: "a field's pattern knows no %\(UnicodeScalar(byte)); it has %a %d %l %u %w %x %s %p %c %g")
      }
      return Self.literal(byte)
    }

    private mutating func set() throws(Problem) -> String {
      var out = "["
      if rest.first == UInt8(ascii: "^") { out.unicodeScalars.append(UnicodeScalar(rest.removeFirst())) }
      var isFirst = true
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "]"), !isFirst { return out + "]" }
        isFirst = false
        if byte == UInt8(ascii: "%") {
          guard let next = rest.popFirst() else { break }
          if let set = Self.classes[next] {
            out += set
          } else if Self.isWord(next) {
            throw Problem(text: "a set has no %\(UnicodeScalar(next)); begin it with ^ to turn it round")
          } else {
            out += (next == UInt8(ascii: "-") ? "\\" : "") + Self.literal(next)
          }
        } else if rest.first == UInt8(ascii: "-"), let end = rest.dropFirst().first, end != UInt8(ascii: "]") {
          rest.removeFirst(2)
          out += Self.literal(byte) + "-" + Self.literal(end)
        } else {
          out += (byte == UInt8(ascii: "-") ? "\\" : "") + Self.literal(byte)
        }
      }
      throw Problem(text: "a set in the pattern has no end; close it with ]")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func literal(_ byte: UInt8) -> String {
      ("^$\\.*+?()[]{}|/".utf8.contains(byte) ? "\\" : "") + String(UnicodeScalar(byte))
    }
  }
}
