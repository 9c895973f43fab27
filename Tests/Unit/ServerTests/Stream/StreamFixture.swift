import Core
import Synchronization
import Testing

@testable import Server

/// A log in memory, whose events a test adds and drops.
final class MemoryStreamLog: StreamLog {
  let name: String
  let topics: Set<StreamTopic>
  private let state = Mutex<(oldest: UInt64, events: [StreamEvent])>((0, []))
  /// How often it was read.
  let reads = Atomic(0)

  init(_ name: String = "records", _ topics: Set<StreamTopic> = [.decisions]) {
    self.name = name
    self.topics = topics
  }

  /// Adds events at the positions 10, 20, 30, …
  func add(_ count: Int, topic: StreamTopic = .decisions, point: String = "tier.assign", requester: String = "") {
    state.withLock { state in
      for _ in 0..<count {
        let position = (state.events.last?.position ?? state.oldest) + 10
        let record =
          #"{"id":"\#(position)","point":"\#(point)","requester":"\#(requester)","input":{"secret":1},"result":1}"#
        if topic == .decisions {
          state.events.append(StreamEvent(decision: Array(record.utf8), at: position))
        } else {
          state.events.append(StreamEvent(topic, "entry", at: position, bytes: Array("{\"id\":\(position)}".utf8)))
        }
      }
    }
  }

  /// Forgets all events up to a position.
  func drop(through position: UInt64) {
    state.withLock { state in
      state.oldest = position
      state.events.removeAll { $0.position <= position }
    }
  }

  func bounds() async -> (oldest: UInt64, end: UInt64) {
    state.withLock { ($0.oldest, $0.events.last?.position ?? $0.oldest) }
  }

  func read(after position: UInt64, limit: Int) async -> StreamPage {
    reads.add(1, ordering: .relaxed)
    return state.withLock { state in
      let all = state.events.filter { $0.position > position }
      let events = Array(all.prefix(limit))
      return StreamPage(events, next: events.last?.position ?? position, isEnd: events.count == all.count)
    }
  }
}

/// A line of a stream that was read.
struct StreamLine: Sendable {
  var event: String
  var id: String?
  var data: JSON

  init?(_ json: JSON) {
    guard let event = json["event"]?.string, let data = json["data"] else { return nil }
    self.event = event
    id = json["id"]?.string
    self.data = data
  }
}

/// Reads streams of a hub.
enum StreamReading {
  /// They live as long as the tests.
  static let threads = StreamThreads(count: 2)

  static func hub(
    _ logs: [any StreamLog], shared: StoredStreamLogs? = nil, epoch: UInt64 = 7,
    _ change: (inout StreamLimits) -> Void = { _ in }
  ) -> StreamHub {
    var limits = StreamLimits()
    limits.interval = .milliseconds(1)
    limits.patience = .zero
    change(&limits)
    return StreamHub(epoch: epoch, records: "all", logs: logs, shared: shared, limits: limits, threads: threads)
  }

  /// What a reader reads until `enough` says so of all lines, or the stream ends.
  static func read(
    _ hub: StreamHub, _ viewer: StreamViewer = .operator("tester"), topics: String? = "decisions", after: String? = nil,
    filter: String? = nil, until enough: @escaping @Sendable ([StreamLine]) async -> Bool
  ) async throws -> [StreamLine] {
    let request = try StreamRequest(
      topics: topics, filter: filter, lastID: after, accept: "application/x-ndjson", viewer: viewer)
    let lines = Mutex<[StreamLine]>([])
    try #require(hub.enter(viewer.subject))
    defer { hub.leave(viewer.subject) }
    struct Enough: Error {}
    do {
      var session = StreamSession(request, viewer, hub: hub, isAllowed: { true }) { bytes in
        let all = lines.withLock { lines in
          for line in String(decoding: bytes, as: UTF8.self).words(at: "\n") where !line.isEmpty {
            if let json = try? JSON(parsing: String(line)), let line = StreamLine(json) { lines.append(line) }
          }
          return lines
        }
        if await enough(all) { throw Enough() }
      }
      try await session.run()
    } catch is Enough {}
    return lines.withLock { $0 }
  }

  /// The same until everything that is there was read.
  static func readAll(
    _ hub: StreamHub, _ viewer: StreamViewer = .operator("tester"), topics: String? = "decisions",
    after: String? = "oldest", filter: String? = nil
  ) async throws -> [StreamLine] {
    try await read(hub, viewer, topics: topics, after: after, filter: filter) { $0.contains { $0.event == "live" } }
  }
}

extension [StreamLine] {
  /// The ids of the decisions, in order.
  var decisions: [String] { filter { $0.event == "decision" }.compactMap { $0.data["id"]?.string } }
  var gaps: [String] { filter { $0.event == "gap" }.compactMap { $0.data["reason"]?.string } }
}
