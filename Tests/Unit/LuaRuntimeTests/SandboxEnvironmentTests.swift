internal import Core
internal import LuaRuntime
internal import Testing

/// What a rule finds, to the last name.
struct SandboxEnvironmentTests {
  static let contents = [
    "_ENV": """
    account amount assert error getmetatable ipairs math next note pairs pcall require select setmetatable string \
    table tonumber tostring type utf8 xpcall
    """,
    "math": """
    abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad sin sqrt \
    tan tointeger type ult
    """,
    "string": "byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
    "table": "concat insert move pack remove sort unpack",
    "utf8": "char charpattern codepoint codes len offset",
  ]

  @Test(arguments: contents.keys.sorted())
  func `the environment holds these names and no other`(table: String) throws {
    let body = "local names = {} for name in pairs(\(table)) do names[#names + 1] = name end return names"
    let answer = try Rules(body).decide()
    let names = try #require(JSON(parsing: answer.result).array).compactMap(\.string)
    #expect(names.joined(separator: " ") == Self.contents[table], "\(answer.message)")
  }

  @Test func `the host holds its clock, chance and the calls it was given`() throws {
    var rules = Rules("local names = {} for name in pairs(host) do names[#names + 1] = name end return names")
    #expect(try rules.decide().result == #"["random"]"#)
    rules.hostCalls = ["ledger.balance", "ledger.post", "graph.metrics"]
    #expect(try rules.decide().result == #"["graph","ledger","random"]"#)
    rules.body = "return math.type(host.now)"
    #expect(try rules.decide().result == #""integer""#)
  }

  @Test(arguments: [
    "load", "loadstring", "loadfile", "dofile", "collectgarbage", "debug", "io", "os", "package", "coroutine", "print",
    "rawset", "rawget", "rawequal", "rawlen", "_G", "_VERSION", "warn",
  ])
  func `an absent global is told by its name`(name: String) throws {
    let answer = try Rules("return \(name)").decide()
    #expect(answer.code == "runtime")
    #expect(answer.message == "plugins/rules/plugin.lua:3: rule.decide: unknown global '\(name)'")
  }

  @Test(arguments: [
    ("tostring({})", #""table""#), ("tostring(pairs)", #""function""#), ("tostring(host)", #""table""#),
    ("tostring(function() end)", #""function""#), ("string.format('%s', {})", #""table""#),
    ("tostring(nil)", #""nil""#), ("tostring(1/0)", #""inf""#), ("tostring(0/0)", #""nan""#),
    ("tostring(-(0/0))", #""nan""#), ("tostring(2^53)", #""9.007199254741e+15""#), ("tostring(3)", #""3""#),
    ("tostring(3.0)", #""3.0""#), ("getmetatable('')", "false"), ("getmetatable(string)", "false"),
    ("getmetatable(_ENV)", "false"), ("getmetatable(host)", "false"), ("getmetatable({}) == nil", "true"),
    ("next({ b = 1, a = 2 })", #""a""#), ("next({}) == nil", "true"), ("10 == '10'", "false"),
    ("math.maxinteger + 1 == math.mininteger", "true"), ("('x'):upper()", #""X""#), ("#'abc'", "3"),
    ("('É'):lower()", #""É""#), ("'a' < 'B'", "false"), ("string.format('%.3f', 1.5)", #""1.500""#),
  ])
  func `values are shown the same everywhere`(expression: String, shown: String) throws {
    #expect(try Rules("return (\(expression))").decide().result == shown)
  }

  @Test func `pairs goes by numbers, then by bytes`() throws {
    let body = """
      local t, s = { z = 1, a = 1, B = 1, [10] = 1, [2] = 1, [-1] = 1, [1.5] = 1, ["é"] = 1, [""] = 1 }, {}
      for k in pairs(t) do s[#s + 1] = tostring(k) end
      return table.concat(s, " ")
      """
    #expect(try Rules(body).decide().result == #""-1 1.5 2 10  B a z é""#)
  }

  @Test func `pairs may change what it walks`() throws {
    let body = """
      local t, seen = { a = 1, b = 2, c = 3 }, {}
      for k in pairs(t) do t[k] = nil t.b = nil t.later = 1 seen[#seen + 1] = k end
      return seen
      """
    #expect(try Rules(body).decide().result == #"["a","c"]"#)
  }

  @Test(arguments: ["for _ in pairs({ [{}] = 1 }) do end", "next({ [true] = 1 })", "next({ 1, 2 }, 1)"])
  func `an order that isn't fixed is an error`(body: String) throws {
    let answer = try Rules(body).decide()
    #expect(answer.code == "runtime", "\(answer.result)")
  }

  @Test func `chance is the decision's own and repeats with it`() throws {
    let rules = Rules("return { host.random(1000000), host.random(1000000), host.random() }")
    let machine = try rules.machine()
    let first = machine.decide().result
    #expect(machine.decide().result == first)
    #expect(try rules.decide().result == first)
  }
}
