import Core
import Observability
import Testing

/// The platform's model of itself, step by step.
struct SelfModelTests {
  private static let declaration: JSON = [
    "components": [
      ["name": "decisions", "calls": ["ledger", "graph"]], ["name": "graph", "calls": []],
      ["name": "ledger", "calls": []],
    ]
  ]

  private static func reading(_ step: Int64, _ change: (inout SelfReading) -> Void) -> SelfReading {
    var reading = SelfReading(now: step * 15_000)
    change(&reading)
    return reading
  }

  /// A model of some steps: a healthy ledger, a graph that fails at the last, a rate that jumps then.
  private static func model(steps: Int64 = 30) -> SelfModel {
    var model = SelfModel()
    model.declare(declaration)
    for step in 0..<steps {
      let isLast = step == steps - 1
      _ = model.take(
        reading(step) { reading in
          reading.components = [
            .init("decisions", isHealthy: true), .init("ledger", isHealthy: true),
            .init("graph", isHealthy: !isLast, problem: isLast ? "gone" : nil),
          ]
          reading.values = [("request_rate", "decisions", isLast ? 900 : 100)]
          reading.calls = [SelfCall("decisions", "ledger"), SelfCall("graph", "store")]
        })
      model.expect(["series": [["name": "request_rate", "low": 90, "high": 110]]])
      model.claim([
        "components": [["name": "ledger", "claimed": .double(0.99)], ["name": "graph", "claimed": .double(0.9)]]
      ])
    }
    return model
  }

  @Test func `claims are held against the next probe, and pooled`() {
    #expect(
      Self.model().claims.rows == [
        ["claimed": .double(0.9), "healthy": false, "n": 1], ["claimed": .double(0.9), "healthy": true, "n": 28],
        ["claimed": .double(0.99), "healthy": true, "n": 29],
      ])
  }

  @Test func `a claim is rounded to thousandths and forgotten after seven days`() {
    var book = ClaimBook()
    book.note(claimed: 0.12349, isHealthy: true, now: 0)
    book.note(claimed: 7, isHealthy: false, now: 86_400_000)
    #expect(
      book.rows == [
        ["claimed": .double(0.123), "healthy": true, "n": 1], ["claimed": .double(1.0), "healthy": false, "n": 1],
      ])
    book.note(claimed: 0, isHealthy: true, now: 7 * 86_400_000)
    #expect(book.rows.map { $0["claimed"] } == [.double(0), .double(1)])
    #expect(ClaimBook(json: book.json) == book)
  }

  @Test func `no more sorts of claims are scored than may be, and the rarest are left out`() {
    var book = ClaimBook()
    for round in 0..<2 {
      for thousandths in 0...1_000 {
        for isHealthy in [true, false] where round == 0 || thousandths > 0 {
          book.note(claimed: Double(thousandths) / 1_000, isHealthy: isHealthy, now: 0)
        }
      }
    }
    #expect(book.rows.count == SelfModelLimits.claimRows)
    #expect(book.rows.allSatisfy { $0["n"] == 2 })
  }

  @Test func `each step stands beside the interval that was forecast for it`() throws {
    let series = try #require(Self.model().series.first)
    #expect(series.observed.count == 30)
    // Nobody had forecast the first one.
    #expect((series.low[0], series.high[0]) == (100, 100))
    #expect(series.low.dropFirst().allSatisfy { $0 == 90 })
    #expect(series.outside == 1)
    #expect(series.next == 90...110)
  }

  @Test func `a series surprises once when it stays outside for three steps`() {
    var model = Self.model()
    var surprises: [[String]] = []
    for step in 30..<36 as Range<Int64> {
      surprises.append(model.take(Self.reading(step) { $0.values = [("request_rate", "decisions", 900)] }))
      model.expect(["series": [["name": "request_rate", "low": 90, "high": 110]]])
    }
    #expect(surprises == [[], ["decisions"], [], [], [], []])
    _ = model.take(Self.reading(36) { $0.values = [("request_rate", "decisions", 100)] })
    #expect(model.series[0].outside == 0)
  }

  @Test func `an hour is kept, and no value that isn't one`() {
    var model = SelfModel()
    for step in 0..<300 as Range<Int64> {
      _ = model.take(
        Self.reading(step) { reading in
          reading.components = [.init("ledger", isHealthy: true)]
          reading.values = [("rate", "ledger", Double(step)), ("odd", "ledger", .nan), ("odd", "ledger", .infinity)]
        })
    }
    #expect(model.series.map(\.name) == ["rate"])
    #expect(model.series[0].observed == (60..<300).map { Double($0) })
    #expect(model.components["ledger"]?.probes.count == 240)
  }

  @Test func `what the rules are asked is what the model knows`() {
    let model = Self.model(steps: 2)
    #expect(model.forecastInput == ["series": [["name": "request_rate", "observed": [.double(100), .double(900)]]]])
    let claim = model.claimInput(now: 20_000)
    #expect(claim["components"]?.array?.map { $0["name"] } == ["decisions", "graph", "ledger"])
    #expect(claim["components"]?.array?[1]["probes"] == [true, false])
    #expect(claim["components"]?.array?[1]["telemetry"] == ["age_milliseconds": 5_000])
    let score = model.scoreInput(now: 20_000)
    #expect(score["components"]?.array?.first == ["name": "decisions", "telemetry_age_milliseconds": 5_000])
    #expect(score["calls"]?.array?.count == 2)
  }

  @Test func `a part that failed its probe counts as one that nobody heard of`() {
    let score = Self.model(steps: 2).scoreInput(now: 20_000)
    #expect(score["components"]?.array?[1] == ["name": "graph"])
    #expect(score["components"]?.array?[2]["telemetry_age_milliseconds"] == 5_000)
  }

  @Test func `a part with a series over what the rules let it be is not healthy`() {
    var model = SelfModel()
    let part: JSON = ["name": "store", "calls": [], "most": ["latency": .double(0.25), "backlog": 9]]
    model.declare(["components": [part, ["name": "graph", "calls": []]]])
    func judged(_ value: Double, _ component: SelfReading.Component?) -> [SelfReading.Component] {
      model.judged(
        Self.reading(1) { reading in
          reading.components = component.map { [$0] } ?? []
          reading.values = [("latency", "store", value), ("latency", "graph", 7)]
        }
      ).components
    }
    #expect(judged(0.25, nil).isEmpty)
    #expect(judged(0.26, nil).map(\.problem) == ["latency is over 0.25"])
    let healthy = judged(0.26, .init("store", isHealthy: true))
    #expect(healthy.map(\.isHealthy) == [false] && healthy.map(\.problem) == ["latency is over 0.25"])
    let failed = judged(0.26, .init("store", isHealthy: false, problem: "gone"))
    #expect(failed.map(\.problem) == ["gone"], "the first reason stays")
  }

  @Test func `blind spots are what was declared and not seen, and seen and not declared`() {
    var model = Self.model()
    model.declare([
      "components": [
        ["name": "decisions", "calls": ["ledger", "graph"]], ["name": "venice", "calls": []],
      ]
    ])
    let spots = model.blindSpots(now: 30 * 15_000)
    #expect(spots["silent_components"] == ["venice"])
    #expect(spots["unprobed_components"] == ["venice"])
    #expect(spots["unseen_calls"] == [["from": "decisions", "to": "graph"]])
    #expect(spots["undeclared_calls"] == [["from": "graph", "to": "store"]])
    let later = model.blindSpots(now: 8 * 86_400_000)
    #expect(later["unseen_calls"]?.array?.count == 2)
    #expect(later["undeclared_calls"] == [])
  }

  @Test func `a model is the same after a restart, and goes on`() throws {
    let model = Self.model()
    var read = try #require(SelfModel(json: JSON(parsing: model.json.text)))
    #expect(read == model)
    read.declare(Self.declaration)
    #expect(read.scoreInput(now: 900_000) == model.scoreInput(now: 900_000))
    #expect(read.components["graph"]?.claimed == 0.9)
  }

  @Test func `what is no model is none`() {
    for json in [[:], ["version": 2], ["version": 1, "components": [], "series": [], "claims": [[1]], "calls": []]]
      as [JSON]
    {
      #expect(SelfModel(json: json) == nil)
    }
  }
}
