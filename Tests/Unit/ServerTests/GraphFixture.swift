import Citizens
import Core
import Decisions
import Foundation
import Hummingbird
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
@testable import Server
import TestSupport
import TrustGraph

/// A server over a graph, measured by the shipped rulebook or another.
struct GraphFixture {
  let graph: LiveGraph
  let moves: TrustMoves
  let api: APIFixture
  private let loops: MultiThreadedEventLoopGroup

  /// The rules this checkout ships, with some files changed.
  static func shipped(_ changes: [String: (String) -> String] = [:]) throws -> RulebookSnapshot {
    var files = try RulebookFiles(directory: Checkout.directory).read().files
    for (path, change) in changes {
      files[path] = Array(change(String(decoding: files[path] ?? [], as: UTF8.self)).utf8)
    }
    return RulebookSnapshot(files: files)
  }

  init(_ rules: RulebookSnapshot, limits: APILimits = APILimits()) async throws {
    try ThreadStack.setDefault()
    graph = try await LiveGraph(MemoryRelationshipStore())
    loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let rulebook = try RulebookLoader.load(rules, runSpecs: false)
    let generation = Generation(number: 1, rulebook: rulebook, activatedMilliseconds: 0)
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation, limits: RunLimits(deadline: .seconds(10)),
      reads: HostReads(graph: graph))
    let decisions = LaneDecisions(lanes)
    moves = TrustMoves(graph, by: decisions)
    api = APIFixture(
      limits: limits, endpoints: Endpoint.graph(graph, measurements: Measurements(decisions), moves: moves))
  }

  /// Runs `body` with a fixture and ends its threads.
  static func run(
    _ rules: RulebookSnapshot? = nil, limits: APILimits = APILimits(), _ body: (GraphFixture) async throws -> Void
  ) async throws {
    let fixture = try await GraphFixture(rules ?? shipped(), limits: limits)
    do {
      try await body(fixture)
    } catch {
      try await fixture.loops.shutdownGracefully()
      throw error
    }
    try await fixture.loops.shutdownGracefully()
  }

  /// Sends relationships as an operator.
  func send(_ rows: [JSON]) async throws -> Reply {
    try await api.ask(
      .post, "/v1/graph/relationships", api.authorization, body: (["relationships": .array(rows)] as JSON).bytes)
  }

  /// A row as the wire has it.
  static func row(_ first: String, _ second: String, _ trust: Double) -> JSON {
    ["citizen1": .string(first), "citizen2": .string(second), "trustScore": .double(trust)]
  }
}
