import Citizens
import Commerce
import Core
import Cryptography
import Decisions
import Hummingbird
import Ledger
import Logging
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
@testable import Server
import Synchronization
import Testing
import Tokens
import TrustGraph

/// Prices over HTTP: the shipped rules on a lane, a graph, a ledger, and citizens who signed in.
final class QuoteFixture: Sendable {
  static let names = ["anna", "bruno", "chiara", "dora", "elio"]

  let authentication: AuthenticationFixture
  let api: APIFixture
  let graph: LiveGraph
  let ledger: LedgerProjection
  let quotes: Quotes
  let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
  private let lanes: LaneGroup
  private let box: Mutex<Generation>
  private let loops: MultiThreadedEventLoopGroup

  private init(_ changes: [String: (String) -> String]) async throws {
    try ThreadStack.setDefault()
    let citizens = (Self.names + ["far:away"]).map { name -> JSON in ["username": .string(name)] }
    let directory = try #require(ListedCitizens(json: ["citizens": .array(citizens)]))
    authentication = try AuthenticationFixture(directory)
    let now = authentication.now
    graph = try await LiveGraph(MemoryRelationshipStore())
    ledger = try await LedgerProjection(
      MemoryLedgerStore(time: TimeSource(wall: { now() * 1_000_000 }, boot: { now() * 1_000_000 })))
    loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let generation = try Self.generation(1, changes)
    box = Mutex(generation)
    lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation,
      limits: RunLimits(deadline: .seconds(10)), reads: HostReads(balances: ledger.balances, graph: graph))
    let decisions = LaneDecisions(lanes)
    quotes = Quotes(
      decisions, measurements: Measurements(decisions), seal: QuoteSeal(authentication.issuer), now: now)
    api = APIFixture(endpoints: Endpoint.quotes(quotes, authentication: authentication.authentication))
  }

  /// Runs `body` with a fixture whose rules were changed so, and ends its threads.
  static func run(
    _ changes: [String: (String) -> String] = [:], _ body: (QuoteFixture) async throws -> Void
  ) async throws {
    let fixture = try await QuoteFixture(changes)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(fixture)) } catch { outcome = .failure(error) }
    try await fixture.loops.shutdownGracefully()
    try outcome.get()
  }

  private static func generation(_ number: Int, _ changes: [String: (String) -> String]) throws -> Generation {
    let rulebook = try RulebookLoader.load(GraphFixture.shipped(changes), runSpecs: false)
    return Generation(number: number, rulebook: rulebook, activatedMilliseconds: 0)
  }

  /// Changes the rules as a reload does.
  func install(_ number: Int, _ changes: [String: (String) -> String]) async throws {
    let generation = try Self.generation(number, changes)
    try await lanes.install(generation)
    box.withLock { $0 = generation }
  }

  /// The generation that decides.
  var generation: Generation { box.withLock { $0 } }

  /// The access token of a citizen, who proves who they are.
  func signIn(_ name: String) async throws -> String {
    let citizen = try CitizenKey()
    try authentication.enrolled.enrol(name, citizen.key.publicKey)
    let reply = try await authentication.signIn(name, citizen.key)
    return try #require(reply.json["access_token"]?.string, "\(reply.text)")
  }

  /// Makes the five citizens trust each other fully: each one's level is then 1/φ.
  func befriend() async throws {
    var rows: [Relationship] = []
    for (place, first) in Self.names.enumerated() {
      for second in Self.names[(place + 1)...] { rows.append(try Relationship(first, second, trust: 100)) }
    }
    _ = try await graph.apply(rows)
  }

  /// Asks for a quote.
  func ask(_ body: JSON, bearer: String? = nil) async throws -> Reply {
    let fields = bearer.map { ["authorization": "Bearer " + $0] } ?? [:]
    return try await api.ask(.post, "/v1/quotes", fields, body: body.bytes)
  }
}
