internal import Core

/// How events are written.
package enum StreamForm: Sendable {
  /// Server-Sent Events (HTML Living Standard, section 9.2).
  case events
  /// One JSON object a line, with the same members.
  case lines

  /// What the answer says it is.
  package var mediaType: String { self == .events ? "text/event-stream" : "application/x-ndjson" }

  /// What a request's `Accept` asks for.
  package init(accept: String?) {
    self = accept?.contains("application/x-ndjson") ?? false ? .lines : .events
  }

  /// Appends one event; `data` is JSON without a line's end. With it a reader that is cut off is told after how many
  /// milliseconds to come again, if `retry` says so. O(bytes).
  func append(
    _ name: String, _ data: some Sequence<UInt8>, id: StreamCursor?, retry: Int? = nil, to out: inout [UInt8]
  ) {
    switch self {
    case .events:
      if let retry { out += "retry: \(retry)\n".utf8 }
      if let id {
        out += Self.idField
        id.append(to: &out)
        out.append(Self.lineEnd)
      }
      out += Self.eventField
      out += name.utf8
      out += Self.dataField
      out += data
      out += Self.eventEnd
    case .lines:
      out += Self.eventMember
      out += name.utf8
      if let id {
        out += Self.idMember
        id.append(to: &out)
      }
      out.append(Self.quote)
      if let retry { out += ",\"retry\":\(retry)".utf8 }
      out += Self.dataMember
      out += data
      out += Self.objectEnd
    }
  }

  /// Appends what only says that the connection lives.
  func appendPing(to out: inout [UInt8]) {
    switch self {
    case .events: out += Self.ping
    case .lines: append("ping", Self.nothing, id: nil, to: &out)
    }
  }

  private static let quote = UInt8(ascii: "\"")
  private static let lineEnd = UInt8(ascii: "\n")
  private static let idField = Array("id: ".utf8)
  private static let eventField = Array("event: ".utf8)
  private static let dataField = Array("\ndata: ".utf8)
  private static let eventEnd = Array("\n\n".utf8)
  private static let eventMember = Array(#"{"event":""#.utf8)
  private static let idMember = Array(#"","id":""#.utf8)
  private static let dataMember = Array(#","data":"#.utf8)
  private static let objectEnd = Array("}\n".utf8)
  private static let ping = Array(": ping\n\n".utf8)
  private static let nothing = Array("{}".utf8)
}
