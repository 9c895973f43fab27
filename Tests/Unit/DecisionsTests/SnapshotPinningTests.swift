import Citizens
import Core
import Decisions
import Dispatch
import Foundation
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
import Testing
import TrustGraph

/// A decision sees one snapshot from its first look to its last, and its record says which.
struct SnapshotPinningTests {
  /// A graph that changes each time a rule has looked at it.
  private final class ChangingGraph: GraphPort {
    let live: LiveGraph
    private let looked: (any GraphPort)?

    init(_ live: LiveGraph, looked: (any GraphPort)? = nil) {
      self.live = live
      self.looked = looked
    }

    func pinned() -> any GraphPort { ChangingGraph(live, looked: live.pinned()) }

    func answer(_ query: GraphQuery) throws(HostCallProblem) -> JSON? {
      defer { change() }
      return try (looked ?? live).answer(query)
    }

    /// One more relationship, there before this returns.
    private func change() {
      let done = DispatchSemaphore(value: 0)
      let name = "new\(live.snapshot.version)"
      Task {
        _ = try? await self.live.apply([try Relationship("anna", name, trust: 90)])
        done.signal()
      }
      done.wait()
    }
  }

  private static let rules = """
    return {
      name = "look", version = "1.0.0",
      decisions = {
        ["look.often"] = {
          uses = { "graph.metrics", "graph.network", "graph.null_model" },
          input = {}, output = { edges = { list = "integer" }, versions = { list = "integer" } },
          decide = function(_, host)
            local options = { window = 47, neutral = 50, crystal_mean = 70, top = 4 }
            local first = host.graph.metrics("anna", options)
            local second = host.graph.network({ neutral = 50 })
            local third = host.graph.null_model("anna", { window = 47, samples = 2, seed = 1 })
            local last = host.graph.metrics("anna", options)
            return {
              edges = { first.edges_total, second.edges, last.edges_total },
              versions = { first.snapshot, second.snapshot, third.snapshot, last.snapshot },
            }
          end,
        },
      },
    }
    """

  @Test func `a decision that began before an update sees the old snapshot all the way`() async throws {
    try ThreadStack.setDefault()
    let live = try await LiveGraph(MemoryRelationshipStore())
    _ = try await live.apply([try Relationship("anna", "bruno", trust: 80)])
    let files = RulebookSnapshot(files: ["plugins/look/plugin.lua": Array(Self.rules.utf8)])
    let generation = Generation(
      number: 1, rulebook: try RulebookLoader.load(files, runSpecs: false), activatedMilliseconds: 0)
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation, limits: RunLimits(deadline: .seconds(60)),
      reads: HostReads(graph: ChangingGraph(live)))
    let directory = "/tmp/cascade-pinning-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let log = try RecordLog(directory: directory)
    try await lanes.keepRecords(RecordKeeping(.all, in: log))
    let decisions = LaneDecisions(lanes)
    for round in 0..<2 {
      let (version, edges) = (live.snapshot.version, live.snapshot.edgeCount)
      #expect(edges == 1 + 4 * round)
      let decided = try await decisions.decide(Question("look.often", .value([:])))
      let (result, id) = (try decided.result(), decided.id)
      #expect(result["edges"] == .array([JSON](repeating: .integer(Int64(edges)), count: 3)))
      #expect(result["versions"] == .array([JSON](repeating: .integer(Int64(version)), count: 4)))
      #expect(live.snapshot.version == version + 4, "it did change meanwhile")
      let record = try #require(try log.reader.record(id).flatMap { RecordedDecision(bytes: $0) })
      #expect(record.snapshot == Int64(version))
      #expect(record.json["snapshot"] == .integer(Int64(version)))
      #expect(record.calls.count == 4)
    }
    await log.close()
    try await loops.shutdownGracefully()
  }
}
