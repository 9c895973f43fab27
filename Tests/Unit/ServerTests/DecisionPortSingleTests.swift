import Core
import Decisions
import LuaRuntime
import Rulebook
@testable import Server
import Synchronization
import Testing
import Tokens

/// Single decisions, and who may ask for what.
struct DecisionPortSingleTests {
  @Test func `a decision is answered with its id, its generation and its result`() async throws {
    try await DecisionPortFixture.serving { port in
      let (first, second) = try await port.talking { client throws in
        (try client.ask(Ask.double(21)), try client.ask(Ask.double(4)))
      }
      #expect(first.status == 200)
      #expect(first.field("content-type") == "application/json")
      #expect(first.json.object?.members.map(\.name) == ["decision_id", "generation", "result"])
      #expect(first.json["generation"] == 7)
      #expect(first.json["result"]?["value"] == 42)
      #expect(first.json["decision_id"]?.string.flatMap { Identifier($0) } != nil)
      #expect(first.json["decision_id"] != second.json["decision_id"])
      #expect(second.json["result"]?["value"] == 8)
    }
  }

  @Test(arguments: [
    ("probe.double", #"{"input":{"value":"one"}}"#, 422, "invalid_input"),
    ("probe.double", #"{"input":{"value":1,"more":2}}"#, 422, "invalid_input"),
    ("probe.double", "", 422, "invalid_input"), ("probe.double", "{", 422, "invalid_input"),
    ("probe.double", #"{"value":1}"#, 422, "invalid_input"), ("probe.double", "[]", 422, "invalid_input"),
    ("probe.double", #"{"input":{"value":1}} x"#, 422, "invalid_input"),
    ("probe.double", #"{"input":{"value":1},"input":{"value":1}}"#, 422, "invalid_input"),
    ("probe.wrong", #"{"input":{}}"#, 500, "invalid_output"), ("probe.broken", #"{"input":{}}"#, 500, "runtime"),
    ("probe.hungry", #"{"input":{}}"#, 503, "memory_exhausted"),
    ("probe.spin", #"{"input":{}}"#, 503, "fuel_exhausted"),
    ("probe.undeclared", #"{"input":{}}"#, 403, "forbidden"), ("probe.refuse", #"{"input":{}}"#, 409, "refused"),
    ("probe.unknown", #"{"input":{}}"#, 404, "unknown_decision"),
  ])
  func `a failure has its code, its status and its generation`(
    point: String, body: String, status: Int, code: String
  ) async throws {
    var limits = RunLimits(fuel: 3_000_000, deadline: .seconds(20))
    if point == "probe.hungry" { limits.fuel = .max }
    try await DecisionPortFixture.serving(runLimits: limits) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let response = try client.ask(Ask.decision(point, body))
        #expect(response.status == status)
        #expect(response.code == code, "\(response.text)")
        #expect(response.field("content-type") == "application/problem+json")
        #expect(response.json["generation"] == 7)
        #expect(response.json["detail"]?.string?.isEmpty == false)
        #expect(response.json["status"] == .integer(Int64(status)))
        if code != "unknown_decision" {
          #expect(response.json["decision_id"]?.string.flatMap { Identifier($0) } != nil)
          #expect(response.json["cost"]?["fuel"]?.integer != nil)
          #expect(response.json["cost"]?["nanoseconds"]?.integer != nil)
        }
        // The connection, and the lane behind it, go on.
        #expect(try client.ask(Ask.double(3)).json["result"]?["value"] == 6)
      }
    }
  }

  @Test func `a rule that spends its deadline doesn't break the lane`() async throws {
    let limits = RunLimits(fuel: .max, deadline: .milliseconds(20))
    try await DecisionPortFixture.serving(runLimits: limits) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        for value in 1...5 {
          let late = try client.ask(Ask.decision("probe.spin", #"{"input":{}}"#))
          #expect(late.status == 503)
          #expect(late.code == "deadline")
          #expect(late.json["cost"]?["nanoseconds"]?.integer ?? 0 >= 20_000_000)
          #expect(try client.ask(Ask.double(value)).json["result"]?["value"] == .integer(Int64(2 * value)))
        }
      }
      let statistics = await port.lanes.statistics()
      #expect(statistics.replacedMachines == 5)
      #expect(statistics.decided == 5)
      #expect(statistics.failed.reduce(0, +) == 5)
    }
  }

  @Test func `a rule's refusal keeps the rule's own words`() async throws {
    try await DecisionPortFixture.serving { port in
      let response = try await port.talking { try $0.ask(Ask.decision("probe.refuse", #"{"input":{}}"#)) }
      #expect(response.json["reason"] == "too_poor")
      #expect(response.json["detail"]?.string?.contains("nothing to pay with") == true)
    }
  }

  @Test func `a rule asks the host for what it declared`() async throws {
    try await DecisionPortFixture.serving { port in
      let response = try await port.talking { client throws in
        try client.ask(Ask.decision("probe.balance", #"{"input":{"account":"citizen:nobody"}}"#))
      }
      #expect(response.json["result"]?["known"] == false)
    }
  }

  // MARK: For operators

  @Test func `a decision for operators answers nobody else, alone or in a batch`() async throws {
    let citizens = try OperatorFixture.token(.access).text
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let asking: [([String], Int, String?)] = [
          ([], 401, "unauthorized"), (["Authorization: Bearer x"], 401, "invalid_token"),
          (["Authorization: Basic \(port.token.secret)"], 401, "unauthorized"),
          (["Authorization: Bearer \(citizens)"], 403, "forbidden"), ([port.bearer], 200, nil),
        ]
        for (fields, status, code) in asking {
          let single = try client.ask(Ask.decision("probe.secret", #"{"input":{"value":2}}"#, fields))
          #expect((single.status, single.code) == (status, code))
          #expect(single.json["result"]?["value"] == (status == 200 ? 6 : nil), "\(single.text)")
          let batch = try client.ask(Ask.batch("probe.secret", #"{"value":2}"# + "\n", fields))
          #expect(batch.status == status)
          #expect(status != 200 || batch.lines.first?["result"]?["value"] == 6, "\(batch.text)")
        }
      }
    }
  }

  @Test func `of the shipped rules nobody but operators is told what an account has that they name`() async throws {
    let rules = try GraphFixture.shipped()
    let rulebook = try RulebookLoader.load(rules, runSpecs: false)
    let open = rulebook.decisions.filter { $0.uses.contains(.balance) && !$0.needsOperator }
    // One says of the reserve and of a citizen's day no more than whether they cover an uplift; what a sprint has left
    // is for everybody to see.
    #expect(Set(open.map(\.name)) == ["bridge.quote", "sprint.burndown"])
    let files = Dictionary(
      uniqueKeysWithValues: rules.files.map { ($0.text, String(decoding: $1, as: UTF8.self)) })
    try await DecisionPortFixture.serving(files: files) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let reverse = """
          {"input":{"payment":"p","charge":"9.00 USD/2","lost":"9.00 USD/2","lost_before":"0.00 USD/2","postings":[\
          {"transfer":"t","from":"world","to":"citizen:anna","amount":"9.00 USD/2"}]}}
          """
        let point = "payment.reverse"
        #expect(try client.ask(Ask.decision(point, reverse)).status == 401)
        #expect(try client.ask(Ask.batch(point, "{}\n")).status == 401)
        #expect(try client.ask(Ask.decision(point, reverse, [port.bearer])).status != 401)
      }
    }
  }

  // MARK: Effects

  private static let payment = #"{"input":{"from":"citizen:somebody","amount":"1.00 USD/2"}}"#
  private static let key = "018bcfe5-6800-7000-8000-00000000000a"

  @Test func `a decision with effects wants an operator's token, a UUID as its key, and to be alone`() async throws {
    let effects = FakeEffects()
    try await DecisionPortFixture.serving(effects: effects) { port in
      let bearer = "Authorization: Bearer \(port.token.secret)"
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        func ask(_ fields: [String]) throws -> (Int, String?) {
          let response = try client.ask(Ask.decision("probe.pay", Self.payment, fields))
          return (response.status, response.code)
        }
        #expect(try ask(["Idempotency-Key: \(Self.key)"]) == (401, "unauthorized"))
        #expect(try ask(["Idempotency-Key: \(Self.key)", "Authorization: Bearer x"]) == (401, "invalid_token"))
        let basic = "Authorization: Basic \(port.token.secret)"
        #expect(try ask(["Idempotency-Key: \(Self.key)", basic]) == (401, "unauthorized"))
        #expect(try ask([bearer]) == (422, "invalid_input"))
        #expect(try ask([bearer, "Idempotency-Key: mine"]) == (422, "invalid_input"))
        let batch = try client.ask(
          Ask.batch("probe.pay", "{}\n", [bearer, "Idempotency-Key: \(Self.key)"]))
        #expect((batch.status, batch.code) == (422, "invalid_input"))
        #expect(try ask([bearer, "Idempotency-Key: \(Self.key)"]) == (200, nil))
      }
      let asked = effects.asked.withLock { $0 }
      #expect(asked.map(\.key?.description) == [Self.key])
      // The record says who asked, by the token that let the request in.
      #expect(asked.first?.requester.hasPrefix("operator:") == true)
      #expect(asked.first?.input == .sent(Array(Self.payment.utf8)))
    }
  }

  @Test func `without a ledger a decision with effects is unavailable`() async throws {
    try await DecisionPortFixture.serving { port in
      let response = try await port.talking { client throws in
        try client.ask(
          Ask.decision(
            "probe.pay", Self.payment, ["Authorization: Bearer \(port.token.secret)", "Idempotency-Key: \(Self.key)"]))
      }
      #expect((response.status, response.code) == (503, "unavailable"))
    }
  }

  @Test func `what follows a commit waits for it, and a client that leaves takes nothing along`() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    let effects = FakeEffects(gate: gates)
    try await DecisionPortFixture.serving(effects: effects) { port in
      let fields = ["Authorization: Bearer \(port.token.secret)", "Idempotency-Key: \(Self.key)"]
      let pay = Ask.decision("probe.pay", Self.payment, fields)
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(pay + Ask.double(5))
        // Another connection is served meanwhile.
        #expect(try port.client().ask(Ask.double(1)).status == 200)
        gate.yield()
        #expect(try client.response().json["decision_id"]?.string == Self.key)
        #expect(try client.response().json["result"]?["value"] == 10)
      }
      // This one is gone before its commit.
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(pay)
        while effects.asked.withLock({ $0.count }) < 2 { _ = try port.client().ask(Ask.double(1)) }
      }
      gate.yield()
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        for value in 1...20 { #expect(try client.ask(Ask.double(value)).status == 200) }
      }
    }
  }

  // MARK: Reload in the middle of a request

  @Test func `a reload between head and body decides by the new rulebook, also when the numbers moved`() async throws {
    try await DecisionPortFixture.serving { port in
      var files = DecisionPortSamples.files
      // Sorted before the others, so that every decision gets another number.
      files["plugins/first/plugin.lua"] = """
        return { name = "first", version = "1.0.0", decisions = { ["a.first"] = {
          input = { value = "integer" }, output = { value = "integer" },
          decide = function() return { value = 0 } end } } }

        """
      let body = #"{"input":{"value":8}}"#
      let head = Ask.head("POST", "/v1/decisions/probe.double", ["Content-Length: \(body.utf8.count)"])
      let client = try port.client()
      try await ClientThreads.run {
        #expect(try client.ask(Ask.double(1)).json["generation"] == 7)
        try client.send(head + "{")
        // Its own lane has seen the head when a later request of that lane is answered: try both.
        for _ in 1...4 { _ = try port.client().ask(Ask.double(1)) }
      }
      try await port.install(files, number: 8)
      try await ClientThreads.run {
        try client.send(String(body.dropFirst()))
        let response = try client.response()
        #expect(response.json["generation"] == 8)
        #expect(response.json["result"]?["value"] == 16)
        try client.send(head + "{")
        for _ in 1...4 { _ = try port.client().ask(Ask.double(1)) }
      }
      // Now the decision goes away.
      files["plugins/probe/plugin.lua"] = nil
      try await port.install(files, number: 9)
      try await ClientThreads.run {
        try client.send(String(body.dropFirst()))
        #expect(try client.response().code == "unknown_decision")
        #expect(try client.ask(Ask.decision("a.first", body)).json["result"]?["value"] == 0)
      }
    }
  }
}
