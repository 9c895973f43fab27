import Citizens
import Core
import Decisions
import Foundation
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
import StoreSQLite
import Synchronization
import TestSupport
import TrustGraph

/// A graph whose trust is moved by the shipped rulebook or another.
final class TrustMovesFixture: Sendable {
  let graph: LiveGraph
  let moves: TrustMoves
  private let loops: MultiThreadedEventLoopGroup
  private let observed: Observed

  /// Calls a test's closure after each decision that was made, before the move is stored.
  private final class Observed: Decisions {
    let body = Mutex<(@Sendable () async -> Void)?>(nil)
    private let lanes: LaneDecisions

    init(_ lanes: LaneDecisions) { self.lanes = lanes }

    func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
      let answer: Result<Decided, DecisionFailure>
      do throws(DecisionFailure) {
        answer = .success(try await lanes.decide(question))
      } catch {
        answer = .failure(error)
      }
      await body.withLock { $0 }?()
      return try answer.get()
    }
  }

  /// `rules` in place of the shipped `plugins/trust/plugin.lua`.
  init(_ store: any RelationshipStore = MemoryRelationshipStore(), rules: String? = nil) async throws {
    try ThreadStack.setDefault()
    graph = try await LiveGraph(store)
    loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let snapshot = rules.map { RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array($0.utf8)]) }
    let rulebook = try RulebookLoader.load(
      snapshot ?? RulebookLoader.read(directory: Checkout.directory), runSpecs: false)
    let generation = Generation(number: 7, rulebook: rulebook, activatedMilliseconds: 0)
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation, limits: RunLimits(deadline: .seconds(60)),
      reads: HostReads(graph: graph))
    observed = Observed(LaneDecisions(lanes))
    moves = TrustMoves(graph, by: observed)
  }

  /// Runs `body` with a fixture, and ends its threads.
  static func run(
    _ store: any RelationshipStore = MemoryRelationshipStore(), rules: String? = nil,
    _ body: (TrustMovesFixture) async throws -> Void
  ) async throws {
    let fixture = try await TrustMovesFixture(store, rules: rules)
    let result: Result<Void, any Error>
    do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
    await fixture.graph.close()
    try await fixture.loops.shutdownGracefully()
    try result.get()
  }

  /// Calls `body` after each decision, before what it decided is stored.
  func observe(_ body: @escaping @Sendable () async -> Void) { observed.body.withLock { $0 = body } }

  /// Adds or replaces relationships.
  func add(_ rows: [Relationship]) async { _ = try? await graph.apply(rows, rule: .replace) }

  func trust(_ first: String, _ second: String) -> Double? { graph.snapshot.relationship(first, second)?.trust }
}

/// A store that fails as often as it is told.
final class FailingStore: RelationshipStore {
  let inner = MemoryRelationshipStore()
  let failures = Mutex(0)

  func load() async throws(StoreError) -> StoredGraph { try await inner.load() }

  func changes(after version: Int, limit: Int) async throws(StoreError) -> SnapshotChange {
    try await inner.changes(after: version, limit: limit)
  }

  func save(_ change: SnapshotChange) async throws(StoreError) {
    let fails = failures.withLock { count in
      count -= 1
      return count >= 0
    }
    if fails { throw StoreError(.full, "no space") }
    try await inner.save(change)
  }

  func close() async {}
}

/// A directory that goes away with the test.
final class GraphFolder {
  let path = NSTemporaryDirectory() + "moves-\(UUID().uuidString)"
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func store() throws -> SQLiteRelationshipStore { try SQLiteRelationshipStore(directory: path) }
}

extension TrustMovesError {
  /// What the graph has against a move.
  var graph: GraphError? { if case .graph(let error) = self { error } else { nil } }
  /// What the rules have against it.
  var decision: DecisionFailure? { if case .decision(let failure) = self { failure } else { nil } }
}
