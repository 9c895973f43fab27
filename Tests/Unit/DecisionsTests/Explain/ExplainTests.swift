import Core
import Decisions
import LuaRuntime
import Rulebook
import Testing

/// Explanations of shipped decisions, held against what a reader of the rules would say.
struct ExplainTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var point: String
    var input: String
    /// Texts that must stand in the explanation.
    var wanted: [String]
    var balances: [String: String] = [:]

    var testDescription: String { "\(point) \(input.prefix(60))" }
  }

  private static func grant(_ level: String) -> String {
    #"{"citizen":{"username":"anna"},"measurement":{"level":\#(level)},"tier":"creator","permissions":["b"]}"#
  }

  private static func quote(_ side: String, _ minor: Int, _ asset: String, _ more: String = "") -> String {
    #"{"side":"\#(side)","amount":{"asset":"\#(asset)","minor":\#(minor)},"level":0.5\#(more)}"#
  }

  private static func spend(_ minor: Int, reason: String = "work", payee: String = "citizen:anna") -> String {
    #"""
    {"sprint":"s1","envelope":"team","week":1,"reason":"\#(reason)","payee":"\#(payee)",
    "amount":{"asset":"DUC/2","minor":\#(minor)}}
    """#
  }

  private static let team = ["sprint:s1:team": #"{"asset":"DUC/2","minor":5000}"#]

  static let cases: [Case] = [
    Case(
      point: "access.grant", input: grant("0.4477"),
      wanted: [
        "access.grant answered", "because level 0.4477 < step.below 0.618", "consciousness_tiers[3].below = 0.618",
        "lifetime_seconds = 1800 — Lifetime of an access token.",
        "who may change that: the council of citizens, by vote;",
        "nearly: step.below 0.382 <= level 0.4477: short by 0.0657",
      ]),
    Case(
      point: "access.grant", input: grant("0.7"),
      wanted: [#"consciousness_tiers[4].tier = "achieved""#, "nearly: step.below 0.618 <= level 0.7: short by 0.082"]),
    Case(
      point: "access.grant",
      input: #"{"citizen":{"username":""},"measurement":{"level":0.5},"tier":"a","permissions":[]}"#,
      wanted: ["refused (unnamed_citizen): a token needs a citizen's name", #"because citizen.username "" == """#]),
    Case(
      point: "tier.assign", input: #"{"social_class":"Cittadini","influence":450}"#,
      wanted: [
        #"tiers.Cittadini.tier = "creator""#, "tiers.Cittadini.usd_per_month = 499", "because 100 < value 450",
        "nearly: value 450 <= 500: short by 50",
      ]),
    Case(
      point: "tier.assign", input: #"{"social_class":"Clero"}"#,
      wanted: [#"other.tier = "observer""#, "value 0 <= 100"]),
    Case(
      point: "tiers.promote", input: #"{"social_class":"Facchini","influence":9000}"#,
      wanted: [
        "nearly: fact 9000 <= rule.above 10000: short by 1000", #"because name "Facchini" == class "Facchini""#,
      ]),
    Case(
      point: "tiers.promote", input: #"{"social_class":"Facchini","influence":10001}"#,
      wanted: ["because rule.above 10000 < fact 10001", #""promoted":true"#]),
    Case(
      point: "bridge.quote", input: quote("sell", 50, "DUC/2"),
      wanted: [
        "refused (below_minimum)", "because wanted 0.50 DUC/2 < 1.00 DUC/2", #"minimum["DUC/2"] = "1.00 DUC/2""#,
      ]),
    Case(
      point: "bridge.quote", input: quote("sell", 50, "USD/2"),
      wanted: ["refused (wrong_asset)", #"wanted.asset "USD/2" ~= asset "DUC/2""#].prefix(1).map { $0 }),
    Case(
      point: "bridge.quote", input: quote("sell", 100_000, "DUC/2", #","citizen":"alice""#),
      wanted: [#""uplift":"granted""#, #"fee = "0.025" — Share of the gross"#],
      balances: ["reserve:uplift": #"{"asset":"USD/2","minor":1000000}"#]),
    Case(
      point: "bridge.quote", input: quote("sell", 100_000, "DUC/2", #","citizen":"alice""#),
      wanted: [#""uplift":"exhausted""#, "because 0.00 USD/2 < uplift 27.20 USD/2"]),
    Case(
      point: "bridge.validity", input: quote("buy", 999, "USD/2"),
      wanted: ["refused (outside_purchase_limits)", "because base 9.99 USD/2 < 10.00 USD/2"]),
    Case(
      point: "sprint.spend", input: spend(6_000),
      wanted: ["refused (envelope_exhausted)", "because available 50.00 DUC/2 < input.amount 60.00 DUC/2"],
      balances: team),
    Case(
      point: "sprint.spend", input: spend(4_000),
      wanted: ["answered", "nearly: input.amount 40.00 DUC/2 <= available 50.00 DUC/2: short by 10"],
      balances: team),
    Case(
      point: "sprint.spend", input: spend(1, payee: "sprint:s2:team"),
      wanted: ["refused (not_a_payee)", #"because "sprint:" == "sprint:""#].prefix(1).map { $0 },
      balances: team),
    Case(
      point: "treasury.redistribute", input: #"{"citizens":[{"username":"c","social_class":"Clero"}]}"#,
      wanted: [
        "refused (treasury_short)", "because treasury 1.00 DUC/2 < paid 2000.00 DUC/2",
        #"fixed_pay.Clero = "2000.00 DUC/2""#,
      ],
      balances: ["treasury": #"{"asset":"DUC/2","minor":100}"#]),
    Case(
      point: "trust.update", input: #"{"trust":60,"change":3}"#,
      wanted: ["because 0 < change 3", "sensitivity = 0.1 — How strongly an event is felt"].suffix(1).map { $0 }),
    Case(
      point: "consciousness.score",
      input: #"""
        {"window":47,"degree":4,"edges":6,"triangles":4,"triangle_strength_sum":2.5,"crystallised":1,
        "top_trusts":[90,80,70,60],"trusts":[90,80,70,60],"median":51.5,"edges_total":20}
        """#, wanted: ["by policies/consciousness.lua", "nearly: ", "level 0.4458177481156125 < policy.ready 0.618"]),
  ]

  @Test(arguments: cases) func `why says what a reader of the rules would say`(_ one: Case) throws {
    let world = try RecordedWorld(Self.shipped.get())
    world.balances = one.balances
    let record = try world.decide(one.point, one.input)
    let explanation = try Explainer.explain(RecordedQuestion(record), by: world.rulebook, as: .why)
    let text = explanation.text(.why) + explanation.json(.why).text
    for wanted in one.wanted { #expect(text.contains(wanted), "\(explanation.text(.why))") }
    #expect(explanation.text(.why).split(separator: "\n").count <= 15)
    #expect(explanation.json(.why)["verdict"] == "same")
  }

  private static let shipped = Result { try RecordedWorld.shipped() }

  private static func counter(_ point: String, _ input: String) throws -> [String] {
    let world = try RecordedWorld(shipped.get())
    let record = try world.decide(point, input)
    return try Explainer.explain(RecordedQuestion(record), by: world.rulebook, as: .counter)
      .counterfactuals.map(\.condition)
  }

  @Test func `the thresholds of the tables are found without being told`() throws {
    let granted = try Self.counter("access.grant", Self.grant("0.4477"))
    #expect(
      granted == [
        "/measurement/level from 0.618 up", "/measurement/level below 0.382", "/measurement/level below 0.236",
      ])
    let assigned = try Self.counter("tier.assign", #"{"social_class":"Cittadini","influence":450}"#)
    for wanted in [
      "/ducats above 10000", "/ducats above 50000", "/influence above 500", "/influence up to 100",
      #"/social_class "Nobili""#, #"/social_class "Popolani""#, #"/social_class "Facchini""#,
    ] { #expect(assigned.contains(wanted), "\(assigned)") }
    let promoted = try Self.counter("tiers.promote", #"{"social_class":"Facchini","influence":9000}"#)
    for wanted in [
      "/daily_income above 100000", "/influence above 10000", "/owns_business_building true", "/runs_building true",
      "/uses_land true",
    ] { #expect(promoted.contains(wanted), "\(promoted)") }
    #expect(try Self.counter("bridge.quote", Self.quote("sell", 50, "DUC/2")).contains("/amount/minor from 100 up"))
  }

  @Test func `the JSON forms have what decided, what nearly did and what would have had to be different`() throws {
    let world = try RecordedWorld(Self.shipped.get())
    let record = try world.decide("tier.assign", #"{"social_class":"Cittadini","influence":450}"#)
    let question = RecordedQuestion(record)
    let why = try Explainer.explain(question, by: world.rulebook, as: .why).json(.why)
    let policies = (why["policies"]?.array ?? []).map { "\($0["name"]?.string ?? "") \($0["value"]?.string ?? "")" }
    #expect(policies == [#"tiers.Cittadini.tier "creator""#, "tiers.Cittadini.usd_per_month 499"])
    let misses = (why["near_misses"]?.array ?? []).map { "\($0["text"]?.string ?? "") \($0["short_by"]?.text ?? "")" }
    #expect(misses == ["value 450 <= 500 50", "value 0 <= 10000 10000"])
    let counter = try Explainer.explain(question, by: world.rulebook, as: .counter)
    let influence = (counter.json(.counter)["counter"]?.array ?? []).filter { $0["input"] == "/influence" }
    #expect(influence.map { [$0["above"], $0["up_to"]] } == [[500, nil], [nil, 100]])
    let classes = counter.text(.counter).split(separator: "\n").filter { $0.contains("if /social_class") }
    let told = ["Nobili", "Popolani", "Facchini", "Innovatori", "Artisti"].map { #"  if /social_class "\#($0)""# }
    #expect(classes.map { $0.prefix { $0 != ":" }.description } == told)
  }

  @Test func `every call is told with what it got and gave, also one that takes the place of its caller`() throws {
    let world = try RecordedWorld(Self.shipped.get())
    world.balances = ["reserve:uplift": #"{"asset":"USD/2","minor":1000000}"#]
    let record = try world.decide("bridge.quote", Self.quote("sell", 100_000, "DUC/2", #","citizen":"alice""#))
    let explanation = try Explainer.explain(RecordedQuestion(record), by: world.rulebook, as: .tree)
    let calls = explanation.calls.map {
      "\($0.depth) \($0.name)(\($0.arguments.joined(separator: ","))) \($0.results.joined(separator: ","))"
    }
    #expect(calls.first == "0 decide(input = a table,host = a table) a table")
    #expect(calls.contains(#"1 refusal(side = "sell",wanted = 1000.00 DUC/2) nil"#), "\(calls)")
    #expect(
      calls.contains { $0.contains(#"host.ledger.balance(["reserve:uplift"]) {"asset":"USD/2","minor":1000000}"#) },
      "\(calls)")
    let depths = explanation.calls.map(\.depth)
    #expect(zip(depths, depths.dropFirst()).allSatisfy { $1 <= $0 + 1 }, "\(depths)")
  }

  /// What a decision of these rules did, told as a tree.
  private static func tree(_ body: String) throws -> Explanation {
    let source = """
      local function double(x) return x * 2 end
      local function outer(x) local y = double(x) return y + 1 end
      local function fail(x) error({ code = "no", message = "no" }) end
      local function guarded(x) pcall(function() fail(x) return 1 end) local y = double(x) return y end
      return { name = "probe", version = "1.0.0", decisions = { ["probe.run"] = {
        summary = "Runs what is tried.", uses = { "ledger.balance" },
        input = { count = "integer" }, output = { total = "integer" },
        decide = function(input, host) local total = 0 \(body) return { total = total } end } } }
      """
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(source.utf8)]), runSpecs: false)
    let world = try RecordedWorld(rulebook)
    world.balances = ["a": #"{"asset":"DUC/2","minor":1}"#]
    let record = try world.decide("probe.run", #"{"count":3000}"#)
    return try Explainer.explain(RecordedQuestion(record), by: rulebook, as: .tree)
  }

  @Test func `beyond what an explanation holds nothing is told of the wrong call`() throws {
    let many = try Self.tree("for i = 1, input.count do total = total + double(i) end total = total + outer(7)")
    #expect(many.isCut && many.calls.count == 2_000 && many.calls[0].name == "decide")
    #expect(many.calls[0].results == ["a table"] && many.calls[0].arguments == ["input = a table", "host = a table"])
    for (place, call) in many.calls.enumerated().dropFirst() {
      #expect(call.arguments == ["x = \(place)"] && call.results == ["\(place * 2)"], "\(place): \(call)")
    }
    let asked = try Self.tree(
      #"for i = 1, input.count do host.ledger.balance("a") end total = outer(7) total = total + outer(8)"#)
    #expect(asked.isCut && asked.calls.count == 2_000 && asked.calls[0].results == ["a table"])
    #expect(asked.calls.dropFirst().allSatisfy { $0.name == "host.ledger.balance" && $0.results.count == 1 })
    #expect(asked.steps.count <= 2_000 && asked.steps.allSatisfy { $0.values.count <= 3 }, "\(asked.steps.suffix(2))")
  }

  @Test func `what an error leaves gives nothing, and its caller gives what it gave`() throws {
    let told = try Self.tree("total = guarded(3) + outer(4)").calls.map {
      "\($0.depth) \($0.name) \($0.results.joined(separator: ","))"
    }
    #expect(
      told == ["0 decide a table", "1 guarded 6", "2 function ", "3 fail ", "2 double 6", "1 outer 9", "2 double 8"],
      "\(told)")
  }

  @Test func `a record that was changed is not explained`() throws {
    let world = try RecordedWorld(Self.shipped.get())
    var record = try world.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    record.result = ["tier": "observer"]
    let forged = record
    #expect(throws: HistoryReason.self) {
      try Explainer.explain(RecordedQuestion(forged), by: world.rulebook, as: .why)
    }
  }

  @Test func `a question that nobody recorded is explained with the answers of a fake host`() throws {
    let rulebook = try Self.shipped.get()
    let decision = try #require(rulebook.decision(named: "sprint.spend"))
    let fakes = try Fakes(json: ["ledger": ["balances": ["sprint:s1:team": ["asset": "DUC/2", "minor": 5_000]]]])
    let host = FakeHost(fakes: fakes, decision: decision, id: DecisionRunner.usualID)
    let explanation = try Explainer.explain(
      "sprint.spend", input: JSON(parsing: Self.spend(4_000)), answeredBy: host, nowMilliseconds: 0,
      id: DecisionRunner.usualID, by: rulebook, as: .why)
    #expect(explanation.answer["left"]?["minor"] == 1_000)
    #expect(throws: HistoryReason.self) {
      try Explainer.explain(
        "no.decision", input: [:], answeredBy: host, nowMilliseconds: 0, id: DecisionRunner.usualID, by: rulebook,
        as: .why)
    }
  }

  @Test func `a traced run costs the same fuel and gives the same bytes as one in service`() throws {
    let world = try ShippedInputs.world()
    for depth in [TraceDepth.path, .all] {
      let machine = try world.rulebook.makeMachine(trace: depth)
      for record in world.records where record.calls.isEmpty {
        let number = try #require(world.rulebook.number(of: record.point))
        let request = RunRequest(
          decision: number, nowMilliseconds: record.timeMilliseconds, id: record.id,
          limits: RunLimits(fuel: 100_000_000, deadline: .seconds(60)))
        let outcome = record.input.bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: nil) }
        if case .result(let bytes) = outcome.ending {
          #expect((try? JSON(parsing: Array(bytes))) == record.result, "\(record.point)")
        }
        #expect(outcome.cost.fuel == record.fuel, "\(depth) \(record.point)")
        let trace = machine.takeTrace()
        #expect(!trace.isCut)
        #expect(!trace.events.isEmpty || record.failure?.code == .invalidInput)
      }
    }
  }
}
