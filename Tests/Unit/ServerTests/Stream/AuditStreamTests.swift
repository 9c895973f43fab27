import Core
import Decisions
import Foundation
import Testing

@testable import Server

/// What operators did, on the stream.
struct AuditStreamTests {
  /// An audit log in a folder that goes with it.
  private final class Setting {
    let directory = "/tmp/cascade-audit-\(UUID().uuidString)"
    let log: AuditLog
    private var time: Int64 = 0

    init() {
      log = AuditLog(data: directory)
      try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func act(_ what: String) throws {
      time += 1
      try log.append(AuditEvent(milliseconds: time, who: "operator:one", what: what, from: "127.0.0.1"))
    }

    /// Begins the next file by hand, long before the log would.
    func begin(_ number: Int, _ text: String = "") throws {
      let digits = String(number)
      let name = String(repeating: "0", count: 12 - digits.count) + digits + ".jsonl"
      try Data(text.utf8).write(to: URL(filePath: log.directory + "/" + name))
    }

    /// All acts behind a place, read a page of `limit` at a time.
    func all(after position: UInt64, limit: Int) async throws -> [(position: UInt64, what: String)] {
      let stream = AuditStreamLog(log)
      var (found, place) = ([(position: UInt64, what: String)](), position)
      while true {
        let page = try await stream.read(after: place, limit: limit)
        for event in page.events {
          found.append((event.position, try JSON(parsing: event.bytes)["what"]?.string ?? ""))
        }
        #expect(page.isEnd || page.next > place)
        place = page.next
        if page.isEnd { return found }
      }
    }
  }

  @Test func `acts are read on behind any of them, over all files`() async throws {
    let setting = Setting()
    let stream = AuditStreamLog(setting.log)
    #expect(try await stream.bounds().oldest == stream.bounds().end)
    #expect(try await setting.all(after: 0, limit: 10).isEmpty)
    let before = try await stream.bounds().end
    for number in 1...4 { try setting.act("act\(number)") }
    try setting.begin(2)
    for number in 5...6 { try setting.act("act\(number)") }
    let all = try await setting.all(after: 0, limit: 100)
    #expect(all.map(\.what) == (1...6).map { "act\($0)" })
    #expect(try await setting.all(after: before, limit: 100).count == 6)
    #expect(try await stream.bounds().end == all.last?.position)
    for limit in 1...4 {
      for (index, act) in all.enumerated() {
        let rest = try await setting.all(after: act.position, limit: limit)
        #expect(rest.map(\.what) == all[(index + 1)...].map(\.what), "after \(act.what), \(limit) at once")
      }
    }
  }

  @Test func `a line that isn't whole yet waits, and one that can't be read is passed over`() async throws {
    let setting = Setting()
    try setting.act("first")
    let whole = try String(contentsOfFile: setting.log.directory + "/000000000001.jsonl", encoding: .utf8)
    try setting.begin(1, whole + "no act\n" + whole + String(whole.prefix(20)))
    #expect(try await setting.all(after: 0, limit: 10).map(\.what) == ["first", "first"])
    let end = try await AuditStreamLog(setting.log).read(after: 0, limit: 10).next
    try setting.begin(1, whole + "no act\n" + whole + whole)
    #expect(try await setting.all(after: end, limit: 10).map(\.what) == ["first"])
  }

  @Test func `a file that is gone is a gap`() async throws {
    let setting = Setting()
    try setting.act("first")
    let place = try #require(try await setting.all(after: 0, limit: 10).last).position
    try setting.begin(3)
    try setting.act("third")
    try FileManager.default.removeItem(atPath: setting.log.directory + "/000000000001.jsonl")
    let page = try await AuditStreamLog(setting.log).read(after: place, limit: 10)
    #expect(page.gap?.reason == .expired)
    #expect(page.events.count == 1)
    #expect(page.isEnd)
  }

  @Test func `an operator's reader gets acts as they come, and a citizen's none`() async throws {
    let setting = Setting()
    try setting.act("before")
    let log = setting.log
    let hub = StreamReading.hub([AuditStreamLog(log)])
    let lines = try await StreamReading.read(hub, topics: "audit", after: "oldest") { lines in
      if lines.last?.event == "live" {
        try? log.append(AuditEvent(milliseconds: 2, who: "operator:one", what: "now", from: "127.0.0.1"))
        hub.notify()
      }
      return lines.filter { $0.event == "act" }.count == 2
    }
    #expect(lines.map(\.event) == ["hello", "act", "live", "act"])
    #expect(lines.compactMap { $0.data["what"]?.string } == ["before", "now"])
    let problem = #expect(throws: ProblemDocument.self) {
      try StreamRequest(topics: "audit", filter: nil, lastID: nil, accept: nil, viewer: .citizen("Bianca"))
    }
    #expect(problem?.code == .forbidden)
  }
}
