import Core
import Governance
import Logging

/// A log of lines, each one event and one JSON object: `time` (UTC), `level`, `label`, `message`, `source`, and behind
/// them each member of the metadata by its name; one of a name that is taken already has `_` before it. What a terminal
/// wouldn't show is visible here, too.
struct ObjectLog: LogHandler {
  /// Bytes of a line with its end; of one that would have more, the metadata is left out and the message cut.
  private static let lineBytes = LogLimits().lineBytes
  private static let cutMessageBytes = 1024

  private let label: String
  private let stream: any TextOutputStream & Sendable
  var logLevel = Logger.Level.info
  var metadataProvider: Logger.MetadataProvider?
  var metadata = Logger.Metadata()

  /// A log whose lines go to `stream`.
  init(label: String, provider: Logger.MetadataProvider?, stream: any TextOutputStream & Sendable) {
    self.label = label
    self.stream = stream
    metadataProvider = provider
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var metadata = self.metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { metadata["error"] = "\(error)" }
    let message = event.message.description
    var line = Self.line(event, label, message, metadata)
    if line.utf8.count >= Self.lineBytes {
      let cut = String(decoding: message.utf8.prefix(Self.cutMessageBytes), as: UTF8.self)
      line = Self.line(event, String(label.prefix(64)), cut, ["cut": "true"])
    }
    var stream = stream
    stream.write(line + "\n")
  }

  private static func line(
    _ event: LogEvent, _ label: String, _ message: String, _ metadata: Logger.Metadata
  ) -> String {
    var object = JSON.Object([
      ("time", .string(Self.now())), ("level", .string(event.level.rawValue)),
      ("label", .string(VisibleText.line(label))), ("message", .string(VisibleText.line(message))),
      ("source", .string(VisibleText.line(event.source))),
    ])
    for (name, value) in VisibleLog.visible(metadata).sorted(by: { $0.key < $1.key }) {
      var name = name
      while object[name] != nil { name = "_" + name }
      object.append(name, Self.json(value))
    }
    return JSON.object(object).text
  }

  private static func json(_ value: Logger.MetadataValue) -> JSON {
    switch value {
    case .string(let text): .string(text)
    case .stringConvertible(let value): .string(value.description)
    case .dictionary(let members):
      .object(JSON.Object(members.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) }))
    case .array(let values): .array(values.map(json))
    }
  }

  /// The wall clock as RFC 3339 has it, with milliseconds.
  private static func now() -> String {
    let milliseconds = WallClock.milliseconds()
    let part = String(1000 + milliseconds % 1000).dropFirst()
    return "\(Instant(seconds: milliseconds / 1000).text.dropLast()).\(part)Z"
  }
}
