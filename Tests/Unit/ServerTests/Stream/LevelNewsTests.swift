import Core
import Synchronization
import Testing
import TrustGraph

@testable import Server

/// Levels that move with trust, as the stream tells them.
struct LevelNewsTests {
  private let hub = StreamReading.hub([])

  /// A level that is the trust between somebody and its relations together, over a window of three.
  private func news(_ limits: StreamLimits = StreamLimits()) -> LevelNews {
    LevelNews(hub, limits: limits) { citizen, graph in
      guard let drawing = try? graph.drawing(of: citizen, limit: 3, neutral: 50) else { return nil }
      let own = drawing.edges.filter { $0.source == 0 || $0.target == 0 }
      return ["level": .double(own.reduce(0) { $0 + ($1.trust ?? 0) }), "window": 3, "ready": false]
    }
  }

  private func rows(_ rows: [(String, String, Double)]) throws -> [Relationship] {
    try rows.map { try Relationship($0, $1, trust: $2) }
  }

  /// The graph behind the change, which `news` is told of.
  private func change(
    _ before: TrustSnapshot, _ changed: [(String, String, Double)], _ news: LevelNews
  ) throws -> TrustSnapshot {
    let rows = try rows(changed)
    let after = before.applying(rows, rule: .replace)
    news.note(try #require(after.change(since: before, by: rows)), since: before)
    return after
  }

  private func told() -> [JSON] {
    hub.unkept(after: 0).events.compactMap { try? JSON(parsing: $0.bytes) }
  }

  @Test func `those in the window whose level moved are told, before and after, and nobody else`() async throws {
    try #require(hub.enter("tester"))
    let news = news()
    let before = TrustSnapshot().applying(try rows([("a", "b", 10), ("b", "c", 20), ("c", "d", 30)]))
    let after = try change(before, [("a", "b", 15)], news)
    await news.step(after)
    #expect(
      told() == [
        [
          "citizen": "a", "before": .double(10), "level": .double(15), "ready": false,
          "snapshot": .integer(Int64(after.version)),
        ],
        [
          "citizen": "b", "before": .double(30), "level": .double(35), "ready": false,
          "snapshot": .integer(Int64(after.version)),
        ],
      ])
    await news.step(after)
    #expect(told().count == 2)
    hub.leave("tester")
  }

  @Test func `however often trust changes, a citizen is told once a step`() async throws {
    try #require(hub.enter("tester"))
    let news = news()
    var graph = TrustSnapshot().applying(try rows([("a", "b", 10)]))
    for trust in 11...20 { graph = try change(graph, [("a", "b", Double(trust))], news) }
    await news.step(graph)
    #expect(told().map { $0["citizen"] } == ["a", "b"])
    #expect(told().allSatisfy { $0["before"] == .double(10) && $0["level"] == .double(20) })
    hub.leave("tester")
  }

  @Test func `a step measures so many at most, and what is too much is said`() async throws {
    try #require(hub.enter("tester"))
    var limits = StreamLimits()
    (limits.touchedCitizens, limits.measuredCitizens) = (6, 2)
    let news = news(limits)
    let before = TrustSnapshot().applying(try rows((0..<5).map { ("a\($0)", "b\($0)", 10) }))
    let after = try change(before, (0..<5).map { ("a\($0)", "b\($0)", 20) }, news)
    await news.step(after)
    #expect(told().first?["levels"] == "many")
    #expect(told().count == 3)
    await news.step(after)
    await news.step(after)
    await news.step(after)
    #expect(told().count == 7)
    hub.leave("tester")
  }

  @Test func `nothing is measured while nobody reads`() async throws {
    let measured = Atomic(0)
    let news = LevelNews(hub) { _, _ in
      measured.add(1, ordering: .relaxed)
      return nil
    }
    let before = TrustSnapshot().applying(try rows([("a", "b", 10)]))
    let after = try change(before, [("a", "b", 15)], news)
    await news.step(after)
    try #require(hub.enter("tester"))
    await news.step(after)
    #expect(measured.load(ordering: .relaxed) == 0)
    hub.leave("tester")
  }
}
