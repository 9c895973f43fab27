import Citizens
import Core
import Testing
import TrustGraph

/// Hosts that share one store of relationships.
struct SharedGraphTests {
  @Test func `a change is made again on what another host stored, and a refresh takes that in`() async throws {
    let store = MemoryRelationshipStore()
    let (first, second) = (try await LiveGraph(store), try await LiveGraph(store))
    _ = try await first.apply([try Relationship("anna", "bruno", trust: 50)], marks: ["day": "3"])
    #expect(second.snapshot.nodeCount == 0)
    _ = try await second.apply([try Relationship("carla", "bruno", trust: 60)])
    #expect(second.snapshot.edgeCount == 2)
    #expect(second.marks["day"] == "3")
    #expect(first.snapshot.edgeCount == 1)
    try await first.refresh()
    #expect(first.snapshot.version == second.snapshot.version)
    #expect((0..<3).map(first.snapshot.name(of:)) == (0..<3).map(second.snapshot.name(of:)))
    #expect(first.snapshot.relationship("bruno", "carla")?.trust == 60)
  }

  @Test func `what is derived sees what another host stored`() async throws {
    let store = MemoryRelationshipStore()
    let (first, second) = (try await LiveGraph(store), try await LiveGraph(store))
    for (host, step) in [(first, 1.0), (second, 2), (first, 4), (second, 8)] {
      _ = try await host.change(.replace) { now throws(GraphError) in
        [try Relationship("anna", "bruno", trust: (now.relationship("anna", "bruno")?.trust ?? 0) + step)]
      }
    }
    #expect(second.snapshot.relationship("anna", "bruno")?.trust == 15)
  }

  @Test func `of the changes of many hosts at once none is lost`() async throws {
    let store = MemoryRelationshipStore()
    let hosts = [try await LiveGraph(store), try await LiveGraph(store), try await LiveGraph(store)]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, host) in hosts.enumerated() {
        for pair in 0..<20 {
          group.addTask { _ = try await host.apply([try Relationship("a\(number)", "b\(pair)", trust: 50)]) }
        }
      }
      try await group.waitForAll()
    }
    for host in hosts {
      try await host.refresh()
      #expect(host.snapshot.edgeCount == 60)
    }
  }
}
