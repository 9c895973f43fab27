package import Logging
internal import Synchronization

/// What was logged, each line as `level: message`.
package final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  /// No lines yet.
  package init() {}

  /// The lines so far.
  package var all: [String] { lines.withLock { $0 } }

  /// A logger that writes here.
  package var logger: Logger { Logger(label: "lines") { _ in Handler(lines: self) } }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.level): \(event.message)") } }
  }
}
