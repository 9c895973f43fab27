import Citizens
import Core
import Decisions
import Server
import ServiceLifecycle
import TrustGraph

/// Tells the stream, about once a second, whose level moved with trust. The rules that serve measure, beside the lanes
/// and without records.
struct LevelFollowing: Service {
  private static let interval = Duration.seconds(1)

  private let graph: LiveGraph
  private let news: LevelNews

  /// Follows `graph` for the readers of `hub`; `decisions` measure.
  init(_ graph: LiveGraph, _ hub: StreamHub, by decisions: OwnDecisions) {
    self.graph = graph
    let news = LevelNews(hub) { citizen, snapshot in
      let made = try? await decisions.decide(
        Measurements.point, ["citizen": .string(citizen)], requester: "stream",
        reads: HostReads(graph: SnapshotGraph(snapshot)))
      return try? made?.decided.result()
    }
    self.news = news
    graph.changes.add { news.note($1, since: $0) }
  }

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await news.step(graph.snapshot) }
  }
}
