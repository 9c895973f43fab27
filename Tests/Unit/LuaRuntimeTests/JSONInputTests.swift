internal import LuaRuntime
internal import Testing

@Suite("JSON in")
struct JSONInputTests {
  @Test(arguments: [
    (Field.string, #""""#, ""), (.string, #""a\"\\\/\b\f\n\r\t\u0041é""#, "a\"\\/\u{8}\u{c}\n\r\tAé"),
    (.string, #""\ud83d\ude00""#, "😀"),
    (.integer, "0", "0"), (.integer, "-0", "0"), (.integer, "9223372036854775807", "9223372036854775807"),
    (.integer, "-9223372036854775808", "-9223372036854775808"), (.integer, "5.0", "5"), (.integer, "5e3", "5000"),
    (.integer, "9007199254740992.0", "9007199254740992"),
    (.number, "3", "3"), (.number, "0.1", "0.1"), (.number, "1e300", "1e+300"), (.number, "2.0", "2.0"),
    (.boolean, "true", "true"), (.boolean, "false", "false"),
    (.account, #""citizen:NLR:bonus""#, "citizen:NLR:bonus"), (.options("a", "b"), #""b""#, "b"),
    (.amount, #"{"asset":"USD/2","minor":9750}"#, "97.50 USD/2"), (.amount, #""97.50 USD/2""#, "97.50 USD/2"),
    (.amount, #"{"minor":-9223372036854775808,"asset":"DUC"}"#, "-9223372036854775808 DUC"),
    (.any, "7", "7"), (.any, "true", "true"),
  ])
  func `a value of each type comes in`(field: Field, json: String, text: String) throws {
    let result = try Probe.taking(field).run("{\"x\":\(json)}")
    #expect(try JSONText.member("x", of: result) == text)
  }

  @Test(arguments: [
    (Field.string, "1", "wants string, got integer"), (.string, "null", "is missing: it wants string"),
    (.string, "[]", "wants string, got list"), (.integer, "\"1\"", "wants integer, got string"),
    (.integer, "true", "wants integer, got boolean"),
    (.integer, "1.5", "wants integer, got a fraction or more than 53 bits"),
    (.integer, "9007199254740994.0", "wants integer, got a fraction or more than 53 bits"),
    (.integer, "1e19", "wants integer, got a fraction or more than 53 bits"),
    (.integer, "9223372036854775808", "is beyond 64 bits"), (.number, "18446744073709551615", "is beyond 64 bits"),
    (.number, "\"0.1\"", "wants number, got string"), (.boolean, "0", "wants boolean, got integer"),
    (.account, "\"a::b\"", "is no account name"), (.account, "\"a b\"", "is no account name"),
    (.account, "\"\"", "is no account name"), (.account, "3", "wants account, got integer"),
    (.options("a", "b"), "\"c\"", "is none of its options: 'c'"), (.options("a"), "1", "wants enum, got integer"),
    (.list(.string), "{}", "wants list, got object"), (.record([:]), "[]", "wants record, got list"),
    (.amount, "9750", "wants amount, got integer"),
    (.amount, "\"97.501 USD/2\"", "is no amount: its text is malformed: write it like \"97.50 USD/2\""),
    (.amount, "\"92233720368547758.08 USD/2\"", "is no amount: it is too large"),
    (
      .amount, #"{"asset":"USD/2","minor":97.5}"#,
      "is no amount: it wants {\"asset\",\"minor\"} with whole minor units"
    ),
    (
      .amount, #"{"asset":"usd","minor":1}"#,
      "is no amount: it wants {\"asset\",\"minor\"} with whole minor units"
    ),
    (
      .amount, #"{"asset":"USD","minor":1,"x":0}"#,
      "is no amount: it wants {\"asset\",\"minor\"} with whole minor units"
    ),
  ])
  func `a value of another type is refused with its field's name`(field: Field, json: String, text: String) throws {
    #expect(try Probe.taking(field).told("{\"x\":\(json)}") == "invalid_input: field 'x' \(text)")
  }

  @Test(arguments: [
    ("", "the input is empty"), ("nonsense", "the input is no JSON"), ("{\"x\":1} {}", "the input is no JSON"),
    ("[1]", "the input wants an object, got list"), ("null", "the input wants an object, got null"),
    ("{\"x\":NaN}", "the input is no JSON"), ("{\"x\":Infinity}", "the input is no JSON"),
    ("{\"x\":1e400}", "the input holds a number that is malformed or too large"),
    ("{\"x\":18446744073709551616}", "the input holds a number that is malformed or too large"),
    ("{\"x\":01}", "the input holds a number that is malformed or too large"),
    ("{\"x\":\"\\x\"}", "the input holds a malformed string"),
    ("{\"x\":\"\\ud800\"}", "the input holds a malformed string"),
    ("{\"x\":\"\\udc00\"}", "the input holds a malformed string"),
    ("{\"x\":\"a\\u0000b\"}", "field 'x' holds a zero byte"),
    ("{\"y\":1}", "unknown field 'y'; field 'x' is missing: it wants any"),
    ("{}", "field 'x' is missing: it wants any"),
    ("{\"x\":1,\"x\":2}", "field 'x' stands twice"), ("{\"x\":{\"a\":1,\"a\":1}}", "field 'x.a' stands twice"),
    ("{\"x\":{\"a\":null,\"a\":1}}", "field 'x.a' stands twice"),
    ("{\"x\":{\"a\":null,\"a\":null}}", "field 'x.a' stands twice"),
    ("{\"x\":{\"a\\u0000\":1}}", "field 'x.a' holds a zero byte"),
    ("{\"x\":[1,null]}", "field 'x[2]' is null: a list has no holes"),
  ])
  func `an input that is malformed is refused`(json: String, text: String) throws {
    #expect(try Probe.taking(.any, "'fine'").told(json) == "invalid_input: \(text)")
  }

  @Test func `bytes that are no UTF-8 are refused`() throws {
    let probe = try Probe.taking(.any, "'fine'")
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
      let ended = probe.run(bytes: Array("{\"x\":\"".utf8) + bytes + Array("\"}".utf8))
      #expect(ended.description == "invalid_input: the input is no valid UTF-8", "\(bytes)")
    }
  }

  @Test func `a null stands for a field that was left out`() throws {
    let probe = try Probe.taking(.integer.or("7"))
    #expect(probe.told("{\"x\":null}") == #"{"x":"7"}"#)
    #expect(probe.told("{\"x\":null,\"x\":1}") == "invalid_input: field 'x' stands twice")
    #expect(try Probe.taking(.integer.optional).told("{\"x\":null}") == #"{"x":"nil"}"#)
    #expect(try Probe.taking(.any.optional, "tostring(input.x)").told("{\"x\":null}") == #"{"x":"nil"}"#)
  }

  @Test func `messages name the whole path`() throws {
    let line = Field.record(["price": .amount, "tags": .list(.string).optional])
    let probe = try Probe.taking(.record(["lines": .list(line)]), "'fine'")
    let cases = [
      (#"{"x":{"lines":[{"price":"1 A"},{"price":3}]}}"#, "field 'x.lines[2].price' wants amount, got integer"),
      (#"{"x":{"lines":[{}]}}"#, "field 'x.lines[1].price' is missing: it wants amount"),
      (#"{"x":{"lines":[{"price":"1 A","tags":["a",null]}]}}"#, "field 'x.lines[1].tags[2]' wants string, got null"),
      (
        #"{"x":{"lines":[{"prize":"1 A"}]}}"#,
        "field 'x.lines[1]' has an unknown field 'prize'; field 'x.lines[1].price' is missing: it wants amount"
      ),
      (
        #"{"x":{"line":[]}}"#,
        "field 'x' has an unknown field 'line'; field 'x.lines' is missing: it wants list"
      ),
      (#"{"x":{"lines":[null]}}"#, "field 'x.lines[1]' wants record, got null"),
    ]
    for (json, text) in cases { #expect(probe.told(json) == "invalid_input: \(text)") }
  }

  @Test func `64 levels are taken and 65 are not`() throws {
    let probe = try Probe.taking(.any, "'fine'")
    func nested(_ levels: Int, _ open: String, _ inner: String, _ close: String) -> String {
      "{\"x\":" + String(repeating: open, count: levels - 1) + inner + String(repeating: close, count: levels - 1) + "}"
    }
    for (open, inner, close) in [("[", "1", "]"), ("[", "", "]"), ("{\"a\":", "\"t\"", "}")] {
      #expect(probe.told(nested(64, open, inner, close)) == #"{"x":"fine"}"#)
      #expect(probe.told(nested(65, open, inner, close)).hasSuffix("is nested more than 64 levels"))
      #expect(probe.told(nested(3000, open, inner, close)).hasSuffix("is nested more than 64 levels"))
    }
  }

  @Test func `an input of 1 MiB is taken and one byte more is not`() throws {
    let probe = try Probe.taking(.any, "'fine'")
    let limit = 1 << 20
    let padded = "{\"x\":1}" + String(repeating: " ", count: limit - 7)
    #expect(probe.told(padded) == #"{"x":"fine"}"#)
    #expect(probe.told(padded + " ") == "invalid_input: the input is over 1 MiB")
    // An envelope may add a little of its own.
    let wrapped = "{\"input\":\(padded)}"
    #expect(probe.run(wrapped, enveloped: true).description == #"{"x":"fine"}"#)
    let tooLong = wrapped + String(repeating: " ", count: 2048)
    #expect(probe.run(tooLong, enveloped: true).description == "invalid_input: the input is over 1 MiB")
  }

  @Test(arguments: [
    ("[]", "the body wants {\"input\":{…}}, got list"), ("{}", "the body wants {\"input\":{…}}: 'input' is missing"),
    ("{\"input\":{},\"more\":1}", "the body wants {\"input\":{…}}, and has 'more'"),
    ("{\"input\":{},\"input\":{}}", "the body wants {\"input\":{…}}, and has 'input'"),
    ("{\"input\":3}", "the input wants an object, got integer"),
    ("{\"input\":{\"y\":3}}", "unknown field 'y'; field 'x' is missing: it wants string"),
  ])
  func `an envelope holds the input and nothing else`(json: String, text: String) throws {
    let probe = try Probe.taking(.string)
    #expect(probe.run("{\"input\":{\"x\":\"a\"}}", enveloped: true).description == #"{"x":"a"}"#)
    #expect(probe.run(json, enveloped: true).description == "invalid_input: \(text)")
  }

  @Test func `the rule may change its input`() throws {
    let probe = try Probe(
      "input.list[2] = 'b' input.more = 1 return { x = #input.list }", input: ["list": .list(.string)],
      output: ["x": .integer])
    #expect(probe.told(#"{"list":["a"]}"#) == #"{"x":2}"#)
    #expect(probe.told(#"{"list":["a"]}"#) == #"{"x":2}"#)
  }
}
