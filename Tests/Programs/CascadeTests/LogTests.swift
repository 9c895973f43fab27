import Core
import Foundation
import Logging
import Synchronization
import Testing

@testable import cascade

/// The log of a host, in both forms.
struct LogTests {
  private static func line(_ write: (Logger) -> Void, format: String = "json", level: String? = nil) throws -> String {
    let pipe = Pipe()
    let queue = try LogQueue(pipe.fileHandleForWriting.fileDescriptor) { "dropped \($0)\n" }
    let settings = try LogSettings(
      SettingSources(nil, readsEnvironment: false), format: format, level: level, access: false)
    let provider = Logger.MetadataProvider { ["request": "r-1"] }
    write(Logger(label: "part") { settings.handler(label: $0, provider: provider, queue: queue) })
    queue.finish(within: .seconds(60))
    try pipe.fileHandleForWriting.close()
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  @Test func `lines of the highest level are told to who listens, and no others`() throws {
    let pipe = Pipe()
    let queue = try LogQueue(pipe.fileHandleForWriting.fileDescriptor) { "dropped \($0)\n" }
    let heard = Mutex<[String]>([])
    queue.criticals.add { message in heard.withLock { $0.append(message) } }
    let settings = try LogSettings(
      SettingSources(nil, readsEnvironment: false), format: "json", level: "info", access: false)
    let logger = Logger(label: "part") { settings.handler(label: $0, provider: nil, queue: queue) }
    logger.error("it failed")
    logger.critical("records\ncan't be kept", metadata: ["disk": "full"])
    queue.finish(within: .seconds(60))
    try pipe.fileHandleForWriting.close()
    let lines = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2)
    let message = try JSON(parsing: Array((lines.last ?? "").utf8))["message"]?.string
    let told = heard.withLock { $0 }
    #expect(told.count == 1)
    #expect(told.first == message)
  }

  @Test func `a line is an object with time, level, message and each member of the metadata`() throws {
    let text = try Self.line { logger in
      logger.warning("it \u{22}broke\u{22}", metadata: ["at": ["x", "y"], "level": "high", "in": ["a": "b"]])
    }
    let line = try JSON(parsing: Array(text.utf8))
    #expect(line["level"] == "warning" && line["label"] == "part" && line["message"] == #"it "broke""#)
    #expect(line["at"] == ["x", "y"] && line["in"] == ["a": "b"] && line["request"] == "r-1")
    #expect(line["_level"] == "high", "what the log itself says isn't the metadata's to say")
    let time = try #require(line["time"]?.string)
    #expect(time.hasSuffix("Z") && time.contains("T") && time.utf8.count == "2026-11-29T16:00:00.000Z".utf8.count)
  }

  @Test(arguments: ["a\nb", "\u{1B}[31mred", "\u{202E}backwards", "\u{9B}31m", "\u{2028}"])
  func `whatever is said, it is one line and visible`(text: String) throws {
    let line = try Self.line { $0.info("\(text)", metadata: ["\(text)": "\(text)"]) }
    #expect(line.split(separator: "\n", omittingEmptySubsequences: false).count == 2 && line.hasSuffix("\n"))
    #expect(!line.unicodeScalars.dropLast().contains { $0.properties.generalCategory == .control })
    #expect(!line.contains(text) && (try? JSON(parsing: Array(line.utf8))) != nil, "\(line)")
  }

  @Test func `a line that is too long is cut, and still an object`() throws {
    let text = try Self.line { logger in
      logger.info(
        "\(String(repeating: "m", count: 9_000))", metadata: ["a": "\(String(repeating: "é", count: 9_000))"])
    }
    let line = try JSON(parsing: Array(text.utf8))
    #expect(line["cut"] == "true" && line["a"] == nil && line["message"]?.string?.hasPrefix("mmm") == true)
  }

  @Test func `what is below the level isn't said`() throws {
    for format in ["json", "text"] {
      let text = try Self.line(
        { logger in
          logger.info("quiet")
          logger.error("loud")
        }, format: format, level: "error")
      #expect(text.contains("loud") && !text.contains("quiet"))
    }
  }

  @Test func `the line about dropped ones has the form of the others`() throws {
    let settings = try LogSettings(
      SettingSources(nil, readsEnvironment: false), format: "json", level: nil, access: false)
    let line = try JSON(parsing: Array(settings.notice(dropped: 7).utf8))
    #expect(line["dropped"] == "7" && line["level"] == "warning" && line["label"] == "log")
  }

  @Test func `another form and another level are refused by name`() throws {
    for (option, word) in [("--log-format", "xml"), ("--log-level", "loud")] {
      let ending = try Program.run(["serve", option, word])
      #expect(ending.code == 64 && ending.error.contains("\(option) is "), "\(ending.error)")
    }
  }

  @Test func `a host logs objects, one for each request to the API, with the request's id and trace`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs", "--log-format", "json", "--access-log"])
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
    let fields = ["-H", "X-Request-Id: seen-1", "-H", "traceparent: \(trace)1"]
    #expect(try server.status(fields, "/health?token=hidden") == 200)
    let reload = ["-H", "X-Request-Id: seen-2", "-H", "traceparent: \(trace)1", "-X", "POST"]
    #expect(try server.status(reload + server.authorization(scratch), "/v1/rulebook?specs=false") == 200)
    #expect(server.stop() == 0)
    let lines = try server.logged.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
    let health = try #require(lines.first { $0["request"] == "seen-1" })
    #expect(health["label"] == "access" && health["message"] == "GET /health 200" && health["who"] == "")
    #expect(health["trace"] == .string(trace + "0") && health["from"] == "127.0.0.1")
    let acts = lines.filter { $0["request"] == "seen-2" }
    #expect(acts.contains { $0["message"] == "an operator's act" && $0["trace"] == .string(trace + "1") })
    #expect(acts.contains { $0["label"] == "access" && $0["who"]?.string?.hasPrefix("operator:") == true })
    #expect(!server.logged.contains("hidden") && !server.logged.contains("Bearer"))
  }

  @Test func `without being told, a host logs text and no requests`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(try server.status(["-H", "X-Request-Id: seen-1"], "/health") == 200)
    #expect(server.stop() == 0)
    #expect(!server.logged.contains("GET /health") && !server.logged.hasPrefix("{"))
  }
}
