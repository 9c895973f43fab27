internal import Core
internal import NIOHTTP1

/// What both ports read of a request's head, in one pass over its fields, so that they answer alike.
struct RequestHead {
  /// What is asked for; nil when ``fault`` says why it can't be told.
  private(set) var target: RequestTarget?
  /// Why nothing is answered, whatever is asked; nil when nothing is wrong. Says `malformed_request`.
  private(set) var fault: String?
  /// Whether another request may follow on the connection.
  private(set) var keepsAlive: Bool
  /// Whether chunks and interim answers may be sent.
  let isVersion11: Bool
  /// The body comes in chunks.
  private(set) var isChunked = false
  /// The answer must have no body.
  let isHead: Bool
  /// The client waits for `100 Continue` before it sends the body.
  private(set) var expectsContinue = false
  /// Bytes of the body, the most there are when they can't be counted; nil when they aren't told.
  private(set) var contentLength: Int?
  /// Whom the request is for.
  private(set) var host: String?
  private(set) var origin: String?
  private(set) var authorization: String?
  private(set) var contentType: String?
  private(set) var idempotencyKey: String?
  /// Empty when it was sent twice, as then none of both counts (W3C Trace Context, section 3.2).
  private(set) var traceparent: String?
  /// Empty when it was sent twice.
  private(set) var requestID: String?

  /// Reads a head. O(bytes).
  init(_ head: HTTPRequestHead) {
    target = RequestTarget(head.uri)
    isVersion11 = head.version.major > 1 || head.version.major == 1 && head.version.minor >= 1
    isHead = head.method == .HEAD
    keepsAlive = isVersion11 && head.method != .CONNECT
    for (name, value) in head.headers { take(name, Self.trimmed(value)) }
    if target == nil {
      fault = fault ?? "the request's target is no path, percent-encoded, nor http://host/path"
    } else if host == nil, isVersion11 {
      fault = fault ?? "the request names no Host"
    } else if let authority = target?.authority {
      if let host, Authority(host) != Authority(authority) {
        fault = fault ?? "the request's target names another host than its Host"
      }
      host = authority
    }
    if fault != nil { keepsAlive = false }
  }

  private mutating func take(_ name: String, _ value: String) {
    // The length sorts out almost all before letters are compared.
    switch name.utf8.count {
    case 4 where name.isHeader("host"): Self.put(value, "Host", &host, &fault)
    case 6 where name.isHeader("origin"): Self.put(value, "Origin", &origin, &fault)
    case 6 where name.isHeader("expect"): expectsContinue = isVersion11 && value.isHeader("100-continue")
    // Behind a request for another protocol, the parser reads nothing more.
    case 7 where name.isHeader("upgrade"): keepsAlive = false
    case 10 where name.isHeader("connection"): keepsAlive = keepsAlive && !Self.names("close", in: value)
    case 12 where name.isHeader("content-type"): Self.put(value, "Content-Type", &contentType, &fault)
    case 12 where name.isHeader("x-request-id"): requestID = requestID == nil ? value : ""
    case 11 where name.isHeader("traceparent"): traceparent = traceparent == nil ? value : ""
    case 13 where name.isHeader("authorization"): Self.put(value, "Authorization", &authorization, &fault)
    case 14 where name.isHeader("content-length"): contentLength = Int(value) ?? .max
    case 15 where name.isHeader("idempotency-key"): Self.put(value, "Idempotency-Key", &idempotencyKey, &fault)
    case 17 where name.isHeader("transfer-encoding"): isChunked = true
    default: break
    }
  }

  /// Keeps the value of a field that may stand there once: of two, one reader would take the first, another the last.
  private static func put(_ value: String, _ name: StaticString, _ field: inout String?, _ fault: inout String?) {
    if field != nil { fault = "there is more than one \(name)" }
    field = value
  }

  /// A value without the white space around it, which isn't part of it (RFC 9110, section 5.5).
  private static func trimmed(_ value: String) -> String {
    let isBlank = { (byte: UInt8?) in byte == 0x20 || byte == 0x09 }
    return isBlank(value.utf8.first) || isBlank(value.utf8.last) ? String(value.trimmed) : value
  }

  /// Whether a list with commas holds `option`.
  private static func names(_ option: String, in value: String) -> Bool {
    if value.isHeader(option) { return true }
    guard value.utf8.contains(UInt8(ascii: ",")) else { return false }
    return value.words(at: ",").contains { String($0.trimmed).isHeader(option) }
  }
}

extension String {
  /// Whether this is `lowerCase`, the case of ASCII letters aside. O(length).
  func isHeader(_ lowerCase: String) -> Bool {
    utf8.elementsEqual(lowerCase.utf8) { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
  }
}
