import Core
import Decisions
import Testing

@testable import Server

/// How a host stands, as the stream tells it.
struct AlarmNewsTests {
  private static func data(_ event: StreamEvent?) -> JSON? { event.flatMap { try? JSON(parsing: $0.bytes) } }

  @Test func `readiness is told when it is lost, when its reason changes and when it is there again`() {
    var news = AlarmNews()
    #expect(news.standing(HostStanding()) == nil)
    let lost = news.standing(HostStanding(unreadiness: "records can't be kept", doubt: "keys"))
    #expect(lost?.topic == .alarms && lost?.name == "readiness")
    #expect(Self.data(lost) == ["status": "unavailable", "before": "ready", "reason": "records can't be kept"])
    #expect(news.standing(HostStanding(unreadiness: "records can't be kept", doubt: nil)) == nil)
    let other = news.standing(HostStanding(unreadiness: "the store is gone", doubt: nil))
    #expect(Self.data(other) == ["status": "unavailable", "before": "unavailable", "reason": "the store is gone"])
    let doubtful = news.standing(HostStanding(unreadiness: nil, doubt: "keys"))
    #expect(Self.data(doubtful) == ["status": "degraded", "before": "unavailable", "reason": "keys"])
    let well = news.standing(HostStanding())
    #expect(Self.data(well) == ["status": "ready", "before": "degraded", "reason": .null])
  }

  @Test func `a budget is told when it burns otherwise than before`() {
    func report(_ burns: JSON, left: Double = 0.5) -> JSON {
      let kept: JSON = ["point": "access.grant", "objective": "latency", "left": 1, "burns": []]
      let other: JSON = [
        "point": "access.grant", "objective": "availability", "left": .double(left), "burns": burns,
      ]
      return ["budgets": [kept, other]]
    }
    let burn: JSON = ["factor": 6, "long": "6h", "short": "30m", "severity": "page"]
    var news = AlarmNews()
    #expect(news.budgets(report([])).isEmpty)
    let begun = news.budgets(report([burn]))
    #expect(begun.map(\.name) == ["budget"])
    #expect(
      Self.data(begun.first)
        == ["point": "access.grant", "objective": "availability", "left": .double(0.5), "burns": [burn]])
    #expect(news.budgets(report([burn], left: 0.25)).isEmpty)
    #expect(Self.data(news.budgets(report([])).first)?["burns"] == [])
    #expect(news.budgets(report([])).isEmpty)
    // Objectives that can't be read tell of nothing.
    #expect(news.budgets(["budgets": [], "problem": "days wants a whole number"]).isEmpty)
  }

  @Test func `alarms are operators' alone`() {
    let event = AlarmNews.critical("records can't be kept")
    #expect(event.topic == .alarms && !StreamTopic.forCitizens.contains(event.topic))
    #expect(Self.data(event) == ["message": "records can't be kept"])
  }
}
