internal import CascadeHost
internal import Core
internal import LuaRuntime
internal import NIOCore

/// Responses as bytes on the wire. The hot path builds no header objects.
extension ByteBuffer {
  /// A whole response with a body of known length.
  mutating func writeResponse(
    status: Int, reason: StaticString, contentType: StaticString, extraHeaders: String = "", keepsAlive: Bool,
    bodyLength: Int
  ) {
    writeStaticString("HTTP/1.1 ")
    writeDecimal(status)
    writeStaticString(" ")
    writeStaticString(reason)
    writeStaticString("\r\ncontent-type: ")
    writeStaticString(contentType)
    writeStaticString("\r\ncontent-length: ")
    writeDecimal(bodyLength)
    if !extraHeaders.isEmpty { writeString(extraHeaders) }
    writeStaticString(keepsAlive ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n")
  }

  /// A whole response that says what is wrong.
  mutating func writeProblem(_ problem: ProblemDocument, keepsAlive: Bool, omitsBody: Bool = false) {
    var headers = ""
    for (name, value) in problem.headers { headers += "\r\n\(name): \(value)" }
    let body = problem.bytes
    let status = problem.status
    writeResponse(
      status: status.number, reason: status.reason, contentType: ProblemDocument.contentType, extraHeaders: headers,
      keepsAlive: keepsAlive, bodyLength: body.count)
    if !omitsBody { writeBytes(body) }
  }

  /// The head of a response whose body comes in chunks, or until the connection closes.
  mutating func writeStreamHead(contentType: StaticString, isChunked: Bool, keepsAlive: Bool) {
    writeStaticString("HTTP/1.1 200 OK\r\ncontent-type: ")
    writeStaticString(contentType)
    if isChunked { writeStaticString("\r\ntransfer-encoding: chunked") }
    writeStaticString(keepsAlive && isChunked ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n")
  }

  /// A chunk's size line.
  mutating func writeChunkHead(_ length: Int) {
    writeString(String(length, radix: 16))
    writeStaticString("\r\n")
  }

  /// `{"decision_id":"…","generation":7,"result":…}`
  mutating func writeResult(_ id: Identifier, generation: Int, result: UnsafeRawBufferPointer) {
    writeStaticString("{\"decision_id\":\"")
    writeIdentifier(id)
    writeStaticString("\",\"generation\":")
    writeDecimal(generation)
    writeStaticString(",\"result\":")
    writeBytes(result)
    writeStaticString("}")
  }

  /// How many bytes ``writeResult(_:generation:result:)`` writes.
  static func resultLength(generation: Int, resultLength: Int) -> Int {
    "{\"decision_id\":\"\",\"generation\":,\"result\":}".utf8.count + 36 + decimalLength(generation) + resultLength
  }

  /// A number without sign, in decimal.
  mutating func writeDecimal(_ value: Int) {
    let length = Self.decimalLength(value)
    writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
      var rest = value
      for index in stride(from: length - 1, through: 0, by: -1) {
        target[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
        rest /= 10
      }
      return length
    }
  }

  private static func decimalLength(_ value: Int) -> Int {
    var length = 1
    var rest = value / 10
    while rest > 0 {
      length += 1
      rest /= 10
    }
    return length
  }

  /// A UUID's 36 characters.
  private mutating func writeIdentifier(_ id: Identifier) {
    writeWithUnsafeMutableBytes(minimumWritableBytes: 36) { target in
      var place = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          target[place] = UInt8(ascii: "-")
          place += 1
        }
        let half = index < 16 ? id.high : id.low
        let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - (index & 15) * 4)) & 15
        target[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
        place += 1
      }
      return 36
    }
  }
}

extension ProblemDocument {
  /// A failed decision: with its id, its generation, what it cost, and the rule's own words.
  init(_ failure: LuaFailure, id: Identifier, generation: Int, cost: RunCost) {
    var members = JSON.Object()
    members.append("decision_id", .string(id.description))
    members.append("generation", .integer(Int64(generation)))
    if let object = failure.json.object {
      for member in object.members where member.name != "code" && member.name != "message" {
        members.append(member.name, member.value)
      }
    }
    members.append(
      "cost",
      ["fuel": .integer(Int64(clamping: cost.fuel)), "nanoseconds": .integer(Int64(clamping: cost.nanoseconds))])
    self.init(code: failure.code.rawValue, detail: failure.message, members: members)
  }
}

extension LuaFailure {
  /// A failed line of a batch: `{"decision_id","generation","error":{…}}`.
  func line(_ id: Identifier, generation: Int) -> [UInt8] {
    let object: JSON = [
      "decision_id": .string(id.description), "generation": .integer(Int64(generation)), "error": json,
    ]
    return object.bytes
  }
}
