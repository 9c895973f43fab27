import Core
import Foundation
import Synchronization
import Testing

@testable import cascade

/// A log that nobody reads holds nobody up.
struct LogQueueTests {
  /// A pipe that takes so many bytes, and what was read of it.
  private final class NarrowPipe: @unchecked Sendable {
    let pipe = Pipe()
    var writing: Int32 { pipe.fileHandleForWriting.fileDescriptor }

    init(bytes: Int32 = 4096) { #expect(fcntl(writing, 1031 /* F_SETPIPE_SZ */, bytes) == bytes) }

    /// Everything, once the writing end is closed here.
    func lines() throws -> [String] {
      try pipe.fileHandleForWriting.close()
      return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
  }

  private static func text(_ number: Int) -> String { "line \(number) " + String(repeating: "x", count: 90) + "\n" }

  @Test func `lines come in their order, and all of them when they are read`() throws {
    let pipe = NarrowPipe()
    let queue = try LogQueue(pipe.writing) { "dropped \($0)\n" }
    let read = Mutex<[String]>([])
    let reading = Thread {
      let bytes = pipe.pipe.fileHandleForReading
      var text = ""
      while !text.contains("line 4999 ") { text += String(decoding: bytes.availableData, as: UTF8.self) }
      read.withLock { $0 = text.split(separator: "\n").map(String.init) }
    }
    reading.start()
    for number in 0..<5000 { queue.put(Self.text(number)) }
    queue.finish(within: .seconds(60))
    while read.withLock({ $0.isEmpty }) { usleep(1000) }
    #expect(read.withLock { $0 } == (0..<5000).map { String(Self.text($0).dropLast()) })
    #expect(queue.droppedLines == 0)
  }

  @Test func `what nobody reads is dropped, counted, and said once somebody does`() throws {
    let pipe = NarrowPipe()
    let queue = try LogQueue(pipe.writing, limits: LogLimits(lines: 100, bytes: 1 << 20)) { "dropped \($0)\n" }
    // Nobody reads, and this ends all the same.
    for number in 0..<100_000 { queue.put(Self.text(number)) }
    let dropped = queue.droppedLines
    // One lot may be in the writer's hands while the next one waits, and 40 lines in the pipe.
    #expect(dropped >= 100_000 - 240)
    queue.finish(within: .milliseconds(1))
    let reading = pipe.pipe.fileHandleForReading
    var (text, said) = ("", 0)
    while said < dropped {
      text += String(decoding: reading.availableData, as: UTF8.self)
      said = text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1).reduce(0) { sum, line in
        sum + (line.hasPrefix("dropped ") ? Int(line.dropFirst(8)) ?? 0 : 0)
      }
    }
    #expect(said == dropped)
    let numbers = text.split(separator: "\n").compactMap {
      $0.hasPrefix("line ") ? Int($0.split(separator: " ")[1]) : nil
    }
    #expect(numbers.count == 100_000 - dropped)
    #expect(numbers == numbers.sorted() && numbers.first == 0, "those that are kept come in their order")
  }

  @Test func `bytes are bounded, too, and a line`() throws {
    let pipe = NarrowPipe()
    let queue = try LogQueue(pipe.writing, limits: LogLimits(lines: 1_000_000, bytes: 10_000, lineBytes: 1000)) {
      "dropped \($0)\n"
    }
    for _ in 0..<1000 { queue.put(String(repeating: "y", count: 5000) + "\n") }
    #expect(queue.droppedLines >= 1000 - 20)
    let reading = pipe.pipe.fileHandleForReading
    var text = ""
    while !text.contains("dropped ") { text += String(decoding: reading.availableData, as: UTF8.self) }
    let lines = text.split(separator: "\n")
    #expect(lines.first.map { $0.utf8.count < 1020 && $0.hasSuffix("… (cut)") } == true)
  }

  @Test func `a reader that goes away ends nothing`() throws {
    let pipe = NarrowPipe()
    let queue = try LogQueue(pipe.writing) { "dropped \($0)\n" }
    try pipe.pipe.fileHandleForReading.close()
    for number in 0..<100 { queue.put(Self.text(number)) }
    queue.finish(within: .seconds(60))
    #expect(queue.droppedLines == 100, "no line was written")
  }

  @Test func `the line about dropped ones is a line of the log`() {
    let line = LogSettings().notice(dropped: 7)
    #expect(line.hasSuffix("lines are missing here, as they came faster than anybody read them\n"), "\(line)")
    #expect(line.contains(" warning log: dropped=7 [cascade] "), "\(line)")
    #expect(line.split(separator: "\n").count == 1)
  }

  @Test func `a host whose output nobody reads goes on deciding after a thousand bad tokens`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let pipe = NarrowPipe()
    let server = try RunningServer(scratch, ["--no-specs"], standardError: pipe.pipe.fileHandleForWriting)
    let bad = ["-H", "Authorization: Bearer not.a.token", "-o", "/dev/null", "-w", "%{http_code}\\n"]
    let fund = ["-d", #"{"input":{"sprint":"s"}}"#]
    let api = try server.text(bad + ["http://\(server.api)/v1/ledger/accounts/a[1-600]"])
    #expect(api.split(separator: "\n") == Array(repeating: "401", count: 600))
    for _ in 0..<2 {
      let decisions = try server.text(
        bad + fund + ["http://\(server.decisions)/v1/decisions/sprint.fund#[1-300]"])
      #expect(decisions.split(separator: "\n") == Array(repeating: "401", count: 300))
    }
    let decided = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    #expect(decided["result"]?["tier"] == "enterprise")
    let metrics = try server.text(["http://\(server.api)/metrics"])
    #expect(metrics.contains("\ncascade_log_lines_dropped_total "))
    #expect(server.stop() == 0)
    let lines = try pipe.lines()
    #expect(
      lines.count >= 20
        && lines.allSatisfy { $0.contains(" info ") || $0.contains(" notice ") || $0.contains(" warning ") })
  }
}
