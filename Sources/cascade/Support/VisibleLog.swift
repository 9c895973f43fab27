import Core
import Logging

/// A log of lines, each one event: whatever stands in a message or its metadata, no line is anybody else's.
struct VisibleLog: LogHandler {
  private var base: StreamLogHandler

  /// A log whose lines go to `stream`.
  init(label: String, provider: Logger.MetadataProvider?, stream: any TextOutputStream & Sendable) {
    base = StreamLogHandler(label: label, stream: stream, metadataProvider: provider)
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
  static func visible(_ metadata: Logger.Metadata) -> Logger.Metadata {
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
