import Core
import Decisions
import Foundation
@testable import Server
import Synchronization
import Testing

/// What the decision port does when its records find no room.
struct DecisionPortRecordTests {
  /// A log that goes away with the test.
  private final class Log: Sendable {
    let directory = "/tmp/cascade-port-records-\(UUID().uuidString)"
    let log: RecordLog

    /// A log whose segments are full at once when it is `isTight`.
    init(isTight: Bool = false) throws {
      var limits = RecordLimits()
      if isTight { limits.segmentBytes = 1 }
      log = try RecordLog(directory: directory, limits: limits)
    }

    /// Puts directories where the lanes' next segments would be, so that each lane has room for one decision.
    func obstruct() { for path in obstacles { mkdir(path, 0o700) } }
    func clear() { for path in obstacles { rmdir(path) } }

    private var obstacles: [String] { (0...1).map { "\(directory)/\($0)/000000000002.records" } }

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

  /// Whether an answer, or each line of one, says that decisions can't be recorded.
  private static func isRefused(_ answer: DecisionPortClient.Response) -> Bool {
    if answer.status != 200 { return answer.status == 503 && answer.field("retry-after") == "1" }
    return !answer.lines.isEmpty && answer.lines.allSatisfy { $0["error"]?["code"] == "unavailable" }
  }

  @Test func `what can't be recorded is told to come back, and nobody hears what was decided`() async throws {
    let log = try Log(isTight: true)
    let gathered = Gathered()
    try await DecisionPortFixture.serving(effects: FakeEffects(), records: RecordKeeping(.all, in: log.log)) { port in
      log.obstruct()
      try await port.talking { client in
        let first = try client.ask(Ask.double(1))
        #expect(first.status == 200)
        gathered.add([first.json])
        let named = try client.ask(Ask.double(2, ["X-Request-Id: mine.7"]))
        #expect(Self.isRefused(named) && named.field("x-request-id") == "mine.7", "\(named)")
        for request in [Ask.double(2), Ask.batch("probe.double", "{\"value\":1}\n{\"value\":2}"), Ask.double(3)] {
          let answer = try client.ask(request)
          #expect(Self.isRefused(answer), "\(answer)")
          #expect(answer.json["result"] == nil)
        }
        #expect(try client.ask(Ask.get("/health")).status == 200)
        let pay = Ask.decision(
          "probe.pay", #"{"input":{"from":"citizen:a","amount":"1.00 DUC/2"}}"#,
          ["Authorization: Bearer \(port.token.secret)", "Idempotency-Key: 018bcfe5-6800-7000-8000-000000000001"])
        #expect(try client.ask(pay).status == 200)
        log.clear()
        var answer = try client.ask(Ask.double(4))
        while answer.status == 503 { answer = try client.ask(Ask.double(4)) }
        #expect(answer.status == 200)
        gathered.add([answer.json])
      }
    }
    #expect(try log.ids().sorted() == gathered.ids.sorted())
    await log.log.close()
  }

  @Test func `pipelined requests are refused in their order, and those that close the connection, too`() async throws {
    let log = try Log(isTight: true)
    try await DecisionPortFixture.serving(records: RecordKeeping(.all, in: log.log)) { port in
      log.obstruct()
      try await port.talking { client in
        #expect(try client.ask(Ask.double(1)).status == 200)
        try client.send((0..<20).map { Ask.double($0) }.joined() + Ask.get("/health"))
        for _ in 0..<20 { #expect(try client.response().status == 503) }
        #expect(try client.response().status == 200)
        #expect(try client.ask(Ask.double(2, ["Connection: close"])).status == 503)
      }
      log.clear()
    }
    #expect(try log.ids().count == 1)
    await log.log.close()
  }

  @Test func `every answer has its record when it comes, and there are no others`() async throws {
    let log = try Log()
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
      #expect(try log.ids().sorted() == gathered.ids.sorted())
    }
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
      let log = try Log()
      try await DecisionPortFixture.serving(records: RecordKeeping(policy, in: log.log)) { port in
        // One connection, so one lane.
        try await port.talking { client in
          for number in 0..<40 {
            let answer = try client.ask(Ask.double(number))
            #expect(answer.status == 200)
          }
        }
      }
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
