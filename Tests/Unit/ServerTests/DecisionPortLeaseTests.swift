import Core
import Decisions
import Foundation
import Rulebook
@testable import Server
import Synchronization
import Testing

/// What the decision port answers when its host doesn't know any more what decides on the others.
struct DecisionPortLeaseTests {
  private final class Time: Sendable {
    let now = Mutex<Int64>(0)
  }

  @Test func `answers and records say that they are stale while there is no lease, and then there are none`()
    async throws
  {
    let time = Time()
    let lease = HostLease(staleAfter: .seconds(30)) { time.now.withLock { $0 } }
    let directory = "/tmp/cascade-port-lease-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let log = try RecordLog(directory: directory)
    try await DecisionPortFixture.serving(records: RecordKeeping(.all, in: log), lease: lease) { port in
      lease.renew(from: 0)
      try await port.talking { client in
        let batch = Ask.batch("probe.double", "{\"value\":1}\n{\"value\":\"no\"}")
        #expect(try client.ask(Ask.double(1)).json["stale"] == nil)
        #expect(try client.ask(batch).lines.allSatisfy { $0["stale"] == nil })
        time.now.withLock { $0 = 10_000_000_000 }
        let one = try client.ask(Ask.double(2))
        #expect(one.status == 200 && one.json["stale"] == true)
        #expect(one.text.contains(#""generation":7,"stale":true,"result""#))
        #expect(one.json["result"] == ["value": 4])
        let record = try log.reader.record(try #require(one.json["decision_id"]?.string.flatMap { Identifier($0) }))
        #expect(record.flatMap { RecordedDecision(bytes: $0) }?.isStale == true)
        let lines = try client.ask(batch).lines
        #expect(lines.count == 2 && lines.allSatisfy { $0["stale"] == true })
        let failed = try client.ask(Ask.decision("probe.broken", #"{"input":{}}"#))
        #expect(failed.status == 500 && failed.json["stale"] == true)
        time.now.withLock { $0 = 40_000_000_000 }
        let none = try client.ask(Ask.double(3))
        #expect(none.status == 503 && none.field("retry-after") == "1" && none.code == "unavailable")
        #expect(try client.ask(batch).status == 503)
        #expect(try client.ask(Ask.get("/health")).status == 200)
        lease.renew(from: 40_000_000_000)
        let again = try client.ask(Ask.double(4))
        #expect(again.status == 200 && again.json["stale"] == nil)
        let fresh = try log.reader.record(try #require(again.json["decision_id"]?.string.flatMap { Identifier($0) }))
        #expect(fresh.flatMap { RecordedDecision(bytes: $0) }?.isStale == false)
      }
    }
    await log.close()
  }
}
