import Core
import Foundation
import Testing

@testable import cascade

/// The part of TOML that is read, and how the rest is refused.
struct TOMLReaderTests {
  private typealias Value = ConfigurationFile.Value

  private static func read(_ text: String) throws(TOMLReader.Fault) -> [ConfigurationFile.Member] {
    try TOMLReader.members(of: Array(text.utf8))
  }

  @Test func `strings, numbers, flags, arrays and tables are read, with their lines`() throws {
    let text = #"""
      # A comment with "quotes" and ünïcode.
      plain = "a\t\"b\"\\ \u00E9\U0001F701"  # behind a value
      literal = 'C:\new'
      empty = ""
        number = +1_000
      negative = -0
      yes = true
      no=false
      list = [ "a", # one
        'b',

        "c",
      ]
      none = []
      [table-1]
      plain = "inside"
      [ other ]  # the end
      key_2 = 9223372036854775807
      """#
    let members = try Self.read(text)
    let expected: [(String, Value, Int)] = [
      ("plain", .text("a\t\"b\"\\ é🜁"), 2), ("literal", .text(#"C:\new"#), 3), ("empty", .text(""), 4),
      ("number", .number(1000), 5), ("negative", .number(0), 6), ("yes", .flag(true), 7), ("no", .flag(false), 8),
      ("list", .list(["a", "b", "c"]), 9), ("none", .list([]), 14), ("table-1.plain", .text("inside"), 16),
      ("other.key_2", .number(.max), 18),
    ]
    #expect(members == expected.map { ConfigurationFile.Member(name: $0.0, value: $0.1, line: $0.2) })
    #expect(try Self.read(text.replacing("\n", with: "\r\n")) == members)
    #expect(try Self.read("") == [] && Self.read("\n\n# only\n") == [])
  }

  @Test(arguments: [
    ("a = 1.5", "wants a string"), ("a = 0x1F", "wants a string"), ("a = 1979-05-27", "wants a string"),
    ("a = 012", "wants a string"), ("a = 1__0", "wants a string"), ("a = inf", "wants a string"),
    ("a = True", "wants a string"), ("a = 9223372036854775808", "beyond 64 bits"),
    ("a = { b = 1 }", "inline tables"), ("[[a]]", "arrays of tables"), ("a.b = 1", "dots"), ("\"a\" = 1", "quotes"),
    ("[a.b]", "dots"), ("[a", "wants a ]"), ("a", "wants a ="), ("a =", "wants a value"),
    ("a = \"\"\"x\"\"\"", "several lines"),
    ("a = '''x'''", "several lines"), ("a = \"x", "no end"), ("a = 'x", "no end"), ("a = \"x\ny\"", "on its line"),
    ("a = \"\\x\"", "backslash"), ("a = \"\\uD800\"", "hexadecimal"), ("a = \"\\u12\"", "hexadecimal"),
    ("a = [1]", "strings in quotes only"), ("a = [\"b\"", "wants a , or a ]"),
    ("a = [\"b\" \"c\"]", "wants a , or a ]"),
    ("a = [", "has no ]"), ("a = 1 b = 2", "goes on"), ("a = 1\na = 2", "twice"), ("[a]\n[a]", "twice"),
    ("a = 1\n[a]", "twice"), ("a = \"\u{7F}\"", "control"), ("# \u{1}", "control"), ("= 1", "a name"),
    ("é = 1", "a name"),
    ("\u{FEFF}a = 1", "a name"), ("a = 1\rb = 2", "goes on"), ("a = \"b\"\"c\"", "goes on"),
  ])
  func `what is beyond is refused with its line`(text: String, reason: String) {
    let fault = #expect(throws: TOMLReader.Fault.self) { try Self.read("# first\n" + text) }
    #expect(fault?.message.contains(reason) == true, "\(fault?.message ?? "none")")
    #expect(fault?.line == 2 + (text.contains("twice") || reason == "twice" ? 1 : 0))
  }

  @Test func `bytes that are no UTF-8 are refused with their line`() {
    let fault = #expect(throws: TOMLReader.Fault.self) {
      try TOMLReader.members(of: Array("a = 1\nb = \"".utf8) + [0xFF, 0x22])
    }
    #expect(fault == TOMLReader.Fault(line: 2, message: "the file is not UTF-8"))
  }

  @Test func `the names of an object stand on their lines, whatever its values hold`() throws {
    let json = [
      "{", #" "a": {"x": ["y", {"z": 1}]},"#, #" "b{\"": "c", "d""#, ":", #"["e"],"#,
      #" "f": 1.5, "g": true, "h": 3 }"#,
    ].joined(separator: "\n")
    let members = try ObjectReader.members(of: Array(json.utf8))
    #expect(members.map(\.name) == ["a", "b{\"", "d", "f", "g", "h"])
    #expect(members.map(\.line) == [2, 3, 3, 6, 6, 6])
    #expect(
      members.map(\.value).suffix(4) == [.list(["e"]), .other("a number that isn't whole"), .flag(true), .number(3)])
    let fault = #expect(throws: TOMLReader.Fault.self) { try ObjectReader.members(of: Array("{\n\n\"a\": }".utf8)) }
    #expect(fault?.line == 3)
  }

  /// Whatever is read here means the same to Python's reader of all of TOML; whatever that refuses is refused here.
  @Test func `another reader reads the same`() throws {
    var generator = Random(seed: UInt64.random(in: 0 ... .max))
    let seed = generator.seed
    var texts: [String] = []
    for _ in 0..<3000 { texts.append(Self.text(&generator)) }
    let program = """
      import json, sys, tomllib
      for line in sys.stdin:
          try:
              print(json.dumps({"read": tomllib.loads(json.loads(line))}, default=lambda value: {"date": str(value)}))
          except Exception:
              print("{}")
      """
    let input = texts.map { JSON.string($0).text + "\n" }.joined()
    let ending = try Program.run(["-c", program], input: input, executable: "/usr/bin/python3")
    let answers = try ending.jsonLines()
    #expect(ending.code == 0 && answers.count == texts.count, "\(ending.error)")
    var taken = 0
    for (text, answer) in zip(texts, answers) {
      guard let members = try? Self.read(text) else { continue }
      taken += 1
      var expected = JSON.Object()
      for member in members {
        let value: JSON =
          switch member.value {
          case .text(let text): .string(text)
          case .number(let number): .integer(number)
          case .flag(let flag): .bool(flag)
          case .list(let texts): .array(texts.map { .string($0) })
          case .other: .null
          }
        let parts = member.name.split(separator: ".").map(String.init)
        if parts.count == 2 {
          var table = expected[parts[0]]?.object ?? JSON.Object()
          table.append(parts[1], value)
          expected[parts[0]] = .object(table)
        } else {
          expected.append(member.name, value)
        }
      }
      // An empty table leaves no setting.
      let read = (answer["read"]?.object?.members ?? []).filter { $0.value != [:] }
      #expect(JSON.object(JSON.Object(read)) == .object(expected), "seed \(seed): \(text.debugDescription)")
    }
    #expect(taken > 300, "seed \(seed): only \(taken) of \(texts.count) were read")
  }

  private static let pieces = [
    "a", "b-1", "c_d", " = ", "=", "\n", "\n", "\r\n", "\"x\"", "\"\\u00e9\"", "'y'", "1", "-7", "+1_0", "true",
    "false",
    "[\"p\", 'q']", "[\n\"p\",\n]", "# note", "[t]", "\t", " ", "\"", "'", "[", "]", ",", "\\", "1.5", "{", "}", ".",
    "é",
  ]

  /// Mostly settings, sometimes anything.
  private static func text(_ generator: inout Random) -> String {
    let names = ["a", "b-1", "c_d", "e", "f9"]
    let values = [
      "\"x\"", "\"\\u00e9\\n\"", "'y\\'", "1", "-7", "+1_0", "true", "false", "[\"p\", 'q']", "[\n\"p\", # c\n]", "[]",
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      if Int.random(in: 0..<6, using: &generator) == 0 { text += "[t\(Int.random(in: 0...2, using: &generator))]\n" }
      text += (names.randomElement(using: &generator) ?? "") + " = " + (values.randomElement(using: &generator) ?? "")
      text += ["\n", " # note\n", "\r\n"].randomElement(using: &generator) ?? ""
    }
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      var scalars = Array(text.unicodeScalars)
      let place = Int.random(in: 0...scalars.count, using: &generator)
      let piece = pieces.randomElement(using: &generator) ?? ""
      scalars.insert(contentsOf: Array(piece.unicodeScalars), at: place)
      if Bool.random(using: &generator), !scalars.isEmpty {
        scalars.remove(at: Int.random(in: 0..<scalars.count, using: &generator))
      }
      text = String(String.UnicodeScalarView(scalars))
    }
    return text
  }
}

/// splitmix64, so that a seed repeats a run.
private struct Random: RandomNumberGenerator {
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64) { (self.seed, state) = (seed, seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
