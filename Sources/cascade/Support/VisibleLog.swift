import Core
import Logging
import Synchronization

/// A log of lines, each one event: whatever stands in a message or its metadata, no line is anybody else's.
struct VisibleLog: LogHandler {
  private var base: StreamLogHandler

  /// A log whose lines go to `queue`, so that nobody who logs waits for whoever reads.
  init(label: String, provider: Logger.MetadataProvider?, queue: LogQueue) {
    self.init(label: label, provider: provider, stream: QueuedStream(queue: queue))
  }

  private init(label: String, provider: Logger.MetadataProvider?, stream: any TextOutputStream & Sendable) {
    base = StreamLogHandler(label: label, stream: stream, metadataProvider: provider)
  }

  /// The line that says in the log how many lines it lacks.
  static func notice(dropped: Int) -> String {
    let line = OneLine()
    VisibleLog(label: "log", provider: nil, stream: line).log(
      event: LogEvent(
        level: .warning, message: "lines are missing here, as they came faster than anybody read them",
        metadata: ["dropped": "\(dropped)"], source: "cascade", file: #fileID, function: #function, line: #line))
    return line.text
  }

  var logLevel: Logger.Level {
    get { base.logLevel }
    set { base.logLevel = newValue }
  }

  var metadataProvider: Logger.MetadataProvider? {
    get { base.metadataProvider }
    set { base.metadataProvider = newValue }
  }

  var metadata: Logger.Metadata {
    get { base.metadata }
    set { base.metadata = Self.visible(newValue) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { base[metadataKey: key] }
    set { base[metadataKey: VisibleText.line(key)] = newValue.map(Self.visible) }
  }

  func log(event: LogEvent) {
    var event = event
    event.message = "\(VisibleText.line(event.message.description))"
    event.metadata = event.metadata.map(Self.visible)
    if let error = event.error {
      event.error = nil
      event.metadata = (event.metadata ?? [:]).merging(["error": "\(VisibleText.line("\(error)"))"]) { $1 }
    }
    base.log(event: event)
  }

  /// The same with every name and text visible; of two names that then are one, one stays.
  private static func visible(_ metadata: Logger.Metadata) -> Logger.Metadata {
    Dictionary(metadata.map { (VisibleText.line($0), visible($1)) }) { first, _ in first }
  }

  private static func visible(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
    switch value {
    case .string(let text): .string(VisibleText.line(text))
    case .stringConvertible(let value): .string(VisibleText.line(value.description))
    case .dictionary(let metadata): .dictionary(visible(metadata))
    case .array(let values): .array(values.map(visible))
    }
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
