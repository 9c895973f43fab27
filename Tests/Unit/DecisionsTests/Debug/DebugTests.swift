import Core
import Decisions
import Rulebook
import Testing

/// Stepping through a decision.
struct DebugTests {
  @Test func `a run is stepped through over, into, out of functions and into the host`() throws {
    var client = try DebugClient()
    client.ask("initialize")
    #expect(client.messages.map { $0["event"] ?? $0["command"] } == ["initialize", "initialized"])
    #expect(client.messages.first?["body"]?["supportsStepBack"] == true)
    client.ask("launch")
    #expect(client.go("configurationDone") == "entry decide:7")
    #expect(client.go("next") == "step decide:8")
    #expect(client.go("stepIn") == "step host.ledger.balance:0")
    #expect(client.variables("Call") == ["arguments = {1}", "answer = {2}"])
    #expect(client.frames.map { $0["name"]?.string } == ["host.ledger.balance", "decide"])
    #expect(client.go("stepOut") == "step decide:9")
    #expect(client.go("stepIn") == "step double:4")
    #expect(client.frames.map { $0["line"]?.integer } == [4, 9])
    #expect(client.variables("Locals") == ["x = 5"])
    #expect(client.go("stepOut") == "step decide:10")
    #expect(client.go("continue") == "end")
    #expect(client.said.count == 1 && client.said[0].hasPrefix("probe.run answered {"))
    #expect(client.said[0].contains(#""total":28"#))
    client.ask("next")
    #expect(client.problem.contains("the run is over"))
  }

  @Test func `going back comes by the same places, each as it was`() throws {
    var client = try DebugClient()
    client.begin()
    var forward: [[String]] = []
    var places = ["\(client.top["name"]?.string ?? "") \(client.top["line"]?.integer ?? 0)"]
    forward.append(client.top["id"] == 1 ? [] : client.variables("Locals"))
    while client.go("stepIn") != "end" {
      places.append("\(client.top["name"]?.string ?? "") \(client.top["line"]?.integer ?? 0)")
      forward.append(client.top["id"] == 1 ? [] : client.variables("Locals"))
    }
    var again = try DebugClient()
    again.begin()
    for _ in 1..<places.count { again.go("stepIn") }
    var back: [[String]] = []
    var way: [String] = []
    for _ in places {
      way.append("\(again.top["name"]?.string ?? "") \(again.top["line"]?.integer ?? 0)")
      back.append(again.top["id"] == 1 ? [] : again.variables("Locals"))
      again.go("stepBack")
    }
    #expect(way == places.reversed())
    #expect(back == forward.reversed())
    #expect(again.go("stepBack") == "entry decide:7")
  }

  @Test func `continuing backwards leads to the breakpoint before, or to the host call`() throws {
    var client = try DebugClient()
    client.begin()
    client.stop(at: [["line": 12]])
    #expect(client.go("continue") == "breakpoint decide:12")
    #expect(client.go("continue") == "breakpoint decide:12")
    #expect(client.variables("Locals").contains("i = 2"))
    #expect(client.go("reverseContinue") == "breakpoint decide:12")
    #expect(client.variables("Locals").contains("i = 1"))
    client.ask("setExceptionBreakpoints", ["filters": ["host"]])
    #expect(client.go("reverseContinue") == "exception host.ledger.balance:0")
    #expect(client.go("reverseContinue") == "entry decide:7")
    #expect(client.go("continue") == "exception host.ledger.balance:0")
  }

  @Test func `a breakpoint may have a condition, count passes, or only say something`() throws {
    var client = try DebugClient()
    client.begin()
    let set = client.stop(at: [
      ["line": 12, "condition": "part == 6"], ["line": 12, "hitCondition": "3"],
      ["line": 11, "logMessage": "pass {i} of {input.citizen.name}: {nothing.at.all}"],
      ["line": 4_000], ["line": 12, "hitCondition": "often"],
    ])
    #expect(set.map { $0["verified"] } == [true, true, true, false, false])
    #expect(client.go("continue") == "breakpoint decide:12")
    #expect(client.variables("Locals").contains("i = 2"))
    #expect(client.go("continue") == "breakpoint decide:12")
    #expect(client.variables("Locals").contains("i = 3"))
    client.ask("restart")
    #expect(client.problem.contains("isn't offered"))
    var other = try DebugClient()
    other.begin()
    other.stop(at: [
      ["line": 11, "logMessage": "pass {i} of {input.citizen.name}"], ["line": 12, "condition": "oh no"],
    ])
    other.ask("continue")
    #expect(other.said.prefix(2).first == "pass 1 of anna\n")
    #expect(other.said.filter { $0.hasPrefix("pass") }.count == 3)
    #expect(other.said.contains { $0.contains("the condition 'oh no' can't be evaluated") })
    #expect(other.stop(at: [["line": 1]], in: "/elsewhere/other.lua").map { $0["verified"] } == [false])
  }

  @Test(arguments: [
    ("input.value", "5"), ("input.value * 2 + 1", "11"), ("policy.most", "80"),
    ("input.citizen.name .. '!'", "\"anna!\""),
    ("input.value > policy.most", "false"), ("#input.citizen.name", "4"), ("input.citizen", "{1}"), ("nope", "nil"),
    ("input.value == 5 and 'yes' or 'no'", "\"yes\""), ("double", "a function"),
  ])
  func `an expression is evaluated where the run stands`(_ expression: String, _ result: String) throws {
    var client = try DebugClient()
    client.begin()
    #expect(client.evaluate(expression) == result)
  }

  @Test(arguments: [
    "double(2)", "host.ledger.balance('pool:one')", "(function() while true do end end)()", "input:x()", "{ 1 }",
    "input.citizen.name.first.letter", "1 +", "x = 1", "input.value end do",
    "error('no')", "string.rep('x', 1e9)",
  ])
  func `what would call or change something is not evaluated, and the run goes on`(_ expression: String) throws {
    var client = try DebugClient()
    client.begin()
    _ = client.evaluate(expression)
    #expect(!client.problem.isEmpty, "\(expression)")
    #expect(client.go("next") == "step decide:8")
    #expect(client.evaluate("input.value") == "5")
  }

  @Test func `locals, upvalues and the input are shown with what is in them`() throws {
    var client = try DebugClient()
    client.begin()
    client.stop(at: [["line": 14]])
    client.go("continue")
    let locals = client.variables("Locals")
    #expect(locals == ["input = {2}", "host = {1}", "balance = {2}", "total = 28"] || locals.count == 4, "\(locals)")
    #expect(client.variables("Upvalues").contains("policy = {2}"))
    #expect(client.variables("Input") == ["value = 5", "citizen = {1}"])
    let scopes = client.ask("scopes", ["frameId": 2])["scopes"]?.array ?? []
    let input = client.children(scopes[2]["variablesReference"] ?? 0)
    let citizen = client.children(input[1]["variablesReference"] ?? 0)
    #expect(citizen.first?["value"] == "\"anna\"")
    client.go("stepBack")
    client.ask("variables", ["variablesReference": 400])
    #expect(client.problem.contains("no such variables"))
  }

  @Test func `a value of the input is changed, and the run becomes a what if that says so`() throws {
    var client = try DebugClient()
    client.begin()
    client.stop(at: [["line": 12]])
    client.go("continue")
    let changed = client.set("value", to: "7", in: "Input")
    #expect(changed["value"] == "7")
    #expect(client.said == ["what if: input.value = 7; the run begins anew, and isn't the recorded one any more\n"])
    #expect(client.messages.last?["body"]?["reason"] == "entry")
    #expect(client.frames.first?["line"] == 7)
    #expect(client.variables("Input") == ["value = 7", "citizen = {1}"])
    #expect(client.go("continue") == "breakpoint decide:12", "breakpoints stay")
    #expect(client.evaluate("input.value") == "7")
    client.stop(at: [])
    #expect(client.go("continue") == "end")
    #expect(client.said.count == 1 && client.said[0].hasPrefix("what if: probe.run answered {"))
    #expect(client.said[0].contains(#""total":32"#), "\(client.said)")
  }

  @Test func `what lies deeper in the input is changed, too`() throws {
    var client = try DebugClient()
    client.begin()
    let scopes = client.ask("scopes", ["frameId": 2])["scopes"]?.array ?? []
    let citizen = client.children(scopes[2]["variablesReference"] ?? 0)[1]
    client.ask(
      "setVariable",
      ["variablesReference": citizen["variablesReference"] ?? 0, "name": "name", "value": #""bruno""#])
    #expect(client.said.first?.hasPrefix(#"what if: input.citizen.name = "bruno""#) == true, "\(client.problem)")
    #expect(client.go("continue") == "end")
    #expect(client.said[0].contains(#""name":"bruno""#))
  }

  @Test(arguments: [
    ("Input", "value", "many", "no JSON"), ("Input", "value", #""many""#, "no line of a rule is run"),
    ("Input", "nothing", "1", "has no 'nothing'"), ("Locals", "input", "1", "only a value of the input"),
    ("Input", "value", String(repeating: "1", count: 5_000), "at most"),
  ])
  func `what can't be changed is refused, and the run stands where it stood`(
    scope: String, name: String, value: String, problem: String
  ) throws {
    var client = try DebugClient()
    client.begin()
    client.go("next")
    client.set(name, to: value, in: scope)
    #expect(client.problem.contains(problem), "\(client.problem)")
    #expect(client.top["line"] == 8 && client.evaluate("input.value") == "5")
    #expect(client.go("continue") == "end")
    #expect(client.said.first?.hasPrefix("probe.run answered {") == true, "it is the recorded run still")
  }

  @Test func `sources come from the stored rulebook`() throws {
    var client = try DebugClient()
    client.begin()
    let sources = client.ask("loadedSources")["sources"]?.array ?? []
    #expect(sources.map { $0["path"] } == ["plugins/probe/plugin.lua", "policies/probe.lua"])
    let text = client.ask("source", ["sourceReference": sources[1]["sourceReference"] ?? 0])
    #expect(text["content"] == .string(DebugClient.policy))
    #expect(client.top["source"]?["sourceReference"] == sources[0]["sourceReference"])
    client.ask("source", ["sourceReference": 40])
    #expect(client.problem == "the rulebook has no such file")
    #expect(client.ask("threads")["threads"]?.array?.first?["name"] == "probe.run")
  }

  @Test func `it stops at a refusal, at a call of one name, and at the first line that reads a field`() throws {
    var client = try DebugClient(value: 90)
    client.begin()
    let set = client.ask("setExceptionBreakpoints", ["filters": ["refusal", "odd", "read"]])["breakpoints"]?.array
    #expect(set?.map { $0["verified"] } == [true, false, false])
    client.go("stepIn")
    var other = try DebugClient(value: 90)
    other.ask("initialize")
    other.ask("setExceptionBreakpoints", ["filters": ["refusal"]])
    other.ask("launch", ["stopOnEntry": false])
    #expect(other.go("configurationDone") == "exception decide:7")
    var reading = try DebugClient()
    reading.begin()
    reading.ask(
      "setExceptionBreakpoints",
      [
        "filterOptions": [
          ["filterId": "read", "condition": "probe.factor"], ["filterId": "host", "condition": "no.call"],
        ]
      ])
    #expect(reading.go("continue") == "exception decide:11")
    #expect(reading.variables("Locals").contains("i = 1"))
    reading.ask("setExceptionBreakpoints", ["filterOptions": [["filterId": "read", "condition": "citizen.name"]]])
    #expect(reading.go("continue") == "exception decide:14")
  }

  @Test func `every shipped decision can be gone through to its end and back to its beginning`() throws {
    let world = try ShippedInputs.world()
    let money = HeldMoney(
      from: try #require(AccountName("reserve:ducats")), to: try #require(AccountName("citizen:alice")),
      amount: Amount(100_000, try #require(Asset("DUC/2"))))
    let holds = [try #require(Identifier(ShippedInputs.hold)): money]
    for record in world.records where record.failure?.code != .invalidInput {
      var client = try DebugClient(record, by: world.rulebook, holds: holds)
      client.begin()
      let start = client.variables("Locals")
      if client.go("stepIn") == "end" { continue }
      client.go("stepBack")
      #expect(client.variables("Locals") == start, "\(record.point)")
      client.ask("setExceptionBreakpoints", ["filters": ["host", "refusal"]])
      var stops = 0
      while client.go("continue") != "end", stops < 200 { stops += 1 }
      // A run that is refused on its first line has stopped there already.
      let calls = record.calls.count
      #expect(stops == calls || record.result == nil && stops == calls + 1, "\(record.point)")
    }
  }

  @Test func `a record that was changed, or is run by other rules, is not gone through`() throws {
    let rulebook = try RecordedWorld.shipped()
    let world = try RecordedWorld(rulebook)
    var record = try world.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    record.result = ["tier": "observer"]
    let forged = record
    #expect(throws: HistoryReason.self) { try DebugClient(forged, by: rulebook) }
    record = try world.decide("tier.assign", #"{"social_class":1}"#)
    let unread = record
    #expect(throws: HistoryReason.self) { try DebugClient(unread, by: rulebook) }
  }

  @Test func `messages come in pieces, and what is none ends the session`() throws {
    let request: JSON = ["seq": 1, "type": "request", "command": "threads"]
    let bytes = DebugMessages.framed(request) + DebugMessages.framed(request)
    var messages = DebugMessages()
    var taken: [JSON] = []
    for byte in bytes { taken += try messages.take([byte]) }
    #expect(taken == [request, request])
    for text in [
      "Content-Length: 9000000\r\n\r\n", "Length: 3\r\n\r\nabc", "Content-Length: 3\r\n\r\nabc",
      String(repeating: "x", count: 5_000),
    ] {
      #expect(throws: UsageError.self) {
        var messages = DebugMessages()
        _ = try messages.take(Array(text.utf8))
      }
    }
  }
}
