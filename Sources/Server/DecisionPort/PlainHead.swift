/// The head of a request in the plain case, where it stands in the connection's bytes: `POST /v1/decisions/NAME`, one
/// `Host`, one `Content-Length`, and a few fields that change nothing.
package struct PlainHead: Equatable, Sendable {
  /// The decision's name, as it is.
  package var point = 0..<0
  /// The value of `Host`.
  package var host = 0..<0
  /// Bytes of the body.
  package var contentLength = 0
  /// Bytes of the head; the body stands behind it.
  package var length = 0

  /// What bytes are that should begin with a request.
  package enum Reading: Equatable, Sendable {
    case plain(PlainHead)
    /// Nothing odd came so far.
    case incomplete
    /// Perhaps a request, perhaps none: whoever knows all of HTTP has to look.
    case odd
  }

  /// Bytes of a head that is plain at most.
  static let mostBytes = 2_048
  /// Fields of a head that is plain at most.
  static let mostFields = 16

  /// Looks whether `bytes` begin with a plain head. What is odd is told at the first byte that makes it so. O(head).
  package static func reading(_ bytes: UnsafeRawBufferPointer, limits: HeadLimits) -> Reading {
    var cursor = PlainCursor(bytes, most: min(mostBytes, limits.fieldBytes, limits.bytes))
    do throws(PlainCursor.Stop) {
      return .plain(try cursor.head(fields: min(mostFields, limits.fields)))
    } catch {
      return error == .odd ? .odd : .incomplete
    }
  }
}

/// Reads a plain head from front to back.
private struct PlainCursor {
  /// Why reading ends before the head does.
  enum Stop: Error {
    case odd
    case incomplete
  }

  private let bytes: UnsafeRawBufferPointer
  /// The head must end before.
  private let most: Int
  private var place = 0

  init(_ bytes: UnsafeRawBufferPointer, most: Int) {
    self.bytes = bytes
    self.most = most
  }

  mutating func head(fields most: Int) throws(Stop) -> PlainHead {
    var head = PlainHead()
    try take("POST /v1/decisions/")
    head.point = try run(until: UInt8(ascii: " ")) { $0 == UInt8(ascii: ".") || Self.isWordByte($0) }
    try take("HTTP/1.1\r\n")
    var seen = Seen()
    var count = 0
    while try peek() != UInt8(ascii: "\r") {
      count += 1
      if count > most { throw .odd }
      try field(&seen, &head)
    }
    try take("\r\n")
    // Without a length there is no body, and without a host no answer.
    if !seen.host || !seen.contentLength { throw .odd }
    head.length = place
    return head
  }

  /// The fields that may stand there once.
  private struct Seen {
    var host = false
    var contentLength = false
    var contentType = false
    var connection = false
  }

  private mutating func field(_ seen: inout Seen, _ head: inout PlainHead) throws(Stop) {
    let name = try run(until: UInt8(ascii: ":"), Self.isWordByte)
    try take(" ")
    let value = try value()
    switch name.count {
    case 4 where has(name, "host"):
      try once(&seen.host)
      head.host = value
    case 14 where has(name, "content-length"):
      try once(&seen.contentLength)
      head.contentLength = try number(value)
    case 12 where has(name, "content-type"):
      try once(&seen.contentType)
      if !has(value, "application/json"), !has(value, "application/x-www-form-urlencoded") { throw .odd }
    case 10 where has(name, "connection"):
      try once(&seen.connection)
      if !has(value, "keep-alive") { throw .odd }
    case 6 where has(name, "accept"), 10 where has(name, "user-agent"), 15 where has(name, "accept-encoding"): break
    default: throw .odd
    }
  }

  private func once(_ isSeen: inout Bool) throws(Stop) {
    if isSeen { throw .odd }
    isSeen = true
  }

  private func peek() throws(Stop) -> UInt8 {
    if place >= most { throw .odd }
    if place >= bytes.count { throw .incomplete }
    return bytes[place]
  }

  private mutating func take(_ word: StaticString) throws(Stop) {
    for index in 0..<word.utf8CodeUnitCount {
      if try peek() != word.utf8Start[index] { throw .odd }
      place += 1
    }
  }

  /// One byte or more that are `fine`, up to `end`, which is skipped.
  private mutating func run(until end: UInt8, _ isFine: (UInt8) -> Bool) throws(Stop) -> Range<Int> {
    let start = place
    while true {
      let byte = try peek()
      if byte == end { break }
      if !isFine(byte) { throw .odd }
      place += 1
    }
    if place == start { throw .odd }
    place += 1
    return start..<place - 1
  }

  /// A field's value with its line's end, in visible ASCII with spaces between.
  private mutating func value() throws(Stop) -> Range<Int> {
    let start = place
    while true {
      let byte = try peek()
      if byte == UInt8(ascii: "\r") { break }
      if byte < 0x20 || byte > 0x7E { throw .odd }
      place += 1
    }
    let end = place
    if end == start || bytes[start] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: " ") { throw .odd }
    try take("\r\n")
    return start..<end
  }

  /// A number of at most nine digits, as it is printed.
  private func number(_ range: Range<Int>) throws(Stop) -> Int {
    if range.count > 9 || range.count > 1 && bytes[range.lowerBound] == UInt8(ascii: "0") { throw .odd }
    var number = 0
    for place in range {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) else { throw .odd }
      number = number * 10 + Int(bytes[place] - UInt8(ascii: "0"))
    }
    return number
  }

  /// Whether these bytes are `lowerCase`, the case of letters aside.
  private func has(_ range: Range<Int>, _ lowerCase: StaticString) -> Bool {
    if range.count != lowerCase.utf8CodeUnitCount { return false }
    for (index, place) in range.enumerated() {
      let byte = bytes[place]
      let folded = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
      if folded != lowerCase.utf8Start[index] { return false }
    }
    return true
  }

  /// Letters, digits, `-` and `_`.
  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
