internal import LuaRuntime
internal import Testing

@Suite("Forms and bounds of fields")
struct SchemaFormsTests {
  @Test(arguments: [
    (Field.decimal, "\"0.025\""), (.decimal, "\"-7\""), (.decimal, "\"123456789012345678\""), (.date, "\"2024-02-29\""),
    (.date, "\"0000-12-31\""), (.timestamp, "\"2026-11-29T10:00:00Z\""),
    (.timestamp, "\"2026-11-29T10:00:00.123+01:30\""), (.map(.integer), "{\"b\":2,\"a\":1}"), (.map(.string), "{}"),
    (.numbers(1, 2.5), "1"), (.numbers(1, 2.5), "2.5"), (.string.from(2, to: 3), "\"éé\""),
    (.string.from(nil, to: nil, as: "%a+%d?"), "\"abc1\""), (.list(.integer).from(1, to: 2), "[1,2]"),
    (.map(.boolean).from(1), "{\"x\":true}"),
    (.amount.from(100, to: 500, as: "USD/2"), #"{"asset":"USD/2","minor":500}"#),
    (.anyOf(.integer, .string), "7"), (.anyOf(.integer, .string), "\"seven\""),
    (.anyOf(.record(["a": .string]), .record(["b": .string])), "{\"b\":\"x\"}"),
    (.list(.anyOf(.date, .list(.date))), "[\"2026-01-01\",[\"2026-01-02\"]]"),
  ])
  func `what has the form goes in and comes out`(field: Field, json: String) throws {
    let sorted = json == "{\"b\":2,\"a\":1}" ? "{\"a\":1,\"b\":2}" : json
    #expect(try Probe.echo(field).told("{\"x\":\(json)}") == "{\"x\":\(sorted)}")
  }

  @Test(arguments: [
    (Field.decimal, "\"1.\"", "is no decimal: write it like \"0.025\", 18 digits at most"),
    (.decimal, "\".5\"", "is no decimal: write it like \"0.025\", 18 digits at most"),
    (.decimal, "\"1234567890123456789\"", "is no decimal: write it like \"0.025\", 18 digits at most"),
    (.decimal, "\"1e3\"", "is no decimal: write it like \"0.025\", 18 digits at most"),
    (.decimal, "0.5", "wants decimal, got number"),
    (.date, "\"2026-02-29\"", "is no date: write it like \"2026-11-29\""),
    (.date, "\"2026-13-01\"", "is no date: write it like \"2026-11-29\""),
    (.date, "\"2026-1-01\"", "is no date: write it like \"2026-11-29\""),
    (.timestamp, "\"2026-11-29 10:00:00Z\"", "is no timestamp: write it like \"2026-11-29T10:00:00Z\""),
    (.timestamp, "\"2026-11-29T24:00:00Z\"", "is no timestamp: write it like \"2026-11-29T10:00:00Z\""),
    (.timestamp, "\"2026-11-29T10:00:00\"", "is no timestamp: write it like \"2026-11-29T10:00:00Z\""),
    (.map(.integer), "[]", "wants map, got list"), (.numbers(1, 2), "3", "is none of its options: 3"),
    (.numbers(1, 2), "\"1\"", "wants number, got string"),
    (.string.from(2, to: 3), "\"a\"", "has 1 character; it wants at least 2"),
    (.string.from(2, to: 3), "\"abcd\"", "has 4 characters; it wants at most 3"),
    (.string.from(nil, to: nil, as: "%a+"), "\"ab1\"", "doesn't fit its pattern %a+"),
    (.list(.integer).from(1), "[]", "has 0 elements; it wants at least 1"),
    (.map(.integer).from(nil, to: 1), "{\"a\":1,\"b\":2}", "has 2 members; it wants at most 1"),
    (.amount.from(nil, to: nil, as: "USD/2"), "\"1.00 DUC/2\"", "is in DUC/2; it wants USD/2"),
    (.amount.from(100, to: nil, as: "USD/2"), "\"0.99 USD/2\"", "is below its minimum 1.00 USD/2"),
    (.amount.from(nil, to: 100, as: "USD/2"), "\"1.01 USD/2\"", "is above its maximum 1.00 USD/2"),
    (.anyOf(.integer, .date), "true", "fits none of its forms"),
    (.anyOf(.integer, .date), "\"2026-02-30\"", "fits none of its forms"),
  ])
  func `what hasn't is refused in both directions`(field: Field, json: String, text: String) throws {
    #expect(try Probe.taking(field, "'fine'").told("{\"x\":\(json)}") == "invalid_input: field 'x' \(text)")
    // The same value, given by a rule that took it as anything; a list that is empty is no map there either.
    let giving = try Probe("return { x = input.x }", input: ["x": .any], output: ["x": field])
    let told = giving.told("{\"x\":\(json)}").replacing("got list", with: "got table")
    #expect(told.hasPrefix("invalid_output") || json == "[]", "\(told)")
  }

  @Test func `a map may have any names, each once, and values of its type`() throws {
    let probe = try Probe.taking(.map(.integer), "tostring(input.x['a b'])")
    #expect(probe.told(#"{"x":{"a b":7}}"#) == #"{"x":"7"}"#)
    #expect(probe.told(#"{"x":{"a":1,"a":2}}"#) == "invalid_input: field 'x.a' stands twice")
    #expect(probe.told(#"{"x":{"a":"1"}}"#) == "invalid_input: field 'x.a' wants integer, got string")
    #expect(probe.told(#"{"x":{"a":null}}"#) == "invalid_input: field 'x.a' wants integer, got null")
    let mixed = try Probe.giving(.map(.integer), "{ 1, 2 }")
    #expect(mixed.told("{}").contains("field 'x' wants map, got a table with places"))
  }

  @Test func `all faults of an input stand in one answer`() throws {
    let probe = try Probe(
      "return {}",
      input: [
        "age": .integer.within(0, 150), "name": .string, "born": .date, "tags": .list(.string),
        "home": .record(["city": .string]),
      ])
    #expect(
      probe.told(#"{"age":-1,"born":"soon","tags":["a",2],"home":{"town":"Milano"},"nick":"x"}"#)
        == "invalid_input: field 'age' is below its minimum 0; "
        + "field 'born' is no date: write it like \"2026-11-29\"; field 'tags[2]' wants string, got integer; "
        + "field 'home' has an unknown field 'town'; field 'home.city' is missing: it wants string; "
        + "unknown field 'nick'; field 'name' is missing: it wants string")
    let many = try Probe("return {}", input: ["x": .list(.integer)])
    let told = many.told("{\"x\":[\(Array(repeating: "true", count: 50).joined(separator: ","))]}")
    #expect(told.hasPrefix("invalid_input: field 'x[1]' wants integer, got boolean; field 'x[2]'"))
    #expect(told.hasSuffix("field 'x[8]' wants integer, got boolean; and more"))
  }

  @Test func `a pattern that goes on for ever ends with the fuel`() throws {
    let pattern = String(repeating: "a-", count: 20) + "b"
    let probe = try Probe.taking(.string.from(nil, to: nil, as: pattern), "'fine'")
    let text = String(repeating: "a", count: 5000)
    #expect(probe.told("{\"x\":\"\(text)\"}").hasPrefix("fuel_exhausted"))
  }
}
