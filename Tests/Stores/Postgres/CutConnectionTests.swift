internal import Core
internal import DatabaseServers
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct CutConnectionTests {
  /// Cuts at each message with `CASCADE_CUTS=1`, otherwise at each third, beginning anywhere.
  private static let stride = ProcessInfo.processInfo.environment["CASCADE_CUTS"] == nil ? 3 : 1

  @Test(arguments: [CuttingProxy.Side.client, .server])
  func `a connection that is cut at any message of a batch leaves every answer true`(_ side: CuttingProxy.Side)
    async throws
  {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    let direct = try PostgresLedgerStore(PostgresAddress(address))
    try await direct.fund("alice", 100_000)
    let proxy = try CuttingProxy(server: server.socket)
    defer { proxy.close() }
    let url = "postgresql://cascade@127.0.0.1:\(proxy.port)/\(database)?sslmode=disable&gssencmode=disable"
    var outcomes: [String: Int] = [:]
    var (number, cut) = (UInt64(1), Int.random(in: 0..<Self.stride))
    while true {
      let store = try PostgresLedgerStore(PostgresAddress(url))
      // The first batch connects and prepares what the second one cuts short.
      let prepared = try await store.send(Self.chain(number)[0], Self.chain(number)[1])
      #expect(prepared.outcomes == ["created", "created"])
      proxy.cut(after: cut, of: side)
      let outcome = try await Self.send(Self.chain(number + 1), to: store)
      outcomes[outcome, default: 0] += 1
      let kept = try await direct.entry(id(2 * number + 2)) != nil
      switch outcome {
      case "created", "exists": #expect(kept, "cut \(cut) of the \(side): \(outcome) and not there")
      case "unknown_outcome": break
      default: #expect(!kept, "cut \(cut) of the \(side): \(outcome) and there")
      }
      // The same id again is safe, whatever came out.
      let again = try await Self.send(Self.chain(number + 1), to: direct)
      #expect(again == (kept ? "exists" : "created"))
      let isOver = !proxy.hasCut
      proxy.cut(after: .max, of: side)
      await store.close()
      if isOver { break }
      number += 2
      cut += Self.stride
    }
    print("cuts of the \(side): \(outcomes)")
    #expect(cut > 10)
    #expect(try await direct.verify(against: nil).problem == nil)
    await direct.close()
  }

  private static func chain(_ number: UInt64) -> [LedgerEvent] {
    var first = LedgerEvent.posted(id(2 * number), from: account("alice"), to: account("bob"), ducats(1))
    first.isLinked = true
    return [first, .posted(id(2 * number + 1), from: account("bob"), to: account("carol"), ducats(1))]
  }

  /// How a chain came out: of all its events the same, or the error's code.
  private static func send(_ chain: [LedgerEvent], to store: PostgresLedgerStore) async throws -> String {
    do {
      let outcomes = try await store.send(chain[0], chain[1]).outcomes
      #expect(Set(outcomes).count == 1)
      return outcomes[0]
    } catch let error as StoreError {
      return error.code.rawValue
    }
  }
}
