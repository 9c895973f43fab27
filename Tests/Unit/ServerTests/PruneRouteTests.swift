import Core
import Decisions
import Hummingbird
import Ledger
@testable import Server
import Synchronization
import Testing

/// `POST /v1/records/prune`.
struct PruneRouteTests {
  /// What was asked for.
  private final class Asked: Sendable {
    let list = Mutex<[(before: Int64, requester: String)]>([])
  }

  private static func api(_ asked: Asked, failing error: StoreError? = nil) -> APIFixture {
    APIFixture(endpoints: [
      Endpoint.pruning { before, requester in
        asked.list.withLock { $0.append((before, requester)) }
        if let error { throw error }
        return PrunedRecords()
      }
    ])
  }

  private static func ask(_ api: APIFixture, _ body: JSON) async throws -> Reply {
    try await api.ask(.post, "/v1/records/prune", api.authorization, body: body.bytes)
  }

  @Test func `an operator's time is handed on with who asked, and what went is told`() async throws {
    let asked = Asked()
    let reply = try await Self.ask(Self.api(asked), ["before": 1_000])
    #expect(reply.status == 200)
    #expect(
      reply.json == ["segments": 0, "records": 0, "anchors": [], "problems": [], "unfinished": false])
    let first = asked.list.withLock { $0.first }
    #expect(first?.before == 1_000)
    #expect(first?.requester.hasPrefix("operator:") == true)
  }

  @Test func `nobody else prunes`() async throws {
    let asked = Asked()
    let reply = try await Self.api(asked).ask(.post, "/v1/records/prune", [:], body: Array(#"{"before":1}"#.utf8))
    #expect(reply.status == 401)
    #expect(asked.list.withLock { $0.isEmpty })
  }

  @Test(
    arguments: [
      [], [:], ["before": "1"], ["before": -1], ["before": 9_000_000_000_000_000], ["before": 1, "after": 2],
      ["before": .double(1.5)],
    ] as [JSON])
  func `a body that names no time that is over is refused`(_ body: JSON) async throws {
    let asked = Asked()
    let reply = try await Self.ask(Self.api(asked), body)
    #expect(reply.status == (body.object == nil ? 400 : 422))
    #expect(asked.list.withLock { $0.isEmpty })
  }

  @Test func `what keeps records from being removed is a problem`() async throws {
    let error = StoreError(.overloaded, "records are being pruned already", retryAfter: .seconds(1))
    #expect(try await Self.ask(Self.api(Asked(), failing: error), ["before": 1]).status == 503)
  }
}
