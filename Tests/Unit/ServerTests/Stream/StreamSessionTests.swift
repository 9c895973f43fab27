import Core
import Synchronization
import Testing

@testable import Server

/// What one reader of the stream gets.
struct StreamSessionTests {
  /// Counts from 1.
  private final class Count: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  }

  private static func ids(_ range: ClosedRange<Int>) -> [String] { range.map { "\($0 * 10)" } }

  @Test func `a reader is told where it is, gets what there is in order, and then what comes`() async throws {
    let log = MemoryStreamLog()
    log.add(3)
    let hub = StreamReading.hub([log])
    let lines = try await StreamReading.read(hub, after: "oldest") { lines in
      if lines.last?.event == "live" {
        log.add(2)
        hub.notify()
      }
      return lines.decisions.count == 5
    }
    #expect(lines.map(\.event) == ["hello", "decision", "decision", "decision", "live", "decision", "decision"])
    #expect(lines.decisions == Self.ids(1...5))
    #expect(lines[0].data["resumed"] == false)
    #expect(lines[0].data["epoch"] == "7")
    #expect(lines[0].data["records"] == "all")
  }

  @Test func `without an id a reader begins now`() async throws {
    let log = MemoryStreamLog()
    log.add(3)
    let lines = try await StreamReading.readAll(StreamReading.hub([log]), after: nil)
    #expect(lines.map(\.event) == ["hello", "live"])
  }

  @Test func `whoever reads on after any id misses nothing and gets nothing twice`() async throws {
    let logs = [MemoryStreamLog("records"), MemoryStreamLog("ledger", [.decisions, .ledger])]
    for log in logs { log.add(40) }
    let hub = StreamReading.hub(logs) { $0.pageEvents = 7 }
    let whole = try await StreamReading.readAll(hub).filter { $0.event == "decision" }
    #expect(whole.count == 80)
    for (place, line) in whole.enumerated() {
      let rest = try await StreamReading.readAll(hub, after: line.id)
      #expect(rest.first?.data["resumed"] == true)
      #expect(rest.gaps == [])
      let expected = whole[(place + 1)...].compactMap { $0.data["id"]?.string }
      #expect(rest.decisions.sorted() == expected.sorted())
    }
  }

  @Test func `a slow reader is served from the log, is told so, and misses nothing`() async throws {
    let log = MemoryStreamLog()
    let hub = StreamReading.hub([log]) {
      $0.pageEvents = 10
      $0.tailEvents = 20
    }
    let count = 500
    let lives = Count()
    let slow = try await StreamReading.read(hub, after: "oldest") { lines in
      if lines.last?.event == "live", lives.next() == 1 {
        log.add(10)
        hub.notify()
        return false
      }
      // While it doesn't read, another one does.
      if lines.decisions.count == 10 {
        log.add(count - 10)
        hub.notify()
        _ = try? await StreamReading.read(hub, .operator("quick"), after: lines.last?.id) {
          $0.decisions.count == count - 10
        }
      }
      return lines.decisions.count == count && lines.last?.event == "live"
    }
    #expect(slow.decisions == Self.ids(1...count))
    #expect(slow.gaps == [])
    let behind = try #require(slow.first { $0.event == "behind" })
    #expect((behind.data["lag"]?.integer ?? 0) > 0)
    #expect(slow.filter { $0.event == "live" }.count == 2)
  }

  @Test func `readers at the end of a log share what was read`() async throws {
    let log = MemoryStreamLog()
    let hub = StreamReading.hub([log])
    let ready = Count()
    try await withThrowingTaskGroup(of: [String].self) { group in
      for reader in 0..<20 {
        group.addTask {
          try await StreamReading.read(hub, .operator("\(reader)")) { lines in
            if lines.last?.event == "live", ready.next() == 20 {
              log.add(100)
              hub.notify()
            }
            return lines.decisions.count == 100
          }.decisions
        }
      }
      for try await decisions in group { #expect(decisions == Self.ids(1...100)) }
    }
    #expect(log.reads.load(ordering: .relaxed) < 60)
  }

  @Test func `an id of another history is a gap, and the reader begins now`() async throws {
    let log = MemoryStreamLog()
    log.add(3)
    let before = StreamReading.hub([log], epoch: 1)
    let id = try await StreamReading.readAll(before).first { $0.event == "decision" }?.id
    let lines = try await StreamReading.readAll(StreamReading.hub([log], epoch: 2), after: id)
    #expect(lines.map(\.event) == ["hello", "gap", "live"])
    #expect(lines[0].data["reason"] == "epoch")
    #expect(lines[0].data["resumed"] == false)
    #expect(lines[1].data["from"] == id.map { .string($0) })
    #expect(lines[1].data["to"] == lines[0].data["from"])
  }

  @Test func `what isn't kept any more is a gap, and the reader goes on behind it`() async throws {
    let log = MemoryStreamLog()
    log.add(10)
    let hub = StreamReading.hub([log])
    let id = try await StreamReading.readAll(hub).first { $0.event == "decision" }?.id
    log.drop(through: 50)
    let lines = try await StreamReading.readAll(hub, after: id)
    #expect(lines.gaps == ["expired"])
    #expect(lines.decisions == Self.ids(6...10))
  }

  @Test func `an id from further on than the log is waited for, and then a gap`() async throws {
    let log = MemoryStreamLog()
    log.add(2)
    let id = StreamCursor(epoch: 7, ["records": 500]).text
    let lines = try await StreamReading.readAll(StreamReading.hub([log]), after: id)
    #expect(lines.gaps == ["ahead"])
    let patient = StreamReading.hub([log]) { $0.patience = .seconds(60) }
    async let reading = StreamReading.readAll(patient, after: StreamCursor(epoch: 7, ["records": 30]).text)
    while patient.mark.news == 0 {
      try await Task.sleep(for: .milliseconds(5))
      if patient.hasReaders {
        log.add(2)
        patient.notify()
      }
    }
    #expect(try await reading.gaps == [])
  }

  @Test func `what no log keeps is told as it comes, and a gap to who comes again`() async throws {
    let hub = StreamReading.hub([MemoryStreamLog()]) { $0.unkeptEvents = 5 }
    let alarm = StreamEvent(.alarms, "alarm", at: 0, bytes: Array(#"{"code":"x"}"#.utf8))
    let lines = try await StreamReading.read(hub, topics: "alarms,decisions") { lines in
      if lines.last?.event == "live" { hub.publish(alarm) }
      return lines.contains { $0.event == "alarm" }
    }
    #expect(lines.last?.data == ["code": "x"])
    let again = try await StreamReading.read(hub, topics: "alarms,decisions", after: lines.last?.id) { lines in
      if lines.last?.event == "live" { for _ in 0..<9 { hub.publish(alarm) } }
      return lines.contains { $0.event == "alarm" }
    }
    #expect(again.gaps == ["unkept", "unkept"])
    #expect(again.filter { $0.event == "alarm" }.count == 5)
  }

  @Test func `a stopping host says goodbye`() async throws {
    let hub = StreamReading.hub([MemoryStreamLog()])
    let lines = try await StreamReading.read(hub) { lines in
      if lines.last?.event == "live" { hub.beginStop() }
      return false
    }
    #expect(lines.last?.event == "bye")
    #expect(!hub.enter("later"))
  }

  @Test func `a citizen sees of its own decisions what concerns it, and nothing of others`() async throws {
    let log = MemoryStreamLog()
    for requester in ["", "operator:1", "citizen:Bianca", "citizen:Marco", "citizen:Bianc", "citizen:Biancaa"] {
      log.add(2, requester: requester)
    }
    let lines = try await StreamReading.readAll(StreamReading.hub([log]), .citizen("Bianca"))
    #expect(lines.decisions == Self.ids(5...6))
    for line in lines where line.event == "decision" {
      #expect(line.data.object?.members.map(\.name) == ["id", "point", "result"])
    }
  }

  @Test func `a filter picks decisions by their names`() async throws {
    let log = MemoryStreamLog()
    for point in ["bridge.quote", "bridge.sell", "bridges.build"] { log.add(1, point: point) }
    let hub = StreamReading.hub([log])
    #expect(try await StreamReading.readAll(hub, filter: "point:bridge.*").decisions == ["10", "20"])
    #expect(try await StreamReading.readAll(hub, filter: "point:bridge.sell").decisions == ["20"])
    #expect(try await StreamReading.readAll(hub, filter: "point:bridge").decisions == [])
  }
}
