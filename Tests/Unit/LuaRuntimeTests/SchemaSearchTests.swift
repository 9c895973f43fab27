internal import Core
internal import LuaRuntime
internal import Testing

/// A schema with many options, fields or forms takes no longer than what it costs.
struct SchemaSearchTests {
  /// More fields and options than are gone through one by one, in an order that isn't theirs.
  private static let names = (0..<300).map { "n\($0 * 7919 % 300)" }

  private func cost(_ ended: Ended) -> UInt64 { ended.outcome.cost.fuel }

  @Test func `each of many options is found, and nothing else`() throws {
    let field = Field(.options, Self.names.map { ($0, .any) })
    let probe = try Probe.echo(.list(field))
    let all = "[\(Self.names.sorted().map { "\"\($0)\"" }.joined(separator: ","))]"
    #expect(probe.told("{\"x\":\(all)}") == "{\"x\":\(all)}")
    for other in ["", "n", "n3000", "n30", "n300", "N1", "n1 ", "zz", "\u{1}"] where !Self.names.contains(other) {
      #expect(probe.told("{\"x\":[\"\(other == "\u{1}" ? "\\u0001" : other)\"]}").contains("is none of its options"))
    }
    let giving = try Probe.giving(field, "'n300'")
    #expect(giving.told().contains("is none of its options"))
  }

  @Test func `each of many numbers is found, and nothing between them`() throws {
    let values = (0..<200).map { Double($0 * 7919 % 200) - 99.5 }
    let field = Field(.numbers, values.map { ("", Field.number.within($0, nil)) })
    let probe = try Probe.taking(.list(field), "tostring(#input.x)")
    let all = values.map { "\($0)" }.joined(separator: ",")
    #expect(probe.told("{\"x\":[\(all)]}") == #"{"x":"200"}"#)
    for other in ["-100", "100.5", "0", "0.25", "-99.6", "1e300", "-1e300", "9223372036854775807"] {
      #expect(probe.told("{\"x\":[\(other)]}").contains("is none of its options"), "\(other)")
    }
  }

  @Test func `a record's many fields are found in any order`() throws {
    let record = Field.record(Dictionary(uniqueKeysWithValues: Self.names.map { ($0, Field.integer.optional) }))
    let probe = try Probe.taking(record, "tostring(input.x.n0 + input.x.n299)")
    for names in [Self.names, Self.names.sorted(), Self.names.sorted().reversed(), ["n299", "n0"]] {
      let members = names.map { "\"\($0)\":\($0.dropFirst())" }.joined(separator: ",")
      #expect(probe.told("{\"x\":{\(members)}}") == #"{"x":"299"}"#)
    }
    #expect(probe.told(#"{"x":{"n300":1}}"#).contains("unknown field 'n300'"))
    #expect(probe.told(#"{"x":{"n1":1,"n1":2}}"#).contains("stands twice"))
  }

  @Test(arguments: [
    (Field(.options, (0..<5000).map { ("o\($0)", .any) }), "\"o4999\",\"o2500\""),
    (Field(.numbers, (0..<5000).map { ("", Field.number.within(Double($0), nil)) }), "4999,2500"),
  ])
  func `one of many options costs what looking for it takes`(field: Field, pair: String) throws {
    let probe = try Probe("return {}", input: ["x": .list(field)])
    let list = Array(repeating: pair, count: 2000).joined(separator: ",")
    let ended = probe.run("{\"x\":[\(list)]}")
    #expect(ended.description == "{}" && cost(ended) > 4000 * 6, "\(ended) \(cost(ended))")
  }

  /// Forms in forms, of which none fits before the innermost value is looked at.
  private func nested(_ depth: Int) -> Field {
    depth == 0 ? .integer : .anyOf(.list(nested(depth - 1)), .list(nested(depth - 1)))
  }

  @Test func `forms in forms cost each time that a value is held against one`() throws {
    let probe = try Probe("return {}", input: ["x": nested(11)])
    let deep = String(repeating: "[", count: 11) + "\"s\"" + String(repeating: "]", count: 11)
    #expect(cost(probe.run("{\"x\":\(deep)}")) > 1 << 13)
    let short = String(repeating: "[", count: 11) + "1" + String(repeating: "]", count: 11)
    #expect(cost(probe.run("{\"x\":\(short)}")) < 1 << 10)
  }

  @Test func `many values of many forms cost each of them`() throws {
    let few = Field.anyOf(.boolean, .date, .amount, .record([:]))
    let probe = try Probe("return {}", input: ["x": .list(.anyOf(few, few, few, few, few, few, few, .integer))])
    let list = Array(repeating: "1", count: 40_000).joined(separator: ",")
    let ended = probe.run("{\"x\":[\(list)]}")
    #expect(ended.description.hasPrefix("fuel_exhausted"), "\(ended) \(cost(ended))")
  }

  @Test func `a long text that is held against many forms costs its length each time`() throws {
    let forms = (1...7).map { Field.string.from(nil, to: Int64($0)) }
    let probe = try Probe(
      "return {}", input: ["x": Field(.anyOf, (forms + [.string]).map { ("", $0) })])
    let text = String(repeating: "x", count: 1 << 19)
    #expect(cost(probe.run("{\"x\":\"\(text)\"}")) > 7 * (1 << 19) / 16)
    let giving = try Probe(
      "return { x = ('x'):rep(524288) }", output: ["x": Field(.anyOf, (forms + [.string]).map { ("", $0) })])
    #expect(cost(giving.run()) > 7 * (1 << 19) / 16)
  }
}
