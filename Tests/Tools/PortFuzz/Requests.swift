internal import Mutating
internal import TrustGraph

/// What a client sends over one connection, cut into pieces.
struct Stream: CustomStringConvertible {
  var pieces: [[UInt8]]
  /// Whether the client closes its side behind the bytes.
  var endsInput: Bool

  var description: String {
    let shown = pieces.map { String(decoding: $0, as: UTF8.self).debugDescription }.joined(separator: " | ")
    return endsInput ? shown + " and the end" : shown
  }
}

/// Requests in the plain case and beside it, and what is made of them.
struct Requests {
  private static let mutation = Mutation(words: [
    "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", ":", ": ", ",", ";", "%2E", "%", "/", "//", "?", "#", "\u{0}", "\u{7F}",
    "é", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "GET ", "POST ", "HEAD ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "Host: localhost\r\n", "Host: evil.example\r\n", "Host:localhost\r\n", "host: 127.0.0.1:80\r\n",
    "Content-Length: 21\r\n", "Content-Length: 0\r\n", "content-length: 021\r\n", "Content-Length: 4294967318\r\n",
    "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Connection: Keep-Alive\r\n",
    "Proxy-Connection: close\r\n",
    "Connection: upgrade\r\nUpgrade: h2c\r\n", "Expect: 100-continue\r\n", "Origin: http://localhost\r\n",
    "Content-Type: application/x-ndjson\r\n", "Content-Type: application/json\r\n", "Accept: */*\r\n",
    "Accept: \r\n", "User-Agent: curl/7.88.1\r\n", "Accept-Encoding: gzip, deflate\r\n", "Keep-Alive: timeout=5\r\n",
    "Authorization: Bearer x\r\n", "Idempotency-Key: 018bcfe5-6800-7000-8000-000000000001\r\n", " folded\r\n",
    "X: y\r\n",
    "{\"input\":{\"value\":1}}", "probe.secret", "probe.pay", "probe.none", "0\r\n\r\n", "5\r\nhello\r\n",
  ])

  private static let body = #"{"input":{"value":1}}"#

  private let bases: [[UInt8]]

  init() {
    let plain = "POST /v1/decisions/probe.double HTTP/1.1\r\nHost: localhost\r\n"
    let length = "Content-Length: \(Self.body.utf8.count)\r\n"
    let heads = [
      plain + length, plain + length + "Content-Type: application/json\r\n",
      plain + "User-Agent: curl/7.88.1\r\nAccept: */*\r\n" + length
        + "Content-Type: application/x-www-form-urlencoded\r\n",
      plain + "Accept-Encoding: identity\r\nConnection: keep-alive\r\n" + length,
      plain.lowercased().replacing("post", with: "POST").replacing("http", with: "HTTP") + length.uppercased(),
      plain.replacing("double", with: "secret") + length, plain.replacing("double", with: "pay") + length,
      plain + length + "Content-Type: application/x-ndjson\r\n", plain + length + "X-Request-Id: a\r\n",
      plain + "Transfer-Encoding: chunked\r\n",
    ]
    var bases = heads.map { Array(($0 + "\r\n" + Self.body).utf8) }
    bases.append(Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
    bases.append(Array((plain + "Content-Length: 0\r\n\r\n").utf8))
    bases.append(Array((plain + "Content-Length: 2\r\n\r\n{}").utf8))
    self.bases = bases
  }

  /// The next stream: one to three requests, three of four streams changed, cut nowhere, somewhere or everywhere.
  func next(_ generator: inout SeededGenerator) -> Stream {
    var bytes: [UInt8] = []
    for _ in 0...generator.next(below: 3) {
      // The plain ones come often, so that what is odd stands behind them.
      let index = generator.next(below: 2) == 0 ? generator.next(below: 4) : generator.next(below: bases.count)
      bytes += bases[index]
    }
    if generator.next(below: 4) > 0 { bytes = Self.mutation.changed(bytes, limit: 4_096, &generator) }
    return Stream(pieces: Self.cut(bytes, &generator), endsInput: generator.next(below: 4) == 0)
  }

  private static func cut(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
    if bytes.count <= 1_024, generator.next(below: 16) == 0 { return bytes.map { [$0] } }
    var (pieces, rest) = ([[UInt8]](), bytes[...])
    for _ in 0..<generator.next(below: 4) {
      let count = generator.next(below: rest.count + 1)
      if count > 0 { pieces.append(Array(rest.prefix(count))) }
      rest = rest.dropFirst(count)
    }
    return rest.isEmpty ? pieces : pieces + [Array(rest)]
  }
}
