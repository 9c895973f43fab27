internal import Core
internal import LuaRuntime
internal import Testing

@Suite("Schemas")
struct SchemaTests {
  @Test(arguments: [
    (Field.string.or(#""a""#), "a"), (.integer.or("7"), "7"), (.number.or("0.5"), "0.5"),
    (.boolean.or("false"), "false"),
    (.amount.or(#""0.00 USD/2""#), "0.00 USD/2"), (.amount.or(#"{"asset":"DUC/2","minor":5}"#), "0.05 DUC/2"),
    (.account.or(#""reserve:uplift""#), "reserve:uplift"), (.options("a", "b").or(#""b""#), "b"),
    (.string.optional, "nil"), (.any.or("3"), "3"),
  ])
  func `a default stands in for what is left out`(field: Field, text: String) throws {
    let probe = try Probe.taking(field)
    #expect(try JSONText.member("x", of: probe.run("{}")) == text)
    #expect(try JSONText.member("x", of: probe.run("{\"x\":null}")) == text)
  }

  @Test func `a default that is a table is fresh in every decision`() throws {
    let probe = try Probe(
      "input.x[#input.x + 1] = 'c' input.y.deep.n = input.y.deep.n + 1 return { x = input.x, n = input.y.deep.n }",
      input: ["x": .list(.string).or(#"["a","b"]"#), "y": .any.or(#"{"deep":{"n":1}}"#)],
      output: ["x": .list(.string), "n": .integer])
    for _ in 1...3 { #expect(probe.told() == #"{"n":2,"x":["a","b","c"]}"#) }
  }

  @Test func `the default of a record is filled in by its fields' own`() throws {
    let inner = Field.record(["a": .integer.or("1"), "b": .string]).or(#"{"b":"z"}"#)
    let probe = try Probe("return { x = input.x }", input: ["x": inner], output: ["x": inner])
    #expect(probe.told("{}") == #"{"x":{"a":1,"b":"z"}}"#)
    #expect(probe.told(#"{"x":{"b":"q"}}"#) == #"{"x":{"a":1,"b":"q"}}"#)
    #expect(probe.told(#"{"x":{}}"#) == "invalid_input: field 'x.b' is missing: it wants string")
  }

  @Test(arguments: [
    (Field.integer.or("1.5"), "the default of field 'x' wants integer, got a fraction or more than 53 bits"),
    (.string.or("1"), "the default of field 'x' wants string, got integer"),
    (.integer.or("{"), "the default of field 'x' is no JSON"),
    (.integer.or("1").within(2, nil), "the default of field 'x' is below its minimum 2"),
    (.options("a").or(#""b""#), "the default of field 'x' is none of its options: 'b'"),
    (.account.or(#""a b""#), "the default of field 'x' is no account name"),
    (
      .amount.or(#""1""#),
      "the default of field 'x' is no amount: its text is malformed: write it like \"97.50 USD/2\""
    ),
    (.list(.integer).or(#"[1,"a"]"#), "field '[2]' wants integer, got string"),
  ])
  func `a default that doesn't fit its own field is refused when it is bound`(field: Field, text: String) throws {
    for isInput in [true, false] {
      let failure = #expect(throws: LuaFailure.self) {
        try Probe("return {}", input: isInput ? ["x": field] : [:], output: isInput ? [:] : ["x": field])
      }
      #expect(failure?.message.hasSuffix(text) == true, "\(failure?.message ?? "")")
    }
  }

  @Test func `a result's absent field gets its default, an optional one stays away`() throws {
    let output = [
      "a": Field.integer.or("7"), "b": .string.optional, "c": .amount.or(#""1.00 USD/2""#),
      "d": .list(.string).or("[]"),
    ]
    #expect(try Probe("return {}", output: output).told() == #"{"a":7,"c":{"asset":"USD/2","minor":100},"d":[]}"#)
    let given = try Probe("return { a = 1, b = 'b', d = { 'x' } }", output: output)
    #expect(given.told() == #"{"a":1,"b":"b","c":{"asset":"USD/2","minor":100},"d":["x"]}"#)
    let wrong = try Probe("return { a = false }", output: output)
    #expect(wrong.told() == "invalid_output: field 'a' wants integer, got boolean")
  }

  @Test(arguments: [
    (Field.integer.within(1, 3), "1", true), (.integer.within(1, 3), "3", true), (.integer.within(1, 3), "0", false),
    (.integer.within(1, 3), "4", false), (.integer.within(nil, 3), "-9223372036854775808", true),
    (.integer.within(1, nil), "9223372036854775807", true), (.number.within(0, 1), "1.0", true),
    (.number.within(0, 1), "1.0000000000000002", false), (.number.within(0, 1), "-5e-324", false),
    (.number.within(0, 1), "2", false), (.integer.within(nil, 9_007_199_254_740_992), "9007199254740993", false),
    (.number.within(nil, 9_007_199_254_740_992), "9007199254740993", false),
  ])
  func `numbers keep within their bounds, in and out`(field: Field, number: String, fits: Bool) throws {
    let input = try Probe.taking(field, "'fine'").told("{\"x\":\(number)}")
    #expect(fits ? input == #"{"x":"fine"}"# : input.hasPrefix("invalid_input: field 'x' is "))
    let lua = number == "-9223372036854775808" ? "math.mininteger" : number
    let output = try Probe.giving(field, lua).told()
    #expect(fits ? output == "{\"x\":\(number)}" : output.hasPrefix("invalid_output: field 'x' is "))
    if !fits { #expect(output.contains("its minimum ") || output.contains("its maximum ")) }
  }

  @Test func `a record of 200 fields knows each, and each but once`() throws {
    let names = (0..<200).map { "f\($0)" }
    let fields = Dictionary(uniqueKeysWithValues: names.map { ($0, Field.integer.optional) })
    let probe = try Probe(
      "local n = 0 for _, v in pairs(input) do n = n + v end return { x = n }", input: fields, output: ["x": .integer])
    func object(_ names: [String]) -> String { "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}" }
    #expect(probe.told(object(names)) == #"{"x":200}"#)
    #expect(probe.told(object(names.reversed())) == #"{"x":200}"#)
    for name in names {
      #expect(probe.told(object([name, name])) == "invalid_input: field '\(name)' stands twice")
      #expect(probe.told(object(names + [name])) == "invalid_input: field '\(name)' stands twice")
    }
    #expect(probe.told("{\"f150\":null,\"f150\":1}") == "invalid_input: field 'f150' stands twice")
    #expect(probe.told(object(["f200"])) == "invalid_input: unknown field 'f200'")
  }

  @Test func `a record has at most 1024 fields`() throws {
    func fields(_ count: Int) -> [String: Field] {
      Dictionary(uniqueKeysWithValues: (0..<count).map { ("f\($0)", Field.any.optional) })
    }
    #expect(try Probe("return {}", input: fields(1024)).told() == "{}")
    let failure = #expect(throws: LuaFailure.self) { try Probe("return {}", input: fields(1025)) }
    #expect(failure?.message.hasSuffix("a record has at most 1024 fields") == true)
  }

  @Test func `names that JSON escapes are escaped`() throws {
    let name = "a\"b\\c\n"
    let probe = try Probe("return { x = input }", input: [name: .integer], output: ["x": .record([name: .integer])])
    #expect(probe.told(#"{"a\"b\\c\n":1}"#) == #"{"x":{"a\"b\\c\n":1}}"#)
  }
}
