import Core
import Decisions
import Foundation
@testable import Server
import Synchronization
import Testing

/// What the decision port does when its records find no room.
struct DecisionPortRecordTests {
  /// A log that goes away with the test.
  private final class Log {
    let directory = "/tmp/cascade-port-records-\(UUID().uuidString)"
    let log: RecordLog

    init(waitingBytes: Int) throws {
      var limits = RecordLimits()
      limits.waitingBytes = waitingBytes
      log = try RecordLog(directory: directory, limits: limits)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// The ids of all records.
    func ids() throws -> [String] {
      var ids: [String] = []
      let found = try log.reader.verify { bytes throws(StoreError) in
        let json = try? JSON(parsing: Array(bytes), limits: RecordLimits.parsing)
        ids.append(json?["id"]?.string ?? "?")
      }
      #expect(found.problem == nil)
      return ids
    }
  }

  private static var hasty: DecisionPortLimits {
    var limits = DecisionPortLimits()
    limits.patience = .milliseconds(50)
    return limits
  }

  @Test func `while the log is full decisions are told to come back, and nothing is decided`() async throws {
    let log = try Log(waitingBytes: 0)
    try await DecisionPortFixture.serving(
      limits: Self.hasty, effects: FakeEffects(), records: RecordKeeping(.all, in: log.log)
    ) { port in
      try await port.talking { client in
        for request in [Ask.double(1), Ask.double(2), Ask.batch("probe.double", "{\"value\":1}\n{\"value\":2}")] {
          let answer = try client.ask(request)
          #expect(answer.status == 503)
          #expect(answer.code == "unavailable")
          #expect(answer.field("retry-after") == "1")
        }
        #expect(try client.ask(Ask.get("/health")).status == 200)
        let pay = Ask.decision(
          "probe.pay", #"{"input":{"from":"citizen:a","amount":"1.00 DUC/2"}}"#,
          ["Authorization: Bearer \(port.token.secret)", "Idempotency-Key: 018bcfe5-6800-7000-8000-000000000001"])
        #expect(try client.ask(pay).status == 200)
      }
      #expect(await port.lanes.statistics().decided == 0)
    }
    #expect(try log.ids() == [])
    await log.log.close()
  }

  @Test func `pipelined requests wait in their order, each for its turn`() async throws {
    let log = try Log(waitingBytes: 0)
    try await DecisionPortFixture.serving(limits: Self.hasty, records: RecordKeeping(.all, in: log.log)) { port in
      try await port.talking { client in
        try client.send((0..<20).map { Ask.double($0) }.joined() + Ask.get("/health"))
        for _ in 0..<20 { #expect(try client.response().status == 503) }
        #expect(try client.response().status == 200)
      }
    }
    await log.log.close()
  }

  @Test func `a log that can't keep up makes decisions wait, and drops none`() async throws {
    let log = try Log(waitingBytes: 400)
    let gathered = Gathered()
    try await DecisionPortFixture.serving(records: RecordKeeping(.all, in: log.log)) { port in
      try await withThrowingTaskGroup(of: Void.self) { clients in
        for turn in 0..<8 {
          clients.addTask {
            try await port.talking { client in try Self.load(client, batches: turn % 2 == 1, gathered) }
          }
        }
        try await clients.waitForAll()
      }
    }
    await log.log.flush()
    let (single, batched) = (4 * 100, 4 * 5 * 50)
    #expect(gathered.ids.count == single + batched)
    #expect(try log.ids().sorted() == gathered.ids.sorted())
    await log.log.close()
  }

  private static func load(_ client: DecisionPortClient, batches: Bool, _ gathered: Gathered) throws {
    if batches {
      let lines = (0..<50).map { "{\"value\":\($0)}" }.joined(separator: "\n")
      for _ in 0..<5 { gathered.add(try client.ask(Ask.batch("probe.double", lines)).lines) }
    } else {
      for number in 0..<100 {
        let answer = try client.ask(Ask.double(number))
        #expect(answer.status == 200)
        gathered.add([answer.json])
      }
    }
  }

  @Test func `of a sample every so many are kept, and of effects none`() async throws {
    let cases: [(RecordPolicy, Int)] = [(.sample(4), 10), (.sample(1), 40), (.effects, 0), (.all, 40)]
    for (policy, kept) in cases {
      let log = try Log(waitingBytes: 1 << 20)
      try await DecisionPortFixture.serving(records: RecordKeeping(policy, in: log.log)) { port in
        // One connection, so one lane.
        try await port.talking { client in
          for number in 0..<40 {
            let answer = try client.ask(Ask.double(number))
            #expect(answer.status == 200)
          }
        }
      }
      await log.log.flush()
      #expect(try log.ids().count == kept, "\(policy)")
      await log.log.close()
    }
  }
}

/// The ids of decisions, gathered by many.
private final class Gathered: Sendable {
  private let all = Mutex<[String]>([])

  func add(_ answers: [JSON]) { all.withLock { $0 += answers.map { $0["decision_id"]?.string ?? "none" } } }
  var ids: [String] { all.withLock { $0 } }
}
