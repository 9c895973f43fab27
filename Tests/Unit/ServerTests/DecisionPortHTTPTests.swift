import Core
@testable import Server
import Testing

/// HTTP/1.1 as the decision port speaks it.
struct DecisionPortHTTPTests {
  @Test func `health tells the generation; HEAD has no body`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let health = try client.ask(Ask.get("/health"))
        #expect(health.status == 200)
        #expect(health.json == ["status": "ok", "generation": 7])
        let head = try client.ask(Ask.head("HEAD", "/health"))
        #expect(head.status == 200)
        #expect(head.field("content-length") == health.field("content-length"))
        #expect(try client.ask(Ask.head("HEAD", "/nothing")).status == 404)
        #expect(try client.ask(Ask.head("HEAD", "/v1/decisions/probe.double")).status == 405)
        // The connection is still in step.
        #expect(try client.ask(Ask.double(2)).json["result"]?["value"] == 4)
      }
    }
  }

  @Test func `other routes and methods are refused by name`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        for path in ["/", "/v1", "/v1/decisions", "/healthy", "/v1/rulebook", "/metrics"] {
          let response = try client.ask(Ask.get(path))
          #expect((response.status, response.code) == (404, "not_found"), "\(path)")
        }
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
          let response = try client.ask(Ask.head(method, "/v1/decisions/probe.double"))
          #expect((response.status, response.code) == (405, "method_not_allowed"))
          #expect(response.field("allow") == "POST")
        }
        let post = try client.ask(Ask.head("POST", "/health", ["Content-Length: 2"]) + "{}")
        #expect((post.status, post.field("allow")) == (405, "GET, HEAD"))
        #expect(try client.ask(Ask.double(2)).status == 200)
      }
    }
  }

  @Test func `a foreign Host or Origin is refused, and so are two of them`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (_: DecisionPortClient) throws -> Void in
        func ask(_ host: String, _ fields: [String] = []) throws -> Int {
          try DecisionPortClient(port: port.port).ask(Ask.head("GET", "/health", fields, host: host)).status
        }
        #expect(try ask("localhost") == 200)
        #expect(try ask("127.0.0.1:\(port.port)") == 200)
        #expect(try ask("evil.example") == 403)
        #expect(try ask("localhost:1", ["Origin: http://evil.example"]) == 403)
        #expect(try ask("localhost:1", ["Origin: null"]) == 403)
        #expect(try ask("localhost:1", ["Origin: http://localhost:1"]) == 200)
        #expect(try ask("localhost", ["Host: localhost"]) == 400)
        #expect(try ask("localhost:1", ["Origin: http://evil.example", "Origin: http://localhost:1"]) == 400)
      }
    }
  }

  // MARK: Bodies

  @Test func `a body over the limit is refused before it is read, or as soon as it is known`() async throws {
    var limits = DecisionPortLimits()
    limits.inputBytes = 1000
    limits.envelopeBytes = 100
    try await DecisionPortFixture.serving(limits: limits) { port in
      let announced = try await port.talking { client throws in
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", ["Content-Length: 2000000"]))
        // The client sends on regardless, and can still read its answer.
        let filler = [UInt8](repeating: 0x20, count: 1 << 16)
        for _ in 1...16 { _ = client.sendSome(filler[...]) }
        return (try client.response(), client.isClosed())
      }
      #expect((announced.0.status, announced.0.code) == (413, "body_too_large"))
      #expect(announced.0.field("connection") == "close")
      #expect(announced.1)
      let chunked = try await port.talking { client throws in
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", ["Transfer-Encoding: chunked"]))
        for _ in 1...12 { try client.send("64\r\n" + String(repeating: " ", count: 100) + "\r\n") }
        return try client.response()
      }
      #expect((chunked.status, chunked.code) == (413, "body_too_large"))
      let exact = try await port.talking { client throws in
        let body = #"{"input":{"value":1}}"#
        let filler = String(repeating: " ", count: 1100 - body.utf8.count)
        return try client.ask(Ask.decision("probe.double", body + filler))
      }
      #expect(exact.status == 200)
    }
  }

  @Test func `a decision that anybody may ask for takes smaller inputs than an operator's, however they are sent`()
    async throws
  {
    let limits = DecisionPortLimits()
    let (most, whole) = (limits.publicInputBytes, limits.inputBytes)
    #expect(most < whole)
    try await DecisionPortFixture.serving { port in
      func ask(_ point: String, _ count: Int, isChunked: Bool = false) async throws -> (Int, String?) {
        let input = #"{"input":{"value":5}}"# + String(repeating: " ", count: count - 21)
        return try await port.talking { client throws in
          let length = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
          try client.send(Ask.head("POST", "/v1/decisions/" + point, [length, port.bearer]))
          let body = isChunked ? "\(String(count, radix: 16))\r\n\(input)\r\n0\r\n\r\n" : input
          // An answer may come before all of it is sent.
          _ = client.sendSome(Array(body.utf8)[...])
          let response = try client.response()
          return (response.status, response.json["detail"]?.string)
        }
      }
      for isChunked in [false, true] {
        let envelope = limits.envelopeBytes
        #expect(try await ask("probe.double", most + envelope, isChunked: isChunked).0 == 200)
        let refused = try await ask("probe.double", most + envelope + 1, isChunked: isChunked)
        #expect(refused == (413, "the body is over \(most) bytes"))
        #expect(try await ask("probe.double", whole, isChunked: isChunked).0 == 413)
        #expect(try await ask("probe.secret", most + envelope + 1, isChunked: isChunked).0 == 200)
      }
      let lines = try await port.talking { client throws in
        let long = #"{"value":1}"# + String(repeating: " ", count: most - 10)
        return try client.ask(Ask.batch("probe.double", "{\"value\":1}\n\(long)\n{\"value\":2}\n")).lines
      }
      #expect(lines.count == 3 && lines[1]["error"]?["message"]?.string == "the line is over \(most) bytes")
    }
  }

  @Test func `a chunked body decides like any other`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", ["Transfer-Encoding: chunked"]))
        for byte in #"{"input":{"value":5}}"# { try client.send("1\r\n\(byte)\r\n") }
        try client.send("0\r\n\r\n")
        #expect(try client.response().json["result"]?["value"] == 10)
      }
    }
  }

  @Test func `100-continue is said when the body is welcome, and only then`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let body = #"{"input":{"value":5}}"#
        let fields = ["Content-Length: \(body.utf8.count)", "Expect: 100-continue"]
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", fields))
        #expect(try client.response().status == 100)
        #expect(try client.ask(body).json["result"]?["value"] == 10)
        try client.send(Ask.head("POST", "/v1/decisions/probe.unknown", fields))
        #expect(try client.response().status == 404)
        #expect(client.isClosed())
      }
    }
  }

  // MARK: Connections

  @Test func `pipelined requests are answered in order, whatever they are`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        var requests = ""
        for value in 0..<200 {
          requests += Ask.double(value)
          if value % 10 == 3 { requests += Ask.get("/nothing") }
          if value % 10 == 7 { requests += Ask.batch("probe.double", "{\"value\":\(value)}\n{\"value\":1}") }
        }
        try client.send(requests)
        for value in 0..<200 {
          #expect(try client.response().json["result"]?["value"] == .integer(Int64(2 * value)))
          if value % 10 == 3 { #expect(try client.response().status == 404) }
          if value % 10 == 7 {
            let lines = try client.response().lines
            #expect(lines.map { $0["result"]?["value"] } == [.integer(Int64(2 * value)), 2])
          }
        }
      }
    }
  }

  @Test func `a request may come in pieces of any size`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let request = Array(Ask.double(9).utf8)
        for split in 1..<request.count {
          try client.send(Array(request[..<split]))
          try client.send(Array(request[split...]))
          #expect(try client.response().json["result"]?["value"] == 18)
        }
      }
    }
  }

  @Test(arguments: [
    Ask.double(1, ["Connection: close"]), Ask.double(1, ["connection: TE, Close"]),
    Ask.double(1).replacing("HTTP/1.1", with: "HTTP/1.0"),
    Ask.double(1, ["Connection: Upgrade", "Upgrade: h2c"]),
  ])
  func `a connection that ends with its request is closed behind the answer`(request: String) async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let response = try client.ask(request)
        #expect(response.json["result"]?["value"] == 2)
        #expect(response.field("connection") == "close")
        #expect(client.isClosed())
      }
    }
  }

  @Test func `a large answer arrives whole though the connection closes behind it`() async throws {
    try await DecisionPortFixture.serving { port in
      try await ClientThreads.run {
        let client = try DecisionPortClient(port: port.port, receiveBufferBytes: 4096)
        let request = Ask.decision("probe.text", #"{"input":{"length":900000}}"#, ["Connection: close"])
        #expect(try client.ask(request).json["result"]?["text"]?.string?.utf8.count == 900_000)
        #expect(client.isClosed())
      }
    }
  }

  @Test func `who has sent everything and closes his side still gets every answer`() async throws {
    try await DecisionPortFixture.serving { port in
      let bytes = try await port.talking { client throws in
        let lines = String(repeating: #"{"turns":20000}"# + "\n", count: 60)
        try client.send(Ask.double(1) + Ask.batch("probe.work", lines) + Ask.double(2))
        client.closeOutput()
        return try client.rest()
      }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.split(separator: "decision_id").count - 1 == 62)
      #expect(text.hasSuffix(#""result":{"value":4}}"#))
    }
  }

  @Test(arguments: [
    "nonsense\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n", "GET /health\r\n\r\n",
    "POST /v1/decisions/probe.double HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    "POST /v1/decisions/probe.double HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
      + "Transfer-Encoding: chunked\r\n\r\n",
    "POST /v1/decisions/probe.double HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
  ])
  func `what is no HTTP is answered with 400 behind what was asked before`(bytes: String) async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let lines = String(repeating: #"{"turns":20000}"# + "\n", count: 30)
        try client.send(Ask.batch("probe.work", lines) + Ask.double(4) + bytes)
        #expect(try client.response().lines.count == 30)
        #expect(try client.response().json["result"]?["value"] == 8)
        let response = try client.response()
        #expect((response.status, response.code) == (400, "malformed_request"))
        #expect(client.isClosed())
      }
    }
  }

  @Test func `a head over the limit is refused`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let response = try client.ask(Ask.get("/health", ["x: " + String(repeating: "y", count: 50_000)]))
        #expect((response.status, response.code) == (431, "head_too_large"))
        #expect(client.isClosed())
      }
    }
  }
}
