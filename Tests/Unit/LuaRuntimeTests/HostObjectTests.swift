internal import Core
internal import LuaRuntime
internal import Testing

@Suite("The host object")
struct HostObjectTests {
  static let calls = ["ledger.balance", "ledger.post", "token.sign"]

  /// A decision that may use `ledger.balance` and gives its answer back.
  static func asking(_ arguments: String = "", uses: [Int] = [0], giving field: Field = .any) throws -> Probe {
    try Probe(
      "return { x = host.ledger.balance(\(arguments)) }", output: ["x": field], calls: calls, uses: uses)
  }

  // MARK: The host's own time

  @Test func `a host that takes longer than there is time is asked no more, whatever the rule does`() throws {
    var rules = Rules("for i = 1, 30 do pcall(host.ledger.balance, {}) end return 1")
    rules.hostCalls = Self.calls
    rules.uses = [0]
    var left: [Duration?] = []
    let host = ScriptedHost { _ in
      left.append(HostCallTime.left)
      let end = ContinuousClock.now + .milliseconds(60)
      while ContinuousClock.now < end {}
      return .value(Array("1".utf8))
    }
    let answer = try rules.machine().decide(limits: RunLimits(deadline: .milliseconds(50)), handler: host)
    #expect(answer.code == "deadline" && host.asked.count == 1, "\(answer.code) \(host.asked.count)")
    let told = try #require(left.first ?? nil)
    #expect(told > .zero && told <= .milliseconds(50))
    #expect(HostCallTime.left == nil)
  }

  // MARK: Time and chance

  @Test func `the clock is what the run was given, and told only when it was read`() throws {
    let reading = try Probe("return { x = host.now, y = host.now }", output: ["x": .integer, "y": .integer])
    let ended = reading.run(now: 1_700_000_000_123)
    #expect(ended.description == #"{"x":1700000000123,"y":1700000000123}"#)
    #expect(ended.outcome.nowMilliseconds == 1_700_000_000_123)
    #expect(try Probe("return {}").run(now: 5).outcome.nowMilliseconds == nil)
  }

  @Test func `a lazy clock reads the wall clock once`() throws {
    let body = "local first = host.now for _ = 1, 200000 do end return { x = host.now - first, y = host.now }"
    let probe = try Probe(body, output: ["x": .integer, "y": .integer])
    let ended = probe.run(now: nil)
    #expect(ended.description.hasPrefix(#"{"x":0,"y":1"#))
    #expect(try #require(ended.outcome.nowMilliseconds) > 1_600_000_000_000)
  }

  @Test func `random numbers follow from the decision's id`() throws {
    let body = "local t = {} for i = 1, 20 do t[i] = host.random(1000000) end return { x = t, y = host.random() }"
    let probe = try Probe(body, output: ["x": .list(.integer), "y": .number])
    let first = probe.run().description
    #expect(first.hasPrefix(#"{"x":["#))
    #expect(probe.run().description == first)
    #expect(try Probe(body, output: ["x": .list(.integer), "y": .number]).run().description == first)
    let ids: [(UInt64, UInt64)] = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (.max, .max)]
    let others = Set(ids.map { probe.run(id: Identifier(high: $0.0, low: $0.1)).description })
    #expect(others.count == ids.count && !others.contains(first))
  }

  @Test func `random numbers keep within what was asked for`() throws {
    let body = """
      local seen = {}
      for _ = 1, 2000 do
        local die, fraction = host.random(6), host.random()
        assert(die >= 1 and die <= 6 and fraction >= 0 and fraction < 1)
        assert(math.type(host.random(math.mininteger, math.maxinteger)) == "integer")
        local back = host.random(-3, -1)
        assert(back >= -3 and back <= -1)
        seen[die] = true
      end
      return { x = #seen, y = host.random(5, 5) }
      """
    #expect(try Probe(body, output: ["x": .integer, "y": .integer]).told() == #"{"x":6,"y":5}"#)
    #expect(try Probe.giving(.any, "host.random(0)").told().hasSuffix("interval is empty)"))
    #expect(try Probe.giving(.any, "host.random(2, 1)").told().hasSuffix("interval is empty)"))
    #expect(try Probe.giving(.any, "host.random(1.5)").told().hasPrefix("runtime: bad argument #1"))
  }

  // MARK: Calls

  @Test(arguments: [
    ("", "[]"), ("'a', 1, true, nil", #"["a",1,true,null]"#), ("{ a = { 1, 2 } }", #"[{"a":[1,2]}]"#),
    ("amount('1 USD/2')", #"[{"asset":"USD/2","minor":100}]"#), ("math.maxinteger, 0.5", "[9223372036854775807,0.5]"),
  ])
  func `a call's arguments reach the host as a list`(lua: String, json: String) throws {
    let host = ScriptedHost(json: "1")
    #expect(try Self.asking(lua).run(host: host).description == #"{"x":1}"#)
    #expect(host.asked == [json])
  }

  @Test(arguments: [
    ("7", "7"), ("0.5", "0.5"), ("\"é\"", "\"é\""), ("[1,2]", "[1,2]"), (#"{"b":1,"a":null}"#, #"{"b":1}"#),
    (#"{"asset":"USD/2","minor":5}"#, #"{"asset":"USD/2","minor":5}"#), ("{}", "{}"),
  ])
  func `the host's answer is the call's result`(answer: String, json: String) throws {
    #expect(try Self.asking().run(host: ScriptedHost(json: answer)).description == "{\"x\":\(json)}")
  }

  @Test func `an amount in an answer is an amount`() throws {
    let body = "return { x = host.ledger.balance() + amount('1 USD/2') }"
    let probe = try Probe(body, output: ["x": .amount], calls: Self.calls, uses: [0])
    let host = ScriptedHost(json: #"{"asset":"USD/2","minor":5}"#)
    #expect(probe.run(host: host).description == #"{"x":{"asset":"USD/2","minor":105}}"#)
  }

  @Test(arguments: [
    ("nonsense", "the host's answer is no JSON"), ("", "the host's answer is empty"),
    ("[1,null]", "field '[2]' is null: a list has no holes"), (#"{"a":1,"a":2}"#, "field 'a' stands twice"),
    (#""a\u0000""#, "the host's answer holds a zero byte"),
    ("18446744073709551615", "the host's answer is beyond 64 bits"),
  ])
  func `an answer that is malformed fails in the rule`(answer: String, text: String) throws {
    #expect(try Self.asking().run(host: ScriptedHost(json: answer)).description == "runtime: \(text)")
  }

  @Test func `an answer over 1 MiB fails in the rule`() throws {
    let host = ScriptedHost(json: "\"" + String(repeating: "a", count: 1 << 20) + "\"")
    #expect(try Self.asking().run(host: host).description == "runtime: the host's answer is over 1 MiB")
  }

  @Test(arguments: [
    ("0/0", "field '[1]' is not a number (NaN)"), ("1, print", "unknown global 'print'"),
    ("1, function() end", "field '[2]' is a function"),
    (#"'\xFF'"#, "field '[1]' is no valid UTF-8 text, or holds a zero byte"),
    ("{ 1, nil, 3 }", "field '[1]' is a list with holes, or mixes places and names"),
    ("('a'):rep(1 << 20)", "the JSON is over 1 MiB"),
    ("(function() local t = {} t.t = t return t end)()", "is nested more than 64 levels, or holds itself"),
  ])
  func `arguments that are no JSON fail in the rule and are never sent`(lua: String, text: String) throws {
    let host = ScriptedHost(json: "1")
    let told = try Self.asking(lua).run(host: host).description
    #expect(told.hasPrefix("runtime: "))
    #expect(told.hasSuffix(text), "\(told)")
    #expect(host.asked.isEmpty)
  }

  @Test func `a call that is not declared is forbidden and never sent`() throws {
    let host = ScriptedHost(json: "1")
    let told = try Self.asking(uses: [1, 2]).run(host: host).description
    #expect(told == "forbidden: host.ledger.balance is not declared in 'uses'")
    #expect(host.asked.isEmpty)
  }

  @Test(arguments: [
    ("host.ledger.steal()", "runtime: unknown host call 'ledger.steal'"),
    ("host.nothing", "runtime: the host has no 'nothing'"),
    ("host[1]", "runtime: the host has no '?'"),
  ])
  func `a call that doesn't exist is named`(lua: String, text: String) throws {
    let probe = try Probe("return { x = \(lua) }", output: ["x": .any], calls: Self.calls, uses: [0])
    #expect(probe.told() == text)
  }

  @Test(arguments: ["host.now = 1", "host.more = 1", "host.ledger.balance = nil", "host.ledger = {}"])
  func `the host can't be changed`(statement: String) throws {
    let probe = try Probe("\(statement) return {}", calls: Self.calls, uses: [0])
    #expect(probe.told().hasPrefix("forbidden: "))
  }

  @Test(arguments: [DecisionErrorCode.conflict, .forbidden, .runtime])
  func `a call that fails keeps the host's code and text`(code: DecisionErrorCode) throws {
    let host = ScriptedHost { _ in .failure(code, "no funds") }
    let told = try Self.asking().run(host: host).description
    #expect(told.hasPrefix("\(code.rawValue): "))
    #expect(told.hasSuffix("host.ledger.balance: no funds"))
  }

  @Test func `a call that refuses ends the decision by its code, without a place`() throws {
    let ended = try Self.asking().run(host: ScriptedHost { _ in .failure(.refused, "limit_exceeded: no more: today") })
    var failure: LuaFailure?
    if case .failure(let told) = ended.outcome.ending { failure = told }
    #expect(failure == LuaFailure(code: .refused, message: "no more: today", reason: "limit_exceeded"))
    let bare = try Self.asking().run(host: ScriptedHost { _ in .failure(.refused, "no funds") })
    #expect(bare.description == "refused: no funds")
  }

  @Test func `an answer that isn't at hand ends the run and can't be caught`() throws {
    let body = "pcall(host.ledger.balance) pcall(host.ledger.balance) return { x = 1 }"
    let probe = try Probe(body, output: ["x": .integer], calls: Self.calls, uses: [0])
    let absent = ScriptedHost { _ in .fetch }
    let ended = probe.run(host: absent)
    #expect(ended.description == "fetch")
    #expect(!ended.outcome.isSpent)
    #expect(absent.asked == ["[]"])
    // The same machine runs it again when the answer is there.
    #expect(probe.run(host: ScriptedHost(json: "1")).description == #"{"x":1}"#)
  }

  @Test func `a host is needed to answer`() throws {
    #expect(try Self.asking().told().hasPrefix("forbidden: host.ledger.balance"))
  }

  // MARK: Outside a decision

  @Test(arguments: ["local now = host.now", "host.ledger.balance()", "local r = host.random()"])
  func `no file can use the host while it loads`(statement: String) {
    let failure = #expect(throws: LuaFailure.self) {
      try Probe("return {}", calls: Self.calls, uses: [0], before: statement)
    }
    #expect(failure?.message.hasSuffix("unknown global 'host'") == true)
  }

  @Test func `the host doesn't outlive its decision`() throws {
    let probe = try Probe(
      "kept = host return {}", calls: Self.calls, uses: [0], before: "local kept")
    #expect(probe.told() == "forbidden: the local 'kept' was changed: nothing may outlive a decision")
  }
}
