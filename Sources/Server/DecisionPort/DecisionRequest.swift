internal import Core
internal import NIOHTTP1

/// What the decision port needs of a request's head, found in one pass over its headers.
struct DecisionRequest {
  /// What is asked for.
  enum Route: Equatable {
    case decide(point: String)
    case health
    case unknown
    case wrongMethod(allowed: String)
  }

  /// What is asked for.
  var route: Route
  /// The body is NDJSON: one bare input a line.
  var isBatch = false
  /// Whether another request may follow on the connection.
  var keepsAlive: Bool
  /// Whether chunks may be sent.
  var isVersion11: Bool
  /// The body comes in chunks.
  var isChunked = false
  /// The answer must have no body.
  var isHead: Bool
  /// There are two of a header that says whom the request is for or from.
  var isAmbiguous = false
  /// The client waits for `100 Continue` before it sends the body.
  var expectsContinue = false
  var contentLength: Int?
  var host: String?
  var origin: String?
  var authorization: String?
  var idempotencyKey: String?
  var traceparent: String?
  /// Who asks, once a token was verified.
  var requester: String?
  /// The idempotency key, once it was needed.
  var key: Identifier?

  init(_ head: HTTPRequestHead) {
    route = Self.route(head.method, head.uri)
    isVersion11 = head.version.major > 1 || head.version.major == 1 && head.version.minor >= 1
    isHead = head.method == .HEAD
    keepsAlive = isVersion11 && head.method != .CONNECT
    for (name, value) in head.headers {
      // The length sorts out almost all before letters are compared.
      switch name.utf8.count {
      case 4 where name.isHeader("host"):
        isAmbiguous = isAmbiguous || host != nil
        host = value
      case 6 where name.isHeader("origin"):
        isAmbiguous = isAmbiguous || origin != nil
        origin = value
      case 6 where name.isHeader("expect"): expectsContinue = isVersion11 && value.isHeader("100-continue")
      // Behind a request for another protocol, the parser reads nothing more.
      case 7 where name.isHeader("upgrade"): keepsAlive = false
      case 10 where name.isHeader("connection"): keepsAlive = keepsAlive && !Self.names("close", in: value)
      case 12 where name.isHeader("content-type"): isBatch = Self.isNDJSON(value)
      case 11 where name.isHeader("traceparent"): traceparent = value
      case 13 where name.isHeader("authorization"): authorization = value
      case 14 where name.isHeader("content-length"): contentLength = Int(value)
      case 15 where name.isHeader("idempotency-key"): idempotencyKey = value
      case 17 where name.isHeader("transfer-encoding"): isChunked = true
      default: break
      }
    }
  }

  /// Whether a list with commas holds `option`.
  private static func names(_ option: String, in value: String) -> Bool {
    if value.isHeader(option) { return true }
    guard value.utf8.contains(UInt8(ascii: ",")) else { return false }
    return value.words(at: ",").contains { String($0.trimmed).isHeader(option) }
  }

  private static let decisions = "/v1/decisions/"

  private static func route(_ method: HTTPMethod, _ uri: String) -> Route {
    if uri.utf8.starts(with: decisions.utf8) {
      let point = uri.utf8.dropFirst(decisions.utf8.count).prefix { $0 != UInt8(ascii: "?") }
      return method == .POST ? .decide(point: String(Substring(point))) : .wrongMethod(allowed: "POST")
    }
    if uri == "/health" { return method == .GET || method == .HEAD ? .health : .wrongMethod(allowed: "GET, HEAD") }
    return .unknown
  }

  private static func isNDJSON(_ value: String) -> Bool {
    let type = value.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
    return String(Substring(type)).isHeader("application/x-ndjson")
  }
}

extension String {
  /// Whether this is `lowerCase`, the case of ASCII letters aside.
  fileprivate func isHeader(_ lowerCase: String) -> Bool {
    utf8.elementsEqual(lowerCase.utf8) { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
  }
}
