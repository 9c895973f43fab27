import Core
import Decisions
import Synchronization
import Testing

@testable import Server

/// The stream of hosts that share a store: whichever of them a reader asks, it goes on where it was.
struct StoredStreamTests {
  private let store = MemoryDecisionLog()
  private let ledger = MemoryStreamLog("ledger", [.ledger])

  /// One more host.
  private func host(epoch: UInt64 = 7, _ change: (inout StreamLimits) -> Void = { _ in }) -> StreamHub {
    StreamReading.hub([ledger], shared: StoredStreamLogs(store), epoch: epoch, change)
  }

  /// Stores records of these numbers behind those of the log.
  private func append(_ numbers: ClosedRange<Int>, to log: String) async throws {
    let before = try await store.end(of: log)
    var end = before
    let records = numbers.map { number in
      end.sequence += 1
      let bytes = #"{"id":"\#(number)","point":"tier.assign","requester":"","input":{},"result":1}"#
      return LoggedRecord(
        sequence: end.sequence, id: Identifier(high: 0, low: UInt64(number)), bytes: Array(bytes.utf8))
    }
    end.position += 1
    try await store.append(records, to: log, after: before, end: end)
  }

  private static func ids(_ numbers: ClosedRange<Int>) -> [String] { numbers.map { "\($0)" } }

  @Test func `decisions of all hosts are told by each, and an id of one goes on at another without a hole`()
    async throws
  {
    try await append(1...30, to: "one/0")
    try await append(31...50, to: "two/0")
    let whole = try await StreamReading.readAll(host { $0.pageEvents = 7 })
    #expect(Set(whole.decisions) == Set(Self.ids(1...50)) && whole.decisions.count == 50)
    for (place, line) in whole.enumerated() where line.event == "decision" {
      let rest = try await StreamReading.readAll(host(), after: line.id)
      #expect(rest.first?.data["resumed"] == true && rest.gaps == [])
      #expect(Set(rest.decisions) == Set(Array(whole[(place + 1)...]).decisions))
    }
  }

  @Test func `without an id a reader begins now, and gets what any host stores from then on`() async throws {
    try await append(1...9, to: "one/0")
    let hub = host()
    let lines = try await StreamReading.read(hub, after: nil) { lines in
      if lines.last?.event == "live", lines.decisions.isEmpty {
        try? await append(10...12, to: "one/0")
        // A host that came later, too.
        try? await append(13...15, to: "two/effects")
        try? await hub.look()
      }
      return lines.decisions.count == 6
    }
    #expect(Set(lines.decisions) == Set(Self.ids(10...15)))
    #expect(lines.gaps == [])
  }

  @Test func `a host that hasn't stored a place yet waits, and goes on once it is there`() async throws {
    try await append(1...3, to: "one/0")
    let place = StreamCursor(epoch: 7, ["ledger": 0, "one/0": 3, "two/0": 2]).text
    let hub = host { $0.patience = .seconds(600) }
    let told = try await withThrowingTaskGroup(of: [StreamLine].self) { group in
      group.addTask { try await StreamReading.read(hub, after: place) { $0.decisions.count == 1 } }
      try await append(4...6, to: "two/0")
      // Until the reader has looked again.
      let looking = Task {
        while !Task.isCancelled {
          try await hub.look()
          hub.notify()
          try await Task.sleep(for: .milliseconds(5))
        }
      }
      defer { looking.cancel() }
      return try await group.next() ?? []
    }
    #expect(told.first?.data["resumed"] == true && told.gaps == [])
    #expect(told.decisions == ["6"])
  }

  @Test(arguments: [["one/0": 4], ["one/0": 3, "three/0": 1]] as [[String: UInt64]])
  func `what never comes is told as a gap, and the reader goes on with what there is`(_ wanted: [String: UInt64])
    async throws
  {
    try await append(1...3, to: "one/0")
    let hub = host()
    let place = StreamCursor(epoch: 7, wanted).text
    let lines = try await StreamReading.read(hub, after: place) { lines in
      if lines.last?.event == "live", lines.decisions.isEmpty {
        try? await append(4...4, to: "one/0")
        try? await hub.look()
      }
      return lines.decisions.count == 1
    }
    #expect(lines.first?.data["reason"] == "ahead" && lines.first?.data["resumed"] == false)
    #expect(lines.gaps == ["ahead"])
    #expect(lines.decisions == ["4"])
  }

  @Test func `an id of before a backup was restored is a gap at every host`() async throws {
    try await append(1...3, to: "one/0")
    let id = try await StreamReading.readAll(host()).first { $0.event == "decision" }?.id
    let lines = try await StreamReading.readAll(host(epoch: 8), after: id)
    #expect(lines.map(\.event) == ["hello", "gap", "live"])
    #expect(lines[0].data["reason"] == "epoch")
  }

  @Test func `what was pruned meanwhile is told as a gap, also to who is in the middle of it`() async throws {
    try await append(1...9, to: "one/0")
    let place = StreamCursor(epoch: 7, ["one/0": 2]).text
    try await store.remove("one/0", through: 5)
    let resumed = try await StreamReading.readAll(host(), after: place)
    #expect(resumed.gaps == ["expired"] && resumed.decisions == Self.ids(6...9))

    let hub = host { $0.pageEvents = 1 }
    let slow = try await StreamReading.read(hub, after: "oldest") { lines in
      if lines.decisions.count == 1 { try? await store.remove("one/0", through: 8) }
      return lines.last?.event == "live"
    }
    #expect(slow.gaps == ["expired"])
    #expect(slow.decisions.first == "6" && slow.decisions.last == "9")
  }
}
