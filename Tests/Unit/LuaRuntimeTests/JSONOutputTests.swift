internal import LuaRuntime
internal import Testing

@Suite("JSON out")
struct JSONOutputTests {
  @Test(arguments: [
    (Field.string, "''", #""""#), (.string, #"'a"\\/\b\f\n\r\t\1\127é😀'"#, #""a\"\\/\b\f\n\r\t\u0001"# + "\u{7F}é😀\""),
    (.integer, "math.maxinteger", "9223372036854775807"), (.integer, "math.mininteger", "-9223372036854775808"),
    (.integer, "5.0", "5"), (.integer, "2^53", "9007199254740992"), (.integer, "-0.0", "0"),
    (.number, "3", "3"), (.number, "3.0", "3.0"), (.number, "0.1", "0.1"), (.number, "1/3", "0.3333333333333333"),
    (.number, "5e-324", "5e-324"), (.number, "1e300", "1e+300"), (.number, "-0.0", "-0.0"),
    (.number, "2^63", "9223372036854775808.0"),
    (.boolean, "true", "true"), (.boolean, "1 == 2", "false"),
    (.account, "'citizen:NLR'", #""citizen:NLR""#), (.options("a", "b"), "'b'", #""b""#),
    (.amount, "amount('97.50 USD/2')", #"{"asset":"USD/2","minor":9750}"#),
    (.amount, "'97.50 USD/2'", #"{"asset":"USD/2","minor":9750}"#),
    (.amount, "{ asset = 'USD/2', minor = 9750 }", #"{"asset":"USD/2","minor":9750}"#),
    (.list(.integer), "{}", "[]"), (.list(.integer), "{ 1, 2, 3 }", "[1,2,3]"),
    (.list(.list(.string)), "{ { 'a' }, {} }", #"[["a"],[]]"#),
    (.record(["b": .integer, "a": .integer]), "{ b = 1, a = 2 }", #"{"a":2,"b":1}"#),
    (.record([:]), "{}", "{}"), (.any, "{}", "{}"), (.any, "{ 1, 'a', true, 0.5 }", #"[1,"a",true,0.5]"#),
    (.any, "{ z = 1, a = { b = {} }, ['é'] = 'x' }", #"{"a":{"b":{}},"z":1,"é":"x"}"#),
    (.any, "amount('USD/2', 1)", #"{"asset":"USD/2","minor":1}"#),
    (.any, "{ ['a\"b'] = 1 }", #"{"a\"b":1}"#),
  ])
  func `a value of each type goes out`(field: Field, lua: String, json: String) throws {
    #expect(try Probe.giving(field, lua).told() == "{\"x\":\(json)}")
  }

  @Test(arguments: [
    (Field.string, "1", "wants string, got number"), (.string, "nil", "wants string, got nil"),
    (.string, #"'a\0b'"#, "is no valid UTF-8 text, or holds a zero byte"),
    (.string, #"'\xFF'"#, "is no valid UTF-8 text, or holds a zero byte"),
    (.string, #"'\xED\xA0\x80'"#, "is no valid UTF-8 text, or holds a zero byte"),
    (.string, #"'\xC0\x80'"#, "is no valid UTF-8 text, or holds a zero byte"),
    (.integer, "'1'", "wants integer, got string"), (.integer, "true", "wants integer, got boolean"),
    (.integer, "1.5", "wants integer, got a fraction or more than 53 bits"),
    (.integer, "2^60", "wants integer, got a fraction or more than 53 bits"),
    (.integer, "0/0", "wants integer, got a fraction or more than 53 bits"),
    (.integer, "1/0", "wants integer, got a fraction or more than 53 bits"),
    (.number, "0/0", "is not a number (NaN)"), (.number, "-1/0", "is infinite"),
    (.number, "'1'", "wants number, got string"), (.any, "0/0", "is not a number (NaN)"),
    (.boolean, "0", "wants boolean, got number"), (.account, "'a b'", "is no account name"),
    (.account, #"'a\0b'"#, "is no account name"), (.options("a"), "'b'", "is none of its options: 'b'"),
    (.options("a"), #"'a\0'"#, "is none of its options: 'a'"),
    (.amount, "9750", "wants amount, got number"), (.amount, "nil", "wants amount, got nil"),
    (.amount, "'97.5'", "is no amount: its text is malformed: write it like \"97.50 USD/2\""),
    (.amount, "{ asset = 'USD/2' }", "is no amount: its minor units are no integer"),
    (.amount, "{ asset = 'USD/2', minor = 0.5 }", "is no amount: its minor units are no integer"),
    (.amount, "{ minor = 1 }", "is no amount: its asset is missing"),
    (.amount, "{ asset = 'usd', minor = 1 }", "is no amount: its asset is malformed"),
    (.string, "amount('USD', 1)", "wants string, got amount"),
    (.list(.string), "'a'", "wants list, got string"), (.list(.string), "nil", "wants list, got nil"),
    (.list(.string), "{ a = 'b' }", "wants list, got a table with holes or names"),
    (.list(.string), "{ 'a', b = 'c' }", "wants list, got a table with holes or names"),
    (.list(.string), "{ 'a', [3] = 'c' }", "wants list, got a table with holes or names"),
    (.list(.string), "{ [0] = 'a' }", "wants list, got a table with holes or names"),
    (.list(.string), "{ [1.5] = 'a' }", "wants list, got a table with holes or names"),
    (.any, "{ 'a', nil, 'c' }", "is a list with holes, or mixes places and names"),
    (.any, "{ 'a', b = 1 }", "is a list with holes, or mixes places and names"),
    (.any, "{ [2] = 'a' }", "is a list with holes, or mixes places and names"),
    (.any, "print", "wants any, got nil"), (.any, "tostring", "is a function"), (.any, "host", "is a function"),
    (.any, "{ f = function() end }", "is a function"),
  ])
  func `a result that doesn't fit fails with its field's name`(field: Field, lua: String, text: String) throws {
    let told = try Probe("local print = nil return { x = \(lua) }", output: ["x": field]).told()
    #expect(told.hasPrefix("invalid_output: field 'x"))
    #expect(told.hasSuffix(" \(text)"), "\(told)")
  }

  @Test func `messages name the whole path`() throws {
    let line = Field.record(["price": .amount, "tags": .list(.string).optional])
    let order = Field.record(["lines": .list(line)])
    let cases = [
      ("{ lines = { { price = '1 A' }, { price = 3 } } }", "field 'x.lines[2].price' wants amount, got number"),
      ("{ lines = { {} } }", "field 'x.lines[1].price' wants amount, got nil"),
      ("{ lines = { { price = '1 A', tags = { 'a', 1 } } } }", "field 'x.lines[1].tags[2]' wants string, got number"),
      ("{ lines = { { price = '1 A', prize = 1 } } }", "field 'x.lines[1]' has an unknown field 'prize'"),
      ("{ lines = {}, line = 1 }", "field 'x' has an unknown field 'line'"),
      ("{ lines = {}, 7 }", "field 'x' has a place without a name"),
    ]
    for (lua, text) in cases { #expect(try Probe.giving(order, lua).told() == "invalid_output: \(text)") }
  }

  @Test func `the result itself is a table of known fields`() throws {
    let cases = [
      ("return { x = 1, y = 2 }", "unknown field 'y'"),
      ("return { x = 1, 2 }", "the result has a place without a name"),
      ("return 'x'", "the result is a string, not a table"), ("return", "the result is a nil, not a table"),
      ("return amount('USD', 1)", "the result is a userdata, not a table"),
      ("return {}", "field 'x' wants integer, got nil"),
    ]
    for (body, text) in cases {
      #expect(try Probe(body, output: ["x": .integer]).told() == "invalid_output: \(text)")
    }
  }

  @Test func `no metamethod runs while a result is printed`() throws {
    let body = """
      local function trap() error("ran") end
      local meta = { __index = trap, __len = trap, __pairs = trap, __tostring = trap, __eq = trap }
      return { x = setmetatable({ a = 1 }, meta), y = setmetatable({ 1, 2 }, meta) }
      """
    let probe = try Probe(body, output: ["x": .record(["a": .integer, "b": .any.optional]), "y": .list(.integer)])
    #expect(probe.told() == #"{"x":{"a":1},"y":[1,2]}"#)
  }

  @Test func `a list may stand anywhere in its table`() throws {
    let body = """
      local list, other = {}, { name = 1 }
      for i = 50, 1, -1 do list[i] = i end
      for i = 1, 50 do other[i] = i end
      other.name = nil
      return { x = list, y = other, z = list }
      """
    let probe = try Probe(body, output: ["x": .list(.integer), "y": .list(.integer), "z": .any])
    let list = "[" + (1...50).map(String.init).joined(separator: ",") + "]"
    #expect(probe.told() == "{\"x\":\(list),\"y\":\(list),\"z\":\(list)}")
  }

  @Test func `64 levels go out, 65 and cycles do not`() throws {
    let body = """
      local value = input.leaf and 1 or {}
      for _ = 1, input.levels - (input.leaf and 1 or 2) do value = input.named and { a = value } or { value } end
      return { x = value }
      """
    let probe = try Probe(
      body, input: ["levels": .integer, "leaf": .boolean, "named": .boolean], output: ["x": .any])
    for (leaf, named) in [(true, true), (true, false), (false, true), (false, false)] {
      func told(_ levels: Int) -> String { probe.told(#"{"levels":\#(levels),"leaf":\#(leaf),"named":\#(named)}"#) }
      #expect(told(64).hasPrefix(#"{"x":"#))
      #expect(told(65).hasPrefix("invalid_output: field 'x"))
      #expect(told(65).hasSuffix("is nested more than 64 levels, or holds itself"))
      #expect(told(20_000).hasSuffix("is nested more than 64 levels, or holds itself"))
    }
    let cycle = try Probe("local t = {} t.t = t return { x = t }", output: ["x": .any])
    #expect(cycle.told().hasSuffix("is nested more than 64 levels, or holds itself"))
    let list = try Probe("local t = {} t[1] = t return { x = t }", output: ["x": .any])
    #expect(list.told().hasSuffix("is nested more than 64 levels, or holds itself"))
  }

  @Test func `a result of 1 MiB goes out and one byte more does not`() throws {
    let body = "return { x = { ('a'):rep(500000), ('b'):rep(input.count) } }"
    let probe = try Probe(body, input: ["count": .integer], output: ["x": .list(.string)])
    let rest = (1 << 20) - 500_000 - #"{"x":["",""]}"#.utf8.count
    #expect(probe.told("{\"count\":\(rest)}").utf8.count == 1 << 20)
    #expect(probe.told("{\"count\":\(rest + 1)}") == "invalid_output: the JSON is over 1 MiB")
    #expect(probe.told("{\"count\":0}").utf8.count == 500_000 + 13)
  }

  @Test func `printing a list costs fuel by its elements`() throws {
    let body = "local t = {} for i = 1, input.count do t[i] = 1 end return { x = t }"
    let typed = try Probe(body, input: ["count": .integer], output: ["x": .list(.integer)])
    let less = typed.run("{\"count\":1000}").outcome.cost.fuel
    let more = typed.run("{\"count\":3000}").outcome.cost.fuel
    #expect(more > less + 2 * 2000)
  }

  @Test func `a table that a rule has emptied can't hold the lane up`() throws {
    // Each look at the table passes half a million empty slots, which no element pays for.
    let body = """
      local hollow, list = {}, {}
      for i = 1, 300000 do hollow["k" .. i] = 1 end
      for i = 1, 300000 do hollow["k" .. i] = nil end
      for i = 1, 100000 do list[i] = hollow end
      return { x = list }
      """
    let probe = try Probe(body, output: ["x": .any])
    let request = RunRequest(
      decision: probe.decision, id: Probe.id, limits: RunLimits(fuel: 1_000_000_000, deadline: .milliseconds(300)))
    let outcome = unsafe [UInt8]("{}".utf8).withUnsafeBytes {
      unsafe probe.machine.decide(request, input: $0, handler: nil)
    }
    #expect(outcome.isSpent)
    #expect(outcome.cost.nanoseconds < 5_000_000_000)
  }
}
