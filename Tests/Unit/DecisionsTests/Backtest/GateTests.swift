import Core
import Decisions
import Testing

/// Gates, sums, and what a report shows of people.
struct GateTests {
  @Test func `a gate says of each limit what came out`() async throws {
    let world = try RecordedWorld(RecordedWorld.shipped())
    world.balances["treasury"] = #"{"asset":"DUC/2","minor":1000000000}"#
    try world.decide("treasury.redistribute", #"{"citizens":[{"username":"carlo","social_class":"Clero"}]}"#)
    let candidate = try RecordedWorld.shipped("policies/treasury.lua", [(#"Clero = "2000.00"#, #"Clero = "2100.50"#)])
    let report = try await world.backtest(candidate)
    let gate = try BacktestGate(
      json: JSON(
        parsing: #"{"max_fuel_ratio":1,"max_money":{"DUC/2":10050,"USD/2":0},"max_flips":0,"max_unknown_share":0.5}"#))
    let rules = gate.rules(for: report).map { "\($0.name) \($0.value.text) \($0.isWithin)" }
    #expect(
      rules == [
        "max_flips 1 false", "max_unknown_share 0 true", "max_money:DUC/2 10050 true", "max_money:USD/2 0 true",
        "max_fuel_ratio 1 true",
      ])
    let narrower = try BacktestGate(json: JSON(parsing: #"{"max_money":{"DUC/2":10049}}"#))
    #expect(narrower.rules(for: report).map(\.isWithin) == [false])
    #expect(report.money.map { [$0.value.before.json, $0.value.after.json] } == [[200_000, 210_050]])
  }

  @Test(arguments: [
    #"{"max_flip":1}"#, #"{"max_flips":-1}"#, #"{"max_flips":1.5}"#, #"{"max_money":5}"#, #"{"max_money":{"usd":5}}"#,
    "[]", #"{"max_unknown_share":"none"}"#,
  ])
  func `a gate with a fault is refused by its key`(_ text: String) throws {
    let json = try JSON(parsing: text)
    let fault = #expect(throws: UsageError.self) { try BacktestGate(json: json) }
    let key = json.object?.members.first?.name ?? "gate"
    #expect(fault?.description.contains(key) == true)
  }

  @Test func `sums are exact in any order, and say when they can't be`() throws {
    var values: [JSON] =
      [0.1, 0.2, 0.3, 1e-7].map { .double($0) } + [.integer(.max), .integer(-7), .double(1e15), "text"]
    var texts: Set<String> = []
    for _ in 0..<20 {
      values.shuffle()
      var sum = ExactSum()
      for value in values { sum.add(value) }
      texts.insert(sum.json.text)
    }
    #expect(texts.count == 1)
    var sum = ExactSum()
    for _ in 0..<10 { sum.add(.double(0.1)) }
    #expect(sum.json == .integer(1))
    sum.add(.double(1e-30))
    #expect(sum.json == .null)
    #expect(sum.minus(sum).json == .null)
  }

  @Test func `people are numbered as they appear, also in the names of accounts, and what is redacted is not shown`()
    throws
  {
    let value = try JSON(
      parsing:
        #"{"citizen":"anna","to":"citizen:bruno:bonus","list":[{"username":"carla","note":"x"}],"who":"annabella"}"#
    )
    var names = SubjectNames(showsNames: false, redacted: ["/list/*/note"])
    #expect(
      names.shown(value).text
        == #"{"citizen":"subject-1","to":"citizen:subject-2:bonus","#
        + #""list":[{"username":"subject-3","note":"redacted"}],"who":"annabella"}"#
    )
    #expect(
      names.shown(["sub": "carla", "text": "carla, anna"]).text == #"{"sub":"subject-3","text":"subject-3, subject-1"}"#
    )
    var plain = SubjectNames(showsNames: true)
    #expect(plain.shown(value) == value)
  }

  @Test func `a report is read in 25 lines, and as a page without markup from outside`() async throws {
    let world = try RecordedWorld(RecordedWorld.shipped())
    try world.decide("tier.assign", #"{"social_class":"<b>Nobili</b>"}"#)
    let candidate = try RecordedWorld.shipped("policies/tiers.lua", [("usd_per_month = 29 ", "usd_per_month = 39 ")])
    let report = try await world.backtest(candidate)
    let text = report.text(elapsed: 1)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 26)
    #expect(text.contains("29 → 39   1 × tier.assign changed"), "\(text)")
    let page = report.html(elapsed: 1)
    #expect(page.contains("&lt;b&gt;Nobili&lt;/b&gt;") && !page.contains("<b>Nobili") && !page.contains("<script"))
  }
}
