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

  @Test func `the last steps are told with their times and intervals, and no more than may be`() throws {
    let steps = try #require(Self.model().series.first).told
    #expect(steps["time"]?.array?.last == 435_000)
    // The first step of all is at the time that stands for none.
    #expect(["time", "observed", "low", "high"].map { steps[$0]?.array?.count } == [29, 29, 29, 29])
    #expect(steps["observed"]?.array?.last == .double(900))
    #expect(steps["low"]?.array?.last == .double(90))
    let many = try #require(Self.model(steps: 200).series.first).told
    #expect(many["time"]?.array?.count == SelfModelLimits.toldSteps)
    #expect(many["time"]?.array?.last == .integer(199 * 15_000))
    // Of a series that an earlier version kept nobody knows the times.
    let kept: JSON = ["name": "a", "component": "b", "outside": 0, "observed": [1], "low": [1], "high": [1]]
    var old = try #require(ForecastSeries(json: kept))
    #expect(old.told["time"] == [])
    _ = old.take(2, at: 7)
    #expect(old.told["time"] == [7] && old.told["observed"] == [.double(2)])
  }

  @Test func `who surprised first is known while it lasts, and the last surprises longer`() throws {
    var model = SelfModel()
    func step(_ number: Int64, _ rate: Double, _ latency: Double) {
      model.expect([
        "series": [["name": "latency", "low": 1, "high": 2], ["name": "request_rate", "low": 1, "high": 2]]
      ])
      _ = model.take(
        Self.reading(number) {
          $0.values = [("latency", "store", latency), ("request_rate", "decisions", rate)]
        })
    }
    // The first values come before anybody expects something.
    step(1, 1, 1)
    for number in 2...4 as ClosedRange<Int64> { step(number, 9, 1) }
    for number in 5...7 as ClosedRange<Int64> { step(number, 9, 9) }
    #expect(model.surprises.map(\.component) == ["decisions", "store"])
    #expect(model.firstSurprise == .init(time: 60_000, component: "decisions", series: "request_rate"))
    let read = try #require(SelfModel(json: JSON(parsing: model.json.text)))
    #expect(read.surprises == model.surprises && read.firstSurprise == model.firstSurprise)
    step(8, 1, 9)
    #expect(model.firstSurprise?.component == "store")
    step(9, 1, 1)
    #expect(model.firstSurprise == nil)
    #expect(model.surprises.count == 2)
    for number in 10..<400 as Range<Int64> { step(number, number % 4 == 0 ? 1 : 9, 1) }
    #expect(model.surprises.count == SelfModelLimits.surprises)
  }

  @Test func `decisions, routes and host calls that nobody asked for in seven days are blind spots`() throws {
    var model = SelfModel()
    let offered = [SelfSight(.route, "GET /health"), SelfSight(.decision, "b.two"), SelfSight(.decision, "a.one")]
    let call = SelfSight(.hostCall, "ledger.hold")
    func look(_ now: Int64, _ asked: [SelfSight]) {
      var reading = SelfReading(now: now)
      (reading.offered, reading.asked) = (offered + [call], asked)
      _ = model.take(reading)
    }
    let day: Int64 = 86_400_000
    look(1, [])
    #expect(model.blindSpots(now: 1)["unseen_decisions"] == ["a.one", "b.two"])
    #expect(model.blindSpots(now: 1)["unseen_routes"] == ["GET /health"])
    #expect(model.blindSpots(now: 1)["unseen_host_calls"] == ["ledger.hold"])
    look(day, offered.dropLast() + [call])
    #expect(model.blindSpots(now: day)["unseen_host_calls"] == [])
    #expect(model.blindSpots(now: day)["unseen_decisions"] == ["a.one"])
    #expect(model.blindSpots(now: day)["unseen_routes"] == [])
    // A restart forgets none of it.
    model = try #require(SelfModel(json: JSON(parsing: model.json.text)))
    look(7 * day, [SelfSight(.decision, "a.one")])
    #expect(model.blindSpots(now: 7 * day)["unseen_decisions"] == [])
    look(8 * day, [])
    #expect(model.blindSpots(now: 8 * day)["unseen_decisions"] == ["b.two"])
    #expect(model.blindSpots(now: 8 * day)["unseen_routes"] == ["GET /health"])
    #expect(model.blindSpots(now: 8 * day)["unseen_host_calls"] == ["ledger.hold"])
    // What isn't offered any more is missed by nobody, and no more are kept than may be.
    let many = (0..<3_000).map { SelfSight(.decision, "many.\($0)") }
    look(8 * day, many)
    #expect(model.sights.count <= SelfModelLimits.sights)
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

  @Test func `a share is held against its most among as many cases as the rules ask for`() {
    var model = SelfModel()
    let part: JSON = ["name": "decisions", "calls": [], "most": ["faults": .double(0.1)], "among": ["faults": 10]]
    model.declare(["components": [part]])
    var step: Int64 = 0
    func problem(_ bad: Int, of all: Int) -> String? {
      step += 1
      let reading = Self.reading(step) { reading in
        if all == 0 { return }
        reading.values = [("faults", "decisions", Double(bad) / Double(all))]
        reading.cases = ["faults": .init(bad: bad, all: all)]
      }
      return model.judged(reading).components.first?.problem
    }
    // Nobody knows yet whether it is a share.
    #expect(problem(1, of: 1) == nil)
    #expect(problem(0, of: 8) == nil)
    #expect(problem(0, of: 1) == nil, "one of ten is not over a tenth")
    #expect(problem(0, of: 20) == nil)
    #expect(problem(1, of: 1) == nil, "one in a quiet step is one among those before it")
    // Where each of them fails, they are a share by their sum, however quiet it is.
    let slow = (0..<10).map { _ in problem(1, of: 1) }
    #expect(slow.last == "faults is over 0.1")
    // Nothing came, so nothing is said of it.
    #expect(problem(0, of: 0) == nil)
    #expect(problem(0, of: 5) == "faults is over 0.1")
    #expect(problem(0, of: 5) == nil)
    #expect(problem(3, of: 20) == "faults is over 0.1", "a busy step stands for itself")
    #expect(problem(2, of: 20) == nil)
  }

  @Test func `a claim is asked for by what a part's series were last`() {
    let input = Self.model(steps: 3).claimInput(now: 40_000)
    let parts = input["components"]?.array ?? []
    #expect(parts.map { $0["name"] } == ["decisions", "graph", "ledger"])
    #expect(parts.first?["telemetry"] == ["age_milliseconds": 10_000, "values": ["request_rate": .double(900)]])
    #expect(parts.last?["telemetry"] == ["age_milliseconds": 10_000])
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
