import Core
import Logging

/// A log whose lines of the highest level are told to others, too.
struct CriticalLog: LogHandler {
  /// Where all lines go.
  var base: any LogHandler
  /// Who hears of the messages of those that are `critical`.
  let listeners: Listeners<String>

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
    set { base.metadata = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { base[metadataKey: key] }
    set { base[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    base.log(event: event)
    if event.level == .critical { listeners.tell(Self.message(event)) }
  }

  /// As the line has it, without its metadata.
  private static func message(_ event: LogEvent) -> String {
    let message = VisibleText.line(event.message.description)
    let limit = LogLimits().lineBytes
    return message.utf8.count <= limit ? message : String(decoding: message.utf8.prefix(limit), as: UTF8.self)
  }
}
