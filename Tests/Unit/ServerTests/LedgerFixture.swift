import Core
import Decisions
import Hummingbird
import Ledger
@testable import Server
import Synchronization

/// A server over a ledger in memory, and what an operator asks of it.
struct LedgerFixture {
  let store: MemoryLedgerStore
  let api: APIFixture
  private let time: Clock

  /// Time that only a test moves, nanoseconds.
  private final class Clock: Sendable {
    let wall = Atomic<Int64>(1_700_000_000_000_000_000)
    let boot = Atomic<Int64>(0)
  }

  init(signer: (any CheckpointSigner)? = nil) {
    let clock = Clock()
    time = clock
    let source = TimeSource(
      wall: { clock.wall.load(ordering: .relaxed) }, boot: { clock.boot.load(ordering: .relaxed) })
    store = MemoryLedgerStore(ledgerID: "a-ledger", time: source)
    // Without records of its own: those of the ledger are found.
    let records = DecisionRecords(ledger: store, log: RecordReader(directory: "/nowhere"))
    api = APIFixture(endpoints: Endpoint.ledger(store, signer: signer) + Endpoint.records(records))
  }

  /// Lets time pass.
  func advance(seconds: Int64) {
    jump(seconds: seconds)
    time.boot.add(seconds * 1_000_000_000, ordering: .relaxed)
  }

  /// Sets the wall clock only.
  func jump(seconds: Int64) { time.wall.add(seconds * 1_000_000_000, ordering: .relaxed) }

  /// Asks as an operator.
  func ask(_ method: HTTPRequest.Method, _ path: String, _ body: JSON? = nil) async throws -> Reply {
    try await api.ask(method, "/v1/ledger" + path, api.authorization, body: body?.bytes)
  }

  /// Sends events; their results.
  func send(_ events: JSON...) async throws -> [JSON] {
    let reply = try await ask(.post, "/transfers", ["events": .array(events)])
    return reply.status == 200 ? reply.json["results"]?.array ?? [] : []
  }

  /// The id that ends in `number`.
  static func id(_ number: Int) -> String {
    let digits = String(number)
    return "018bcfe5-6800-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// An event as the wire has it, with further members.
  static func event(
    _ number: Int, _ kind: String = "posted", from: String = "world", to: String = "citizen:alice",
    minor: JSON = 10_000, adding further: [(String, JSON)] = []
  ) -> JSON {
    let members: [(name: String, value: JSON)] = [
      ("id", .string(id(number))), ("from", .string(from)), ("to", .string(to)),
      ("amount", ["asset": "DUC/2", "minor": minor]), ("kind", .string(kind)),
    ]
    return .object(JSON.Object(members + further.map { (name: $0.0, value: $0.1) }))
  }

  /// A post or void of the hold `hold`.
  static func resolution(_ number: Int, _ kind: String, of hold: Int) -> JSON {
    ["id": .string(id(number)), "kind": .string(kind), "pending_id": .string(id(hold))]
  }
}

/// A store that can't.
struct BrokenStore: LedgerStore {
  let ledgerID = "broken"
  var error: StoreError

  func commit(_ submission: Submission) async throws(StoreError) -> Committed { throw error }
  func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? { throw error }
  func sweep() async throws(StoreError) -> LedgerChanges { throw error }
  func now() async throws(StoreError) -> Int64 { throw error }
  func head() async throws(StoreError) -> LedgerHead { throw error }
  func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] { throw error }
  func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account] { throw error }
  func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold] { throw error }
  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? { throw error }
  func entries(
    naming id: Identifier, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredEntry] { throw error }
  func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] { throw error }
  func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] { throw error }
  func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? { throw error }
  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { throw error }
  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] { throw error }
  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] { throw error }
  func close() async {}
}
