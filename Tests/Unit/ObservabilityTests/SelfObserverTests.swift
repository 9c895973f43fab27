import Core
import Observability
import Synchronization
import Testing

/// Steps of the model, with rules that a test writes.
struct SelfObserverTests {
  /// Answers as a test says, and remembers what was asked and what was kept.
  private final class Rules: SelfRules {
    struct Broken: Error {}

    let score = Mutex<JSON>(["awareness": .double(0.5), "band": 2, "mood": "gentle_awakening", "unknown": []])
    let isBroken = Mutex(false)
    let asked = Mutex<[String]>([])
    let kept = Mutex<[String]>([])

    func answer(_ point: String, _ input: JSON) async throws -> SelfAnswer {
      if isBroken.withLock({ $0 }) { throw Broken() }
      asked.withLock { $0.append(point) }
      let result: JSON =
        switch point {
        case "awareness.declare": ["components": [["name": "ledger", "calls": []], ["name": "venice", "calls": []]]]
        case "awareness.score": score.withLock { $0 }
        case "awareness.forecast": ["series": [["name": "rate", "low": 1, "high": 2]]]
        default: ["components": [["name": "ledger", "claimed": .double(0.75)]]]
        }
      return SelfAnswer(result: result, generation: 7) { self.kept.withLock { $0.append(point) } }
    }
  }

  private static func reading(_ step: Int64, isHealthy: Bool = true) -> SelfReading {
    var reading = SelfReading(now: step * 15_000)
    reading.components = [.init("ledger", isHealthy: isHealthy, problem: isHealthy ? nil : "it stopped writing")]
    reading.values = [("rate", "ledger", 5)]
    return reading
  }

  @Test func `a step asks for the score of what was expected, and then for what to expect next`() async {
    let rules = Rules()
    let observer = SelfObserver(rules)
    _ = await observer.step(Self.reading(1))
    #expect(
      rules.asked.withLock { $0 }
        == ["awareness.declare", "awareness.score", "awareness.forecast", "awareness.claim"])
    let report = await observer.report
    #expect(report["awareness"] == .double(0.5))
    #expect(report["coverage"] == .null)
    #expect(report["generation"] == 7)
    #expect(report["components"]?.array?.map { $0["claimed"] } == [.double(0.75), .null])
    #expect(report["blind_spots"]?["silent_components"] == ["venice"])
    let later = await observer.step(Self.reading(2))
    #expect(later.surprises == [])
    let low = await observer.report["series"]?.array?.first?["low"]
    #expect(low == .double(1))
  }

  @Test func `decisions are kept when the band, the mood or what is unknown changes, and each quarter of an hour`()
    async
  {
    let rules = Rules()
    let observer = SelfObserver(rules)
    func kept(_ step: Int64) async -> Int {
      rules.kept.withLock { $0 = [] }
      _ = await observer.step(Self.reading(step))
      return rules.kept.withLock { $0.count }
    }
    #expect(await kept(1) == 0)
    #expect(await kept(2) == 0)
    rules.score.withLock { $0 = ["awareness": .double(0.6), "band": 2, "mood": "gentle_awakening", "unknown": []] }
    #expect(await kept(3) == 0)
    rules.score.withLock { $0 = ["band": 0, "unknown": ["prediction"]] }
    #expect(await kept(4) == 3)
    #expect(await kept(63) == 0)
    #expect(await kept(64) == 3)
  }

  @Test func `who isn't healthy is named, and who stays outside its interval surprises`() async {
    let observer = SelfObserver(Rules())
    var surprises: [[String]] = []
    for step in 1...5 as ClosedRange<Int64> {
      let made = await observer.step(Self.reading(step, isHealthy: step < 5))
      surprises.append(made.surprises)
      #expect(made.unhealthy.map(\.name) == (step < 5 ? [] : ["ledger"]))
    }
    #expect(surprises == [[], [], [], ["ledger"], []])
    let first: JSON = ["time": 60_000, "component": "ledger", "series": "rate"]
    #expect(await observer.report["first_surprise"] == first)
    #expect(await observer.report["surprises"] == [first])
    #expect(await observer.report["series"]?.array?.first?["steps"]?["observed"]?.array?.count == 5)
    #expect(await observer.report["components"]?.array?.first?["problem"] == "it stopped writing")
  }

  @Test func `what the host doesn't know stands beside what the model doesn't`() async {
    let observer = SelfObserver(Rules())
    var reading = Self.reading(1)
    reading.blind = [("unverified_seconds", 90)]
    _ = await observer.step(reading)
    let spots = await observer.report["blind_spots"]
    #expect(spots?["unverified_seconds"] == 90)
    #expect(spots?["silent_components"] == ["venice"])
  }

  @Test func `without its rules the model goes on and says why it has no score`() async {
    let rules = Rules()
    let observer = SelfObserver(rules)
    rules.isBroken.withLock { $0 = true }
    let step = await observer.step(Self.reading(1))
    #expect(step.score == nil)
    #expect(step.problem == "Broken()")
    #expect(await observer.report["awareness"] == .null)
    rules.isBroken.withLock { $0 = false }
    #expect(await observer.step(Self.reading(2)).problem == nil)
  }

  @Test func `an observer goes on with what another one kept`() async throws {
    let observer = SelfObserver(Rules())
    for step in 1...3 as ClosedRange<Int64> { _ = await observer.step(Self.reading(step)) }
    let kept = await observer.json
    let next = SelfObserver(Rules(), model: try #require(SelfModel(json: kept)))
    _ = await next.step(Self.reading(4))
    #expect(await next.report["series"]?.array?.first?["outside"] == 3)
  }
}
