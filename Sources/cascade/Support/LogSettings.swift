import Logging
import Synchronization

/// What a host says of itself while it runs, and in which form.
struct LogSettings: Sendable {
  /// The form of a line.
  enum Format: String, CaseIterable, Sendable {
    case text
    /// An object a line.
    case json
  }

  /// The form of each line.
  var format = Format.text
  /// The least that is said.
  var level = Logger.Level.info
  /// Whether each request to the API port is a line.
  var holdsAccess = false

  /// What serves unless something is set.
  init() {}

  /// The settings that the options give, completed by `sources`. Throws a usage error that names the option.
  init(_ sources: SettingSources, format: String?, level: String?, access: Bool) throws {
    let form = try sources.text(format, "log-format", or: self.format.rawValue)
    guard let format = Format(rawValue: form) else { throw sources.fault("log-format", "is text or json") }
    self.format = format
    let word = try sources.text(level, "log-level", or: self.level.rawValue)
    guard let level = Logger.Level(rawValue: word) else {
      let names = Logger.Level.allCases.map(\.rawValue)
      throw sources.fault("log-level", "is \(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")")
    }
    self.level = level
    holdsAccess = try sources.flag(access, "access-log")
  }

  /// Where each request to the API port is noted; nil for nowhere.
  var access: Logger? { holdsAccess ? Logger(label: "access") : nil }

  /// What writes the lines of one part of the host to `queue`, so that nobody who logs waits for whoever reads.
  func handler(label: String, provider: Logger.MetadataProvider?, queue: LogQueue) -> any LogHandler {
    CriticalLog(base: handler(label, provider, QueuedStream(queue: queue)), listeners: queue.criticals)
  }

  /// The line that says in the log how many lines it lacks.
  func notice(dropped: Int) -> String {
    let line = OneLine()
    handler("log", nil, line).log(
      event: LogEvent(
        level: .warning, message: "lines are missing here, as they came faster than anybody read them",
        metadata: ["dropped": "\(dropped)"], source: "cascade", file: #fileID, function: #function, line: #line))
    return line.text
  }

  private func handler(
    _ label: String, _ provider: Logger.MetadataProvider?, _ stream: any TextOutputStream & Sendable
  ) -> any LogHandler {
    var handler: any LogHandler =
      switch format {
      case .text: VisibleLog(label: label, provider: provider, stream: stream)
      case .json: ObjectLog(label: label, provider: provider, stream: stream)
      }
    handler.logLevel = level
    return handler
  }
}

/// Hands each line to a queue.
private struct QueuedStream: TextOutputStream, Sendable {
  let queue: LogQueue

  func write(_ line: String) { queue.put(line) }
}

/// A stream that keeps the one line that is written to it.
private final class OneLine: TextOutputStream, Sendable {
  private let written = Mutex("")

  var text: String { written.withLock { $0 } }

  func write(_ line: String) { written.withLock { $0 += line } }
}
