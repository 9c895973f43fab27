import Testing

/// Each rule finds what it is there for, and leaves alone what only looks like it.
struct TidyRulesTests {
  private func traps(_ line: String) -> [String] {
    TidyRules.traps("a.swift", SwiftSource(line)).map { String($0.rule.prefix { $0 != ";" }) }
  }

  @Test(arguments: [
    ("let a = try! b()", "try!"), ("let a = b as! C", "as!"), ("fatalError(\"no\")", "fatalError"),
    ("let a = b!", "a forced unwrapping"), ("b().first!.c", "a forced unwrapping"),
    ("b[0]!.c", "a forced unwrapping"), ("\"\\(b!)\"", "a forced unwrapping"),
    ("var a: B!", "a forced unwrapping"), ("f(b!, c)", "a forced unwrapping"),
    ("a! == b", "a forced unwrapping"),
  ])
  func `a trap is found`(line: String, rule: String) {
    #expect(traps(line) == [rule])
  }

  @Test(arguments: [
    "a != b", "a !== b", "if !a { }", "f(!a)", "[!a, !b]", "\"try! this!\"", "// fatalError(b!)", "/* a! */ b",
    "func `stop that!`()", "#\"a! \"b!\" \"#", "a ? !b : c", "#if !os(Linux)", "a!=b", "let fatalErrors = 1",
    "\"\\(f(\"x!\"))!\"", "\"\"\"\n a! try!\n\"\"\"",
  ])
  func `what only looks like a trap is left alone`(line: String) {
    #expect(traps(line) == [])
  }

  @Test func `a split by characters is found, one by bytes is left alone`() {
    let wrong = [
      "a.hasPrefix(b)", "a.hasSuffix(\"x\")", "a.split(separator: \",\")", "a.firstIndex(of: \":\")",
      "a.lastIndex(of: \"/\")", "a.drop { $0.isWhitespace }", "a.contains(where: \\.isNewline)",
    ]
    for line in wrong { #expect(TidyRules.characters("a.swift", SwiftSource(line)).count == 1, "\(line)") }
    let right = [
      "a.split(separator: UInt8(ascii: \",\"))", "a.firstIndex(of: byte)", "a.pieces(at: \",\")", "\"a.hasPrefix(b)\"",
      "// a.hasSuffix(b)",
    ]
    for line in right { #expect(TidyRules.characters("a.swift", SwiftSource(line)) == [], "\(line)") }
  }

  @Test func `a program started by Foundation is found, one started by the tests' own way is not`() {
    func found(_ line: String) -> Int { TidyRules.processes("a.swift", SwiftSource(line)).count }
    #expect(found("let a = Process()") == 1 && found("f(Process())") == 1)
    #expect(found("let a = ChildProcess()") == 0 && found("// Process()") == 0)
  }

  @Test func `strings of several lines may be wide, code may not`() {
    let wide = String(repeating: "x", count: 130)
    let text = "let a = \"\"\"\n\(wide)\n  \"\"\"\n\(wide)\n"
    #expect(TidyRules.whitespace("a.swift", text, columns: 120).map(\.line) == [4])
    #expect(TidyRules.whitespace("a.lua", "a\t\nb \nc\r\nd\n", columns: 100).map(\.line) == [1, 2, 3])
  }

  @Test func `lines of a file are counted as an editor counts them`() {
    let lines = { (count: Int) in String(repeating: "a\n", count: count) }
    #expect(TidyRules.fileLength("a.c", lines(500), limit: 500) == [])
    #expect(TidyRules.fileLength("a.c", lines(501), limit: 500).map(\.line) == [501])
    #expect(TidyRules.fileLength("a.c", lines(500) + "end", limit: 500).count == 1)
  }

  @Test func `a function reaches from its first word to its closing brace`() {
    let text = """
      protocol P {
        func a(_ b: Int) -> Int
        init()
        var c: Int { get }
      }
      struct S: P {
        func a(
          _ b: Int = { 4 }()
        ) -> Int {
          func inner() {
            print("}")
          }
          // }
          return [1].map { $0 + b }[0]
        }
        init() { }
        deinit {
          self.init()
        }
      }
      """
    var scan = FunctionScan()
    for (index, line) in SwiftSource(text).code.enumerated() { scan.read(line, number: index + 1) }
    #expect(scan.functions.map { [$0.first, $0.last] } == [[10, 12], [7, 15], [16, 16], [17, 19]])
    #expect(TidyRules.functionLength("a.swift", SwiftSource(text), limit: 8).map(\.line) == [7])
  }

  @Test func `a declaration that has something to say and no doc comment is found`() {
    let text = """
      package import Metrics
      package struct A {
        /// Fine.
        @discardableResult
        package func b(_ c: Int) -> Int { 1 }
        package private(set) var c = 1
        // Not a doc comment.
        public static func d() throws {}
        func e(_ f: Int) {}
        /** Fine. */
        package init() {}
        let package = "package func f(_: Int)"
        package init(g: Int) { c = g + 1 }
        package var timeout: Duration
        package static func h(_ i: String) async -> Int { 1 }
      }
      /// Fine.
      package final class F {}
      """
    #expect(TidyRules.documentation("a.swift", SwiftSource(text)).map(\.line) == [2, 6, 8, 13, 14, 15])
  }

  @Test func `what explains itself needs no doc comment`() {
    let text = """
      /// Fine.
      package struct A {
        package let name: String
        package var count: Int { 1 }
        package init(name: String) { self.name = name }
        package init(
          name: String, other: Int = 0
        ) {
          self.name = name
          self.other = other
        }
        package init() {}
        package var description: String { "" }
        package static func == (left: A, right: A) -> Bool { true }
        package static func < (left: A, right: A) -> Bool { true }
        package func hash(into hasher: inout Hasher) {}
        package func close() {}
        package init(stringLiteral value: String) { self = .string(value) }
        package init?(bytes: [UInt8]) { self.init(bytes: bytes[...]) }
      }
      """
    #expect(TidyRules.documentation("a.swift", SwiftSource(text)) == [])
  }

  @Test func `a doc comment that says nothing is found`() {
    let text = """
      /// The name.
      let name = 1
      /// What it says
      /// in two lines.
      let text = 2
      /// Bytes of one name.
      let bytes = 3
      /// See ``Other/text``.
      let other = 4
      /// `{"name":…}`
      let json = 5
      let string = \"""
        /// Inside.
        \"""
      // The end.
      """
    #expect(TidyRules.emptyComments("a.swift", SwiftSource(text)).map(\.line) == [1])
  }

  @Test func `imports are read with their modifiers`() {
    let text = """
      import A
      package import B
      @testable import C
      @preconcurrency public import struct D.E
      // import F
      let text = "import G"
      """
    #expect(TidyRules.imports(SwiftSource(text)).map(\.module) == ["A", "B", "C", "D"])
  }
}
