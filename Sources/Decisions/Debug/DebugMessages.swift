package import Core

/// Puts messages of the Debug Adapter Protocol into bytes and takes them out: a head with `Content-Length`, an empty
/// line, and JSON.
package struct DebugMessages: Sendable {
  private var waiting: [UInt8] = []
  private static let headBytes = 4_096

  /// A reader that has read nothing yet.
  package init() {}

  /// A message with its head. O(bytes).
  package static func framed(_ message: JSON) -> [UInt8] {
    let body = message.bytes
    return Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
  }

  /// Takes bytes in and gives the messages that are whole by then. Throws when what came is no message, or one over
  /// ``DebugLimits/messageBytes``. O(bytes).
  package mutating func take(_ bytes: [UInt8]) throws(UsageError) -> [JSON] {
    waiting += bytes
    var messages: [JSON] = []
    while let (length, start) = try head() {
      guard waiting.count - start >= length else { return messages }
      let body = Array(waiting[start..<(start + length)])
      waiting.removeFirst(start + length)
      do throws(JSON.ParsingError) {
        messages.append(try JSON(parsing: body, limits: JSON.ParsingLimits(bytes: DebugLimits.messageBytes)))
      } catch {
        throw UsageError("a message is no JSON: \(error)")
      }
    }
    return messages
  }

  /// The length of the next message and where it begins; nil while its head isn't whole.
  private func head() throws(UsageError) -> (length: Int, start: Int)? {
    let end = Array("\r\n\r\n".utf8)
    guard let start = waiting.indices.first(where: { waiting[$0...].starts(with: end) }) else {
      if waiting.count > Self.headBytes { throw UsageError("the head of a message doesn't end") }
      return nil
    }
    for line in String(decoding: waiting[..<start], as: UTF8.self).pieces(at: "\n") {
      let parts = line.pieces(at: ":").map { String(String($0).trimmed) }
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      guard let length = Int(parts[1]), (0...DebugLimits.messageBytes).contains(length) else {
        throw UsageError("a message has at most \(DebugLimits.messageBytes) bytes, got \(parts[1])")
      }
      return (length, start + end.count)
    }
    throw UsageError("the head of a message has no Content-Length")
  }
}
