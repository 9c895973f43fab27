import Core
import Decisions
import Rulebook
import Testing

/// A number is changed in each shipped policy, and the report names its line.
struct ClusterTests {
  struct Change: Sendable, CustomTestStringConvertible {
    var file: String
    var old: String
    var new: String
    var point: String
    var inputs: [String]
    var was: String
    var now: String
    /// A text on the line that must be named, when it isn't `new`.
    var line: String?

    var testDescription: String { "\(file): \(old) → \(new), \(point)" }
  }

  private static func quote(_ side: String, _ asset: String, _ minor: Int) -> String {
    #"{"side":"\#(side)","amount":{"asset":"\#(asset)","minor":\#(minor)},"level":0.5}"#
  }

  private static let grant =
    #"{"citizen":{"username":"anna"},"measurement":{"level":0.65},"tier":"creator","permissions":[]}"#
  private static let metrics = #"""
    {"window":47,"degree":4,"edges":6,"triangles":4,"triangle_strength_sum":2.5,"crystallised":1,
    "top_trusts":[90,80,70,60],"trusts":[90,80,70,60],"median":51.5,"edges_total":20}
    """#
  private static let awareness = #"""
    {"components":[{"name":"a","telemetry_age_milliseconds":50000},{"name":"b"}],"series":[],
    "claims":[{"claimed":0.9,"healthy":true}],"calls":[{"from":"a","to":"b"}]}
    """#
  private static let members =
    #"{"citizens":[{"username":"anna","social_class":"Nobili"},{"username":"carlo","social_class":"Clero"}]}"#
  private static let order = #"""
    {"payment":"p-1","citizen":"alice","level":0.5,"kind":"package","rate":"0.10","multiplier":"1.000000",
    "ducats":{"asset":"DUC/2","minor":100000},"bonus":{"asset":"DUC/2","minor":7500},
    "fee":{"asset":"USD/2","minor":0},"charge":{"asset":"USD/2","minor":10000},"open_payments":4,
    "generation":7,"decision":"d-1"}
    """#

  static let changes: [Change] = [
    Change(
      file: "policies/fees.lua", old: #"fee = "0.025""#, new: #"fee = "0.030""#, point: "bridge.quote",
      inputs: [quote("sell", "DUC/2", 100_000), quote("buy", "USD/2", 5_000)], was: #""0.025""#, now: #""0.030""#),
    Change(
      file: "policies/fees.lua", old: #"rate = "0.10""#, new: #"rate = "0.12""#, point: "bridge.quote",
      inputs: [quote("sell", "DUC/2", 100_000)], was: #""0.10""#, now: #""0.12""#),
    Change(
      file: "policies/fees.lua", old: #"[names.dollar] = "1.00 USD/2""#, new: #"[names.dollar] = "60.00 USD/2""#,
      point: "bridge.quote", inputs: [quote("buy", "USD/2", 5_000)], was: #""1.00 USD/2""#, now: #""60.00 USD/2""#),
    Change(
      file: "policies/fees.lua", old: "quote_seconds = 300", new: "quote_seconds = 600", point: "bridge.validity",
      inputs: [quote("sell", "DUC/2", 100_000)], was: "300", now: "600"),
    Change(
      file: "policies/fees.lua", old: #"trader = { price = "100.00 USD/2""#, new: #"trader = { price = "110.00 USD/2""#,
      point: "bridge.purchase", inputs: [#"{"package":"trader"}"#], was: #""100.00 USD/2""#, now: #""110.00 USD/2""#),
    Change(
      file: "policies/fees.lua", old: #"custom_minimum = "10.00 USD/2""#, new: #"custom_minimum = "20.00 USD/2""#,
      point: "bridge.purchase", inputs: [#"{"amount":{"asset":"DUC/2","minor":15000}}"#], was: #""10.00 USD/2""#,
      now: #""20.00 USD/2""#),
    Change(
      file: "policies/access.lua", old: "lifetime_seconds = 1800", new: "lifetime_seconds = 900", point: "access.grant",
      inputs: [grant], was: "1800", now: "900"),
    Change(
      file: "policies/access.lua", old: "below = 0.382", new: "below = 0.7", point: "access.grant", inputs: [grant],
      was: "0.382", now: "0.7"),
    Change(
      file: "policies/consciousness.lua", old: "ready = 0.618", new: "ready = 0.7", point: "access.grant",
      inputs: [grant], was: "0.618", now: "0.7"),
    Change(
      file: "policies/consciousness.lua", old: "ready = 0.618", new: "ready = 0.3", point: "consciousness.score",
      inputs: [metrics], was: "0.618", now: "0.3"),
    Change(
      file: "policies/consciousness.lua", old: "valve = { width = 10", new: "valve = { width = 12",
      point: "consciousness.score", inputs: [metrics], was: "10", now: "12"),
    Change(
      file: "policies/awareness.lua", old: "fresh_milliseconds = 60000", new: "fresh_milliseconds = 40000",
      point: "awareness.score", inputs: [awareness], was: "60000", now: "40000"),
    Change(
      file: "policies/tiers.lua", old: "usd_per_month = 499 ", new: "usd_per_month = 599 ", point: "tier.assign",
      inputs: [#"{"social_class":"Cittadini"}"#], was: "499", now: "599"),
    Change(
      file: "policies/tiers.lua", old: "above = 500,", new: "above = 400,", point: "tier.assign",
      inputs: [#"{"social_class":"Cittadini","influence":450}"#], was: "500", now: "400"),
    Change(
      file: "policies/tiers.lua", old: #"fact = "influence", above = 10000"#, new: #"fact = "influence", above = 9000"#,
      point: "tiers.promote", inputs: [#"{"social_class":"Facchini","influence":9500}"#], was: "10000", now: "9000"),
    Change(
      file: "policies/trust.lua", old: "sensitivity = 0.1", new: "sensitivity = 0.2", point: "trust.update",
      inputs: [#"{"trust":60,"change":3}"#], was: "0.1", now: "0.2"),
    Change(
      file: "policies/trust.lua", old: "neutral = 50", new: "neutral = 40", point: "trust.update",
      inputs: [#"{"change":3}"#], was: "50", now: "40"),
    Change(
      file: "policies/treasury.lua", old: #"daily_share = "0.01""#, new: #"daily_share = "0.02""#,
      point: "treasury.redistribute", inputs: [members], was: #""0.01""#, now: #""0.02""#),
    Change(
      file: "policies/treasury.lua", old: #"Clero = "2000.00 DUC/2""#, new: #"Clero = "2100.00 DUC/2""#,
      point: "treasury.redistribute", inputs: [members], was: #""2000.00 DUC/2""#, now: #""2100.00 DUC/2""#),
    Change(
      file: "policies/sprint.lua", old: #"budget = "30000.00 DUC/2""#, new: #"budget = "31000.00 DUC/2""#,
      point: "sprint.fund", inputs: [#"{"sprint":"s9"}"#], was: #""30000.00 DUC/2""#, now: #""31000.00 DUC/2""#),
    Change(
      file: "policies/payments.lua", old: "most_open_payments = 5", new: "most_open_payments = 4",
      point: "payment.authorize", inputs: [order], was: "5", now: "4"),
    Change(
      file: "policies/payments.lua", old: "intent_seconds = 3600", new: "intent_seconds = 1800",
      point: "payment.authorize", inputs: [order], was: "3600", now: "1800"),
    Change(
      file: "policies/names.lua", old: #"citizen_prefix = "citizen:""#, new: #"citizen_prefix = "person:""#,
      point: "treasury.redistribute", inputs: [members], was: #""citizen:""#, now: #""person:""#),
  ]

  @Test(arguments: changes) func `a changed value is named by its line and by what it was`(_ change: Change)
    async throws
  {
    let candidate = try RecordedWorld.shipped(change.file, [(change.old, change.new)])
    let world = try RecordedWorld(RecordedWorld.shipped())
    world.balances["treasury"] = #"{"asset":"DUC/2","minor":1000000000}"#
    world.balances["sprint:backing"] = #"{"asset":"DUC/2","minor":3400000000}"#
    for input in change.inputs { try world.decide(change.point, input) }
    let report = try await world.backtest(candidate)
    #expect(report.count(.unreplayable) == 0)
    #expect(report.flips == change.inputs.count, "\(report.classesText) \(report.reasons)")
    let source = try #require(candidate.snapshot.files[change.file])
    let wanted = try #require(
      LuaLines.of(source).firstIndex { line in
        String(decoding: line, as: UTF8.self).contains(change.new.trimmingPrefix { $0 == " " })
      })
    for (key, cluster) in report.largestClusters {
      #expect(key.file == change.file && key.line == wanted + 1, "\(key)")
      #expect(
        cluster.values?.before == change.was && cluster.values?.after == change.now,
        "\(String(describing: cluster.values))")
    }
    #expect(!report.clusters.isEmpty)
  }

  @Test func `where a decision parts is the same among others that went its way as for it alone`() async throws {
    let candidate = try RecordedWorld.shipped(
      "policies/fees.lua",
      [(#"fee = "0.025""#, #"fee = "0.030""#), (#"trader = { price = "100.00"#, #"trader = { price = "120.00"#)])
    let world = try RecordedWorld(RecordedWorld.shipped())
    for turn in 0..<40 {
      let (side, asset) = turn % 2 == 0 ? ("sell", "DUC/2") : ("buy", "USD/2")
      try world.decide("bridge.quote", Self.quote(side, asset, 5_000 + turn * 1_000))
      try world.decide("bridge.purchase", #"{"package":"trader"}"#)
    }
    var together: [Identifier: Parting?] = [:]
    let report = try await world.backtest(candidate) { together[$0.record] = $0.parting }
    #expect(report.flips >= 40 && Set(together.values.compactMap { $0?.line }).count > 1)
    let shelf = RulebookShelf(RulebookArchive(directory: world.directory))
    for record in world.records {
      let alone = await LoadingThread.run {
        BacktestWorker(candidate: candidate, shelf: shelf).compare([RecordedQuestion(record)]).map(\.parting)
      }
      #expect(alone == [together[record.id] ?? nil], "\(record.point) \(record.input.text)")
    }
  }
}
