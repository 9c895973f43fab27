/// Bytes as a client may send them, and what must come back; with a last request behind them that ends the connection.
struct RawRequest: Sendable {
  var name: String
  var text: String
  /// The statuses of the answers; nil where only that both ports say the same counts.
  var statuses: [Int]?
  /// The client closes its side behind the bytes, instead of asking a last time.
  var isAborted = false

  init(_ name: String, _ text: String, _ statuses: [Int]?, isAborted: Bool = false) {
    self.name = name
    self.text = isAborted ? text : text + Self.get(fields: ["Connection: close"])
    self.statuses = statuses
    self.isAborted = isAborted
  }

  /// A request for what both ports have.
  static func get(
    _ target: String = "/health", method: String = "GET", version: String = "HTTP/1.1", hosts: [String] = ["localhost"],
    fields: [String] = []
  ) -> String {
    (["\(method) \(target) \(version)"] + hosts.map { "Host: \($0)" } + fields + ["", ""]).joined(separator: "\r\n")
  }

  /// A request with a body.
  static func post(
    _ target: String = "/v1/decisions/probe.double", body: String, fields: [String], length: Int? = nil,
    sendsBody: Bool = true
  ) -> String {
    get(target, method: "POST", fields: ["Content-Length: \(length ?? body.utf8.count)"] + fields)
      + (sendsBody ? body : "")
  }

  /// A request with chunks, which stand in `chunks` as they are sent.
  static func chunked(_ chunks: String, fields: [String] = []) -> String {
    get("/v1/decisions/probe.double", method: "POST", fields: ["Transfer-Encoding: chunked"] + fields) + chunks
  }

  private static let body = #"{"input":{"value":1}}"#
  private static let long = String(repeating: "a", count: 17 << 10)

  private static func secret(_ authorization: String...) -> String {
    post("/v1/decisions/probe.secret", body: body, fields: authorization.map { "Authorization: \($0)" })
  }

  static let all = targets + hosts + fields + bodies + authorizations + lines + limits

  private static let targets = [
    Self("GET", get(), [200, 200]), Self("HEAD", get(method: "HEAD"), [200, 200]),
    Self("a query", get("/health?x=1&y=%zz"), [200, 200]), Self("an empty query", get("/health?"), [200, 200]),
    Self("a fragment", get("/health#x"), [400]),
    Self("absolute form", get("http://localhost/health"), [200, 200]),
    Self("absolute form in capitals", get("HTTP://LOCALHOST/health?"), [200, 200]),
    Self("absolute form without a path", get("http://localhost"), [404, 200]),
    Self("absolute form with a query alone", get("http://localhost?x"), [404, 200]),
    Self("absolute form against Host", get("http://127.0.0.1/health"), [400]),
    Self("absolute form of a stranger", get("http://evil.example/health", hosts: ["evil.example"]), [403, 200]),
    Self("absolute form without Host", get("http://localhost/health", hosts: []), [400]),
    Self("absolute form of nobody", get("http:///health"), [400]),
    Self("another scheme", get("ftp://localhost/health"), [400]),
    Self("no path at all", get("health"), [400]), Self("the host as a whole", get("*", method: "OPTIONS"), [404, 200]),
    Self("CONNECT", get("localhost:80", method: "CONNECT"), [400]),
    Self("a doubled slash in front", get("//health"), [404, 200]), Self("a slash behind", get("/health/"), [404, 200]),
    Self("a doubled slash within", post("/v1//decisions/probe.double", body: body, fields: []), [404, 200]),
    Self("a doubled slash before the name", post("/v1/decisions//probe.double", body: body, fields: []), [404, 200]),
    Self("a slash behind the name", post("/v1/decisions/probe.double/", body: body, fields: []), [404, 200]),
    Self("no name", post("/v1/decisions/", body: body, fields: []), [404, 200]),
    Self("dots", get("/v1/../health"), [404, 200]), Self("another case", get("/Health"), [404, 200]),
    Self("an unknown name", post("/v1/decisions/probe.unknown", body: body, fields: []), [404, 200]),
    Self("a name percent-encoded", post("/v1/decisions/probe%2Edouble", body: body, fields: []), [200, 200]),
    Self("a percent sign alone", post("/v1/decisions/probe%2", body: body, fields: []), [400]),
    Self("percent-encoded, no UTF-8", post("/v1/decisions/probe%FF", body: body, fields: []), [400]),
    Self("a slash percent-encoded", post("/v1/decisions/a%2Fb", body: body, fields: []), [404, 200]),
    Self("a method a path doesn't know", get(method: "DELETE"), [405, 200]),
    Self("another", get("/v1/decisions/probe.double", method: "PUT"), [405, 200]),
    Self("a method in small letters", get(method: "get"), [400]),
    Self("a method nobody knows", get(method: "FETCH"), [400]),
    Self("HTTP/1.0", get(version: "HTTP/1.0"), [200]),
    Self("HTTP/1.0 that would go on", get(version: "HTTP/1.0", fields: ["Connection: keep-alive"]), [200]),
    Self("HTTP/1.0 without Host", get(version: "HTTP/1.0", hosts: []), [403]),
    Self("HTTP/2.0", get(version: "HTTP/2.0"), [400]), Self("HTTP/0.9", "GET /health\r\n\r\n", [400]),
    Self("no version", "GET /health \r\n\r\n", nil),
  ]

  private static let hosts = [
    Self("two Hosts", get(hosts: ["localhost", "127.0.0.1"]), [400]),
    Self("the same Host twice", get(hosts: ["localhost", "localhost"]), [400]), Self("no Host", get(hosts: []), [400]),
    Self("an empty Host", get(hosts: [""]), [403, 200]),
    Self("space behind Host", get(hosts: ["localhost \t"]), [200, 200]),
    Self("space before Host", get(hosts: ["  localhost"]), [200, 200]),
    Self("a foreign Host", get(hosts: ["evil.example"]), [403, 200]),
    Self("a Host of two", get(hosts: ["localhost, x"]), [403, 200]),
    Self("a Host in capitals", get(hosts: ["LocalHost"]), [200, 200]),
    Self("a foreign Origin", get(fields: ["Origin: http://evil.example"]), [403, 200]),
    Self("two Origins", get(fields: ["Origin: http://localhost", "Origin: http://localhost"]), [400]),
    Self("its own Origin and space", get(fields: ["Origin: http://localhost "]), [200, 200]),
  ]

  private static let fields = [
    Self("close", get(fields: ["Connection: close"]), [200]), Self("Close", get(fields: ["Connection: Close"]), [200]),
    Self("close among others", get(fields: ["Connection: keep-alive, close"]), [200]),
    Self("close in a field of its own", get(fields: ["Connection: keep-alive", "Connection: close"]), [200]),
    Self("close and space", get(fields: ["Connection: close \t"]), [200]),
    Self("an upgrade", get(fields: ["Connection: Upgrade", "Upgrade: h2c"]), [200]),
    Self("two Content-Types", post(body: body, fields: ["Content-Type: a/b", "Content-Type: a/b"]), [400]),
    Self("two Idempotency-Keys", post(body: body, fields: ["Idempotency-Key: a", "idempotency-key: b"]), [400]),
    Self("two traceparents", post(body: body, fields: ["traceparent: a", "traceparent: b"]), [200, 200]),
    Self("Expect and the body at once", post(body: body, fields: ["Expect: 100-continue"]), [100, 200, 200]),
    Self("Expect in capitals", post(body: body, fields: ["Expect: 100-Continue "]), [100, 200, 200]),
    Self("another Expect", post(body: body, fields: ["Expect: miracles"]), [200, 200]),
    Self("Expect before too much", post(body: "", fields: ["Expect: 100-continue"], length: 1 << 30), [413]),
    Self("Expect of an older client", get(version: "HTTP/1.0", fields: ["Expect: 100-continue"]), [200]),
  ]

  private static let bodies = [
    Self("a body", post(body: body, fields: []), [200, 200]),
    Self("chunks", chunked("5\r\n{\"inp\r\n10\r\nut\":{\"value\":1}}\r\n0\r\n\r\n"), [200, 200]),
    Self("chunks with words", chunked("15;a=b\r\n\(body)\r\n0\r\nX: y\r\n\r\n"), [200, 200]),
    Self("a negative chunk", chunked("-5\r\nhello\r\n0\r\n\r\n"), [400]),
    Self("a chunk with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), [400]),
    Self("a chunk without end", chunked("5\r\nhelloX0\r\n\r\n"), [400]),
    Self("chunks with bare line feeds", chunked("5\nhello\n0\n\n"), [400]),
    Self("a chunk beyond all numbers", chunked("FFFFFFFFFFFFFFFFF\r\nx"), [400]),
    Self("a chunk that is none", chunked("zz\r\n"), [400]), Self("an empty chunk's line", chunked("\r\n\r\n"), [400]),
    Self("chunks that stop", chunked("5\r\nhel"), [400], isAborted: true),
    Self("a body that stops", post(body: "{", fields: [], length: 100), [400], isAborted: true),
    Self("a head that stops", "GET /health HTTP/1.1\r\nHost: local", [400], isAborted: true),
    Self("nothing", "", [], isAborted: true),
    Self("who is answered before closing", get() + get(), [200, 200], isAborted: true),
    Self("no number as length", get("/health", method: "POST", fields: ["Content-Length: x"]), [400]),
    Self("a length with a sign", get("/health", method: "POST", fields: ["Content-Length: +2"]) + "{}", [400]),
    Self("a negative length", get("/health", method: "POST", fields: ["Content-Length: -2"]) + "{}", [400]),
    Self(
      "two lengths", get("/health", method: "POST", fields: ["Content-Length: 2", "Content-Length: 3"]) + "{}", [400]),
    Self(
      "a length beyond all numbers",
      post(body: "", fields: []).replacing("Length: 0", with: "Length: 99999999999999999999"), [400]),
    Self(
      "a length beyond numbers with a sign",
      post(body: "", fields: []).replacing("Length: 0", with: "Length: 9223372036854775808"), [413]),
    Self("length and chunks", chunked("0\r\n\r\n", fields: ["Content-Length: 5"]), [400]),
    Self(
      "another coding",
      get("/v1/decisions/probe.double", method: "POST", fields: ["Transfer-Encoding: gzip"]), [400]),
    Self(
      "space behind a length", post(body: body, fields: []).replacing("Length: 21", with: "Length: 21 "), [200, 200]),
    Self("a GET with a body", get(fields: ["Content-Length: 2"]) + "{}", [200, 200]),
  ]

  private static let authorizations = [
    Self("Bearer", secret("Bearer {TOKEN}"), [200, 200]), Self("bearer", secret("bearer {TOKEN}"), [200, 200]),
    Self("Bearer with two spaces", secret("Bearer  {TOKEN}"), [401, 200]),
    Self("Bearer and space behind", secret("Bearer {TOKEN} "), [200, 200]),
    Self("Bearer alone", secret("Bearer"), [401, 200]), Self("Bearer of nothing", secret("Bearer "), [401, 200]),
    Self("Basic", secret("Basic {TOKEN}"), [401, 200]),
    Self("another token behind", secret("Bearer {TOKEN} x"), [401, 200]),
    Self("Bearer with a tab", secret("Bearer\t{TOKEN}"), [401, 200]),
    Self("no token", secret(), [401, 200]), Self("a wrong token", secret("Bearer a.b.c"), [401, 200]),
    Self("two tokens, the last one right", secret("Bearer a.b.c", "Bearer {TOKEN}"), [400]),
    Self("two tokens, the first one right", secret("Bearer {TOKEN}", "Bearer a.b.c"), [400]),
  ]

  private static let lines = [
    Self("empty lines in front", "\r\n\r\n" + get(), [200, 200]),
    Self("bare line feeds", get().replacing("\r\n", with: "\n"), nil),
    Self("bare returns", get().replacing("\n", with: ""), nil),
    Self("a bare return in a value", get(fields: ["X: a\rb"]), nil),
    Self("a zero in a value", get(fields: ["X: a\0b"]), [400]),
    Self("a field over two lines", get(fields: ["X: a", " b"]), nil),
    Self("a line that begins with space", get(fields: [" X: a"]), nil),
    Self("a field without a colon", get(fields: ["Host localhost"]), [400]),
    Self("space before a colon", get(hosts: [], fields: ["Host : localhost"]), [400]),
    Self("a field without a name", get(fields: [": x"]), [400]),
    Self("a field with a name of spaces", get(fields: ["a b: x"]), [400]),
    Self("no HTTP", "nonsense\r\n\r\n", [400]), Self("zeros", "\0\u{1}\u{2}\r\n\r\n", [400]),
    Self("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n", [400]),
    Self("nonsense behind requests", get() + post(body: body, fields: []) + "nonsense\r\n\r\n", [200, 200, 400]),
    Self("two Hosts behind requests", get() + post(body: body, fields: []) + get(hosts: ["a", "b"]), [200, 200, 400]),
    Self(
      "many in a row", String(repeating: get() + post(body: body, fields: []), count: 20),
      Array(repeating: 200, count: 41)),
  ]

  private static let limits = [
    Self("a long field", get(fields: ["X: \(long)"]), [431]),
    Self("a long head", get(fields: (1...3).map { "X\($0): " + long.prefix(12 << 10) }), [431]),
    Self("a long name", get(fields: ["\(long): x"]), [431]),
    Self("a long target", get("/" + long + long + long), [431]),
    Self("many fields", get(fields: (1...100).map { "X\($0): y" }), [431]),
    Self("as many fields as may be", get(fields: (1...99).map { "X\($0): y" }), [200, 200]),
    Self("a long body", post(body: "", fields: [], length: 2 << 20), [413]),
    Self(
      "many chunks", chunked(String(repeating: "8000\r\n" + String(repeating: " ", count: 0x8000) + "\r\n", count: 40)),
      [413]),
  ]
}
