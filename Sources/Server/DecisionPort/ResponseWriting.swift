internal import Core
internal import LuaRuntime
internal import NIOCore

/// Responses as bytes on the wire. The hot path builds no header objects.
extension ByteBuffer {
  /// A whole response with a body of known length.
  mutating func writeResponse(
    status: Int, reason: StaticString, contentType: StaticString, date: String, extraHeaders: String = "",
    keepsAlive: Bool, bodyLength: Int
  ) {
    // The longest the fixed words, the status and the length can be.
    let room =
      160 + reason.utf8CodeUnitCount + contentType.utf8CodeUnitCount + date.utf8.count + extraHeaders.utf8.count
    writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
      var text = TextCursor(target)
      text.append("HTTP/1.1 ")
      text.append(decimal: status)
      text.append(" ")
      text.append(reason)
      text.append("\r\ncontent-type: ")
      text.append(contentType)
      text.append("\r\ncontent-length: ")
      text.append(decimal: bodyLength)
      text.append("\r\ndate: ")
      text.append(date)
      text.append(extraHeaders)
      text.append(keepsAlive ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n" as StaticString)
      return text.length
    }
  }

  /// A whole response that says what is wrong.
  mutating func writeProblem(
    _ problem: ProblemDocument, date: String, marks: String = "", keepsAlive: Bool, omitsBody: Bool = false
  ) {
    var headers = marks
    for (name, value) in problem.headers { headers += "\r\n\(name): \(value)" }
    let body = problem.bytes
    let status = problem.status
    writeResponse(
      status: status.number, reason: status.reason, contentType: ProblemDocument.contentType, date: date,
      extraHeaders: headers, keepsAlive: keepsAlive, bodyLength: body.count)
    if !omitsBody { writeBytes(body) }
  }

  /// The head of a response whose body comes in chunks, or until the connection closes.
  mutating func writeStreamHead(
    contentType: StaticString, date: String, marks: String, isChunked: Bool, keepsAlive: Bool
  ) {
    writeStaticString("HTTP/1.1 200 OK\r\ncontent-type: ")
    writeStaticString(contentType)
    writeStaticString("\r\ndate: ")
    writeString(date)
    writeString(marks)
    if isChunked { writeStaticString("\r\ntransfer-encoding: chunked") }
    writeStaticString(keepsAlive && isChunked ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n")
  }

  /// A chunk's size line.
  mutating func writeChunkHead(_ length: Int) {
    writeString(String(length, radix: 16))
    writeStaticString("\r\n")
  }

  /// `{"decision_id":"…","generation":7,"result":…}`, with `"stale":true` behind the generation where it is.
  mutating func writeResult(_ id: Identifier, generation: Int, isStale: Bool, result: UnsafeRawBufferPointer) {
    let length = Self.resultLength(generation: generation, isStale: isStale, resultLength: result.count)
    writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
      var text = TextCursor(target)
      text.append("{\"decision_id\":\"")
      text.append(id)
      text.append("\",\"generation\":")
      text.append(decimal: generation)
      if isStale { text.append(",\"stale\":true") }
      text.append(",\"result\":")
      text.append(result)
      text.append("}")
      return text.length
    }
  }

  /// How many bytes ``writeResult(_:generation:isStale:result:)`` writes.
  static func resultLength(generation: Int, isStale: Bool, resultLength: Int) -> Int {
    "{\"decision_id\":\"\",\"generation\":,\"result\":}".utf8.count + 36 + TextCursor.decimalLength(generation)
      + (isStale ? ",\"stale\":true".utf8.count : 0) + resultLength
  }
}

extension ProblemDocument {
  /// The problem as the error of a batch's line: `{"code","message"}`.
  var lineError: JSON { ["code": .string(code.rawValue), "message": .string(detail)] }
}

extension JSON {
  /// A failed line of a batch with this error: `{"decision_id","generation","error":{…}}`, with `"stale":true` behind
  /// the generation where it is.
  func line(_ id: Identifier, generation: Int, isStale: Bool) -> [UInt8] {
    var object = JSON.Object()
    object.append("decision_id", .string(id.description))
    object.append("generation", .integer(Int64(generation)))
    if isStale { object.append("stale", true) }
    object.append("error", self)
    return JSON.object(object).bytes
  }
}
