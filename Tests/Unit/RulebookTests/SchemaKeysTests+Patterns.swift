import Core
import LuaRuntime
import Testing

@testable import Rulebook

/// What a machine can tell of a schema, told when the rulebook loads.
extension SchemaKeysTests {
  /// Held against the machine, which matches by Lua's own rules.
  @Test(arguments: [
    "%d+", "^%d+$", "a*b?c-", "%u%l*", "[a-c]+", "[^a-c]*", "[%d_-]+", "[]x]+", "[^]]", "[a-]+", ".", "", "%.+", "%%",
    "%S+", "%w-%w", "a?a?aa", "%p*", "%c", "[%a%.]+@%a+", "[z-a]", "x%-y", "%x%X", "a+a+b",
  ])
  func `a default is held against a pattern as an input is`(pattern: String) throws {
    let field = "type = \"string\", pattern = \"\(pattern)\""
    let rulebook = try Self.rulebook(input: "x = { \(field) }")
    let texts = [
      "", "a", "A", "0", "12", "abc", "aabcc", "aab", "aa", "aaa", "aaaa", "b", "c", "Zoe", "x", "]", "]x", "-", "_-9",
      "a-", ".", "..", "%", "@", "a.b@cd", "Ab", "z", "x-y", "fG", "ag", "é", "a b", " ", "\t", "xyz", "1a", "!?",
    ]
    for text in texts {
      let isTaken = Self.decide(rulebook, "{\"x\":\(JSON.string(text).text)}") == "{}"
      #expect(try TextPattern(pattern).fits(text) == isTaken, "'\(text)'")
    }
    let told = Self.problem(input: "x = { \(field), default = \"\u{E9}\" }")
    #expect(told.isEmpty == (try TextPattern(pattern).fits("\u{E9}")), "\(told)")
  }

  @Test func `a record with more fields than a machine takes is told where it is`() {
    let fields = (0...1_024).map { "f\($0) = \"any\"" }.joined(separator: ", ")
    let told = Self.problem(input: "x = { record = { \(fields) } }")
    let text = "plugins/shop/plugin.lua:2: shop.sell: input.x.record: a record has at most 1024 fields; "
    #expect(told.hasPrefix(text), "\(told)")
  }
}
