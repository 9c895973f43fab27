import Core
import LuaRuntime
import Testing
import TestSupport

@testable import Rulebook

@Suite struct LuaParserTests {
  @Test func `every shipped file is read to its end`() throws {
    let snapshot = try RulebookLoader.read(directory: Checkout.directory)
    #expect(snapshot.files.count > 40)
    for path in snapshot.paths where path.hasSuffix(".lua") {
      let tree = try LuaParser.parse(snapshot.files[path] ?? [])
      #expect(tree.nodes.last?.range.upperBound ?? 0 > 0, "\(path)")
    }
  }

  /// What Lua takes, and what it doesn't.
  private static let sources = [
    "", ";;;", "return", "return;", "return 1, 2;", "local a <const>, b <close> = 1",
    "a.b['c'].d:e'x'{1}(2)\"3\"[[4]] = 5", "a = b c = d", "f{} (g){} h = 1", "('x'):rep(3)", "(f)()", "a()()()",
    "goto done ::done::", "do local x end repeat local y until y", "while a do break end",
    "for i = 1, 2 do end for i = 3, 1, -1 do end for k, v in pairs(t), 1, nil do end",
    "if a then elseif b then else end", "function a.b.c:d(e, ...) return ... end", "local function f(...) end",
    "return function(a, b, ...) end, {...}, {1, 2; 3, a = 1, ['b'] = 2, f(),}",
    "return 1e10 + 0x.1p4 - .5 + 3. + 0xA + 1e-3 + 0x1P+2", "return a..b..c^d^-e//f%g", "return not -#~a",
    "return a < b == c ~= d <= e >= f > g", "return a | b ~ c & d << e >> f", "return a or b and c",
    "return '\\a\\x41\\65\\u{1F600}\\z\n  x\\\ny\\\\'", "return [==[\n]]x]==]", "--[==[ long\n]] ]==] return 1",
    "-- short\r\nreturn --[[x]] 1 -- end", "return a.b.c[d][1], a:b(c), f'x', f{1}, f[[x]]", "return - - 1",
    "return - -1",
    "x = function() end", "a, b.c, d[1] = 1, 2", "local a; local b = 1", "return {}", "::a:: ::b::", "return (...)",
    "return (function() return 1 end)()", "return {f = 1, [1] = 2, 3}", "return 3 .. 4", "return \"\\\"'\"",
    "return a--b",
    "1", "a", "a.b", "local", "for", "if a", "return return", "end", "a = ", "a.1 = 2", "f(", "{}", "'x", "[[x",
    "a:b = 1",
    "(a) = 1", "a + b = 1", "f() = 1", "return '\\q'", "return '\\300'", "x = = 1", "local 1", "function 1() end", "@",
    "#!/usr/bin/lua\nreturn 1",
    "return 1 2", "return a b", "goto", "::a", "local a <", "for 1 = 1, 2 do end", "for a in do end", "f(1,)", "a = 1,",
    "return ~= 1", "return {1 2}", "return {[1]}", "if a then else elseif b then end", "break break end",
  ]

  @Test(arguments: sources)
  func `the reader takes what Lua compiles, and of a handful of wrong sources nothing`(text: String) throws {
    let source = Array(text.utf8)
    let machine = try VirtualMachine(VirtualMachine.Configuration())
    let compiles = (try? machine.compile(path: "x.lua", source: source)) != nil
    let reads = (try? LuaParser.parse(source)) != nil
    // What a source may not do beyond its form, such as an unknown label, is Lua's to say.
    #expect(reads == compiles || reads && !compiles && text.contains("break"), "\(text)")
  }

  @Test func `what is nested deeper than Lua's own limit is given up, not followed`() {
    for text in [
      "return " + String(repeating: "(", count: 2000), "return " + String(repeating: "- ", count: 2000),
      String(repeating: "do ", count: 2000), "return " + String(repeating: "{", count: 2000),
      "return " + String(repeating: "a..", count: 2000), "x" + String(repeating: "[y", count: 2000),
    ] {
      #expect(throws: LuaSyntaxError.self) { try LuaParser.parse(Array(text.utf8)) }
    }
  }

  @Test func `chains that Lua takes at any length are read at any length`() throws {
    for text in ["return 1" + String(repeating: "+1", count: 5000), "return a" + String(repeating: ".b", count: 5000)] {
      #expect(try LuaParser.parse(Array(text.utf8)).nodes.count > 10_000)
    }
  }

  @Test func `literal strings have the value that Lua gives them`() throws {
    let texts = [
      "'a\\65\\x42\\u{43}\\z \n d\\\n\\\\'": "aABCd\n\\", "[==[\nx\r\ny]]]==]": "x\ny]]", "\"\\'\\t\"": "'\t",
      "[[]]": "",
    ]
    for (literal, value) in texts {
      let tree = try LuaParser.parse(Array("return \(literal)".utf8))
      #expect(tree.result.flatMap { tree.text(of: $0) } == value, "\(literal)")
    }
  }

  @Test func `names mean the local of the innermost block, and lines count as Lua counts them`() throws {
    let text = "local a = 1\r\ndo local a = a; a = 2 end\n\rrepeat local b until b\nreturn a"
    let tree = try LuaParser.parse(Array(text.utf8))
    let names = tree.nodes.compactMap { if case .name(let name, let local) = $0.kind { (name, local) } else { nil } }
    #expect(names.map(\.0) == ["a", "a", "b", "a"])
    #expect(names.map(\.1) == [0, 1, 2, 0])
    #expect(tree.locals.map(\.isReassigned) == [false, true, false])
    #expect(tree.position(of: text.utf8.count - 1) == (line: 4, column: 8))
  }
}
