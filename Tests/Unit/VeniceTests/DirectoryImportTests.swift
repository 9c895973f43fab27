import Citizens
import Core
import StandIns
import Synchronization
import Testing
import TrustGraph

@testable import Venice

/// Venice's relationships on their way into the graph.
struct DirectoryImportTests {
  /// A directory that lists what it is given and fails as often as it is told.
  private final class Directory: CitizenDirectory {
    struct State {
      var listed: [Relationship] = []
      var isTruncated = true
      var pairs: [Relationship] = []
      var failures = 0
      var asked: [String] = []
    }

    let state = Mutex(State())

    func citizen(named username: String, _ freshness: LookupFreshness) async -> CitizenLookup { .notFound }

    func relationships() async throws(DirectoryUnavailable) -> RelationshipList {
      state.withLock { RelationshipList($0.listed, isTruncated: $0.isTruncated) }
    }

    func relationship(
      between first: String, and second: String
    ) async throws(DirectoryUnavailable) -> Relationship? {
      let answer: Relationship?? = state.withLock { state in
        state.asked.append("\(first)-\(second)")
        if state.failures > 0 {
          state.failures -= 1
          return nil
        }
        return .some(state.pairs.first { Set([$0.citizen1, $0.citizen2]) == Set([first, second]) })
      }
      guard let answer else { throw DirectoryUnavailable("down", retrySeconds: 7) }
      return answer
    }
  }

  private func graph(_ rows: [Relationship] = []) async throws -> LiveGraph {
    let graph = try await LiveGraph(MemoryRelationshipStore())
    _ = try await graph.apply(rows)
    return graph
  }

  @Test func `fewer than a hundred are all there are`() async throws {
    let fixture = try await VeniceFixture()
    for number in 0..<99 { fixture.venice.relate("anna", "b\(number)", trust: 60, strength: 1) }
    let graph = try await graph()
    let report = try await DirectoryImport(from: fixture.client, into: graph).run(at: 0)
    #expect(report == DirectoryImport.Report(listed: 99))
    #expect(graph.snapshot.edgeCount == 99)
    #expect(fixture.venice.requests == ["/api/relationships"])
    let mark = try JSON(parsing: try #require(graph.marks[GraphMark.directoryImport]))
    #expect(mark["truncated"] == false && mark["time"] == "1970-01-01T00:00:00.000Z")
    await fixture.stop()
  }

  @Test func `exactly a hundred are recorded as truncated, and the pairs that matter are asked for`() async throws {
    let fixture = try await VeniceFixture()
    // Sixteen citizens, all 120 pairs of them related, the strongest hundred told at once.
    let names = (10..<26).map { "c\($0)" }
    var number = 0
    for (place, first) in names.enumerated() {
      for second in names[(place + 1)...] {
        fixture.venice.relate(
          first, second, trust: .integer(Int64(number % 101)), strength: .integer(Int64(number % 90)))
        number += 1
      }
    }
    let graph = try await graph()
    let report = try await DirectoryImport(from: fixture.client, into: graph).run(at: 1_748_779_200_000)
    #expect(report == DirectoryImport.Report(listed: 100, isTruncated: true, asked: 20, found: 20))
    #expect(graph.snapshot.edgeCount == 120)
    #expect(fixture.venice.requests.count == 21)
    #expect(Set(fixture.venice.requests).count == 21, "each pair once")
    let mark = try JSON(parsing: try #require(graph.marks[GraphMark.directoryImport]))
    #expect(mark["truncated"] == true && mark["time"] == "2025-06-01T12:00:00.000Z")
    await fixture.stop()
  }

  @Test func `what the graph has is asked for first, then the other pairs of all who are known`() async throws {
    let directory = Directory()
    directory.state.withLock {
      $0.listed = [try? Relationship("anna", "bruno", trust: 90, lastInteraction: "2")].compactMap { $0 }
      $0.pairs = [try? Relationship("carla", "dora", trust: 70, lastInteraction: "2")].compactMap { $0 }
    }
    let graph = try await graph([
      try Relationship("carla", "dora", trust: 20, lastInteraction: "1"),
      try Relationship("anna", "bruno", trust: 10, lastInteraction: "1"),
    ])
    var both = DirectoryImport(from: directory, into: graph)
    both.citizens = ["emma", "anna"]
    both.pairLimit = 3
    both.concurrency = 1
    let report = try await both.run(at: 0)
    // Five citizens are ten pairs; one is listed.
    #expect(report == DirectoryImport.Report(listed: 1, isTruncated: true, asked: 3, found: 1, left: 6))
    #expect(directory.state.withLock { $0.asked } == ["carla-dora", "anna-carla", "anna-dora"])
    #expect(graph.snapshot.relationship("carla", "dora")?.trust == 70)
    #expect(graph.snapshot.relationship("anna", "bruno")?.trust == 90)
    #expect(graph.snapshot.node(of: "emma") == nil, "one who is related to nobody")
  }

  @Test func `of a pair the newest stays, whoever knows it`() async throws {
    let directory = Directory()
    directory.state.withLock {
      $0.listed = [try? Relationship("anna", "bruno", trust: 90, lastInteraction: "2025-01-01")].compactMap { $0 }
      $0.isTruncated = false
    }
    let graph = try await graph([try Relationship("bruno", "anna", trust: 10, lastInteraction: "2025-01-02")])
    _ = try await DirectoryImport(from: directory, into: graph).run(at: 0)
    #expect(graph.snapshot.relationship("anna", "bruno")?.trust == 10)
  }

  @Test func `a pair that fails is asked for again, and given up with everything after that`() async throws {
    let directory = Directory()
    directory.state.withLock {
      $0.listed = [try? Relationship("anna", "bruno", trust: 90)].compactMap { $0 }
      $0.pairs = [try? Relationship("anna", "carla", trust: 70)].compactMap { $0 }
      $0.failures = 2
    }
    let waited = Mutex<[Int]>([])
    let graph = try await graph()
    var both = DirectoryImport(from: directory, into: graph)
    both.citizens = ["carla"]
    both.concurrency = 1
    both.pause = { seconds in waited.withLock { $0.append(seconds) } }
    #expect(try await both.run(at: 0).found == 1)
    #expect(waited.withLock { $0 } == [7, 7])
    directory.state.withLock {
      $0.failures = 3
      $0.pairs.append(contentsOf: [try? Relationship("bruno", "carla", trust: 5)].compactMap { $0 })
    }
    let (before, marks) = (graph.snapshot.version, graph.marks)
    await #expect(throws: DirectoryUnavailable.self) { try await both.run(at: 9) }
    #expect(graph.snapshot.version == before && graph.marks == marks)
  }

  @Test func `invented relationships and a silent Venice change nothing`() async throws {
    var limits = VeniceLimits()
    limits.total = .milliseconds(200)
    let fixture = try await VeniceFixture(limits: limits)
    fixture.venice.relate("anna", "bruno", trust: 60, strength: 1)
    let graph = try await graph()
    for mode in [StandInVenice.Mode.fallback, .demo, .failing(500), .raw("HTTP/1.1 200 OK\r\n\r\n{"), .hanging] {
      fixture.venice.answer(mode)
      await #expect(throws: DirectoryUnavailable.self) {
        try await DirectoryImport(from: fixture.client, into: graph).run(at: 0)
      }
      #expect(graph.snapshot.nodeCount == 0 && graph.marks.isEmpty)
    }
    await fixture.stop()
  }
}
