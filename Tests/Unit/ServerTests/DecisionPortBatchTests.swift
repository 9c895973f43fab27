import Core
import Decisions
@testable import Server
import Testing

/// NDJSON: one bare input a line in, one answer a line out.
struct DecisionPortBatchTests {
  private static func values(_ lines: [JSON]) -> [Int64?] { lines.map { $0["result"]?["value"]?.integer } }

  @Test func `lines are answered in order, failed ones in their place`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let lines = #"{"value":1}"# + "\nno json\n" + #"{"value":"x"}"# + "\n" + #"{"value":4}"# + "\n"
        let response = try client.ask(Ask.batch("probe.double", lines))
        #expect(response.status == 200)
        #expect(response.field("content-type") == "application/x-ndjson")
        #expect(Self.values(response.lines) == [2, nil, nil, 8])
        for line in response.lines { #expect(line["generation"] == 7) }
        #expect(Set(response.lines.compactMap { $0["decision_id"]?.string }).count == 4)
        #expect(response.lines[1]["error"]?["code"] == "invalid_input")
        #expect(response.lines[2]["error"]?["message"]?.string?.contains("value") == true)
        #expect(try client.ask(Ask.double(1)).status == 200)
      }
    }
  }

  @Test func `a blank line is a failed line, and a last line needs no end`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        #expect(try client.ask(Ask.batch("probe.double", "")).lines.isEmpty)
        let response = try client.ask(Ask.batch("probe.double", "\n{\"value\":1}\r\n\n{\"value\":2}"))
        #expect(Self.values(response.lines) == [nil, 2, nil, 4])
      }
    }
  }

  @Test func `an overlong line fails in its place and the next one is read`() async throws {
    var limits = DecisionPortLimits()
    limits.inputBytes = 100
    try await DecisionPortFixture.serving(limits: limits) { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        for length in [101, 150, 100_000] {
          let long = String(repeating: "x", count: length)
          let response = try client.ask(
            Ask.batch("probe.double", "{\"value\":1}\n\(long)\n{\"value\":2}\n\(long)\n\(long)"))
          #expect(Self.values(response.lines) == [2, nil, 4, nil, nil])
          #expect(response.lines[1]["error"]?["message"] == "the line is over 100 bytes")
        }
        let exact = #"{"value":3}"# + String(repeating: " ", count: 89)
        #expect(Self.values(try client.ask(Ask.batch("probe.double", exact + "\n")).lines) == [6])
      }
    }
  }

  @Test func `a batch may come in pieces, split anywhere`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let request = Array(Ask.batch("probe.double", "{\"value\":1}\nx\n{\"value\":2}").utf8)
        for split in 1..<request.count {
          try client.send(Array(request[..<split]))
          try client.send(Array(request[split...]))
          #expect(Self.values(try client.response().lines) == [2, nil, 4], "split at \(split)")
        }
        for byte in request { try client.send([byte]) }
        #expect(Self.values(try client.response().lines) == [2, nil, 4])
      }
    }
  }

  @Test func `lines are answered while more are to come`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let fields = ["Content-Type: application/x-ndjson; charset=utf-8", "Transfer-Encoding: chunked"]
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", fields))
        try client.send("b\r\n{\"value\":1}\r\n")
        try client.send("1\r\n\n\r\n")
        var bytes: [UInt8] = []
        while !bytes.contains(UInt8(ascii: "}")) { bytes += try client.receive() }
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""result":{"value":2}"#))
        try client.send("0\r\n\r\n")
        while !bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) { bytes += try client.receive() }
      }
    }
  }

  @Test func `HTTP/1.0 gets its lines without chunks, up to the end of the connection`() async throws {
    try await DecisionPortFixture.serving { port in
      try await port.talking { (client: DecisionPortClient) throws -> Void in
        let request = Ask.batch("probe.double", "{\"value\":1}\n{\"value\":2}\n")
        let response = try client.ask(request.replacing("HTTP/1.1", with: "HTTP/1.0"))
        #expect(response.field("transfer-encoding") == nil)
        #expect(response.field("connection") == "close")
        #expect(Self.values(response.lines) == [2, 4])
      }
    }
  }

  @Test func `a hundred thousand lines come back in order`() async throws {
    try await DecisionPortFixture.serving { port in
      let lines = try await port.talking { client throws in
        var text = ""
        for value in 0..<100_000 { text += "{\"value\":\(value)}\n" }
        let request = Array(Ask.batch("probe.double", text).utf8)
        // Reads between its writes, as both directions are full in turn.
        var sent = 0
        var received: [UInt8] = []
        while sent < request.count {
          let count = client.sendSome(request[sent...])
          sent += count
          if count == 0 { received += try client.receive() }
        }
        client.closeOutput()
        return received + (try client.rest())
      }
      var next = 0
      for line in String(decoding: lines, as: UTF8.self).split(separator: "\n") where line.contains("\"result\"") {
        guard line.hasSuffix("\"result\":{\"value\":\(2 * next)}}") else {
          Issue.record("line \(next) is \(line)")
          return
        }
        next += 1
      }
      #expect(next == 100_000)
    }
  }

  @Test func `a slow reader is held back, and others are served meanwhile`() async throws {
    try await DecisionPortFixture.serving { port in
      let others = try await ClientThreads.run {
        let slow = try DecisionPortClient(port: port.port, receiveBufferBytes: 4096)
        let line = "{\"length\":20000}\n"
        let count = 20_000
        let length = line.utf8.count * count
        let fields = ["Content-Type: application/x-ndjson", "Content-Length: \(length)"]
        try slow.send(Ask.head("POST", "/v1/decisions/probe.text", fields))
        let body = Array(String(repeating: line, count: count).utf8)
        // Sends as long as the port reads, and reads nothing. The answers would be 400 MB.
        var sent = 0
        var idleTurns = 0
        var others = 0
        while sent < body.count, idleTurns < 200 {
          let some = slow.sendSome(body[sent...])
          sent += some
          idleTurns = some == 0 ? idleTurns + 1 : 0
          for _ in 1...2 { #expect(try port.client().ask(Ask.double(1)).status == 200) }
          others += 2
        }
        return others
      }
      // 20 KB each: the limit of unsent bytes, one slice over it, and what the sockets hold.
      let decided = await port.lanes.statistics().decided - others
      #expect(decided < 1000, "\(decided) answers for a reader that reads none")
    }
  }

  @Test func `lines of a batch that is nobody's fail once the decision is for operators, and theirs go on`()
    async throws
  {
    var files = DecisionPortSamples.files
    files["plugins/probe/plugin.lua"] = DecisionPortSamples.probe.replacing(
      #"["probe.double"] = {"#, with: #"["probe.double"] = { operators = true,"#)
    try await DecisionPortFixture.serving { [files] port in
      let clients = [("probe.double", [], "forbidden"), ("probe.secret", [port.bearer], "result")]
      for (number, (point, fields, outcome)) in clients.enumerated() {
        let client = try port.client()
        try await ClientThreads.run {
          let common = ["Content-Type: application/x-ndjson", "Transfer-Encoding: chunked"]
          try client.send(Ask.head("POST", "/v1/decisions/" + point, common + fields))
          try client.send("c\r\n{\"value\":1}\n\r\n")
          var bytes: [UInt8] = []
          while !bytes.contains(UInt8(ascii: "}")) { bytes += try client.receive() }
          #expect(String(decoding: bytes, as: UTF8.self).contains("result"))
        }
        try await port.install(files, number: 8 + number)
        try await ClientThreads.run {
          try client.send("17\r\n{\"value\":2}\n{\"value\":3}\r\n0\r\n\r\n")
          client.closeOutput()
          let text = String(decoding: try client.rest(), as: UTF8.self)
          #expect(text.split(separator: "\"\(outcome)\"").count - 1 == 2, "\(text)")
          #expect(text.contains("\"generation\":\(8 + number)"))
        }
        try await port.install(DecisionPortSamples.files, number: 20 + number)
      }
    }
  }

  @Test func `a batch ends with failed lines when its decision goes away`() async throws {
    try await DecisionPortFixture.serving { port in
      let client = try port.client()
      try await ClientThreads.run {
        let fields = ["Content-Type: application/x-ndjson", "Transfer-Encoding: chunked"]
        try client.send(Ask.head("POST", "/v1/decisions/probe.double", fields))
        try client.send("c\r\n{\"value\":1}\n\r\n")
        var bytes: [UInt8] = []
        while !bytes.contains(UInt8(ascii: "}")) { bytes += try client.receive() }
      }
      var files = DecisionPortSamples.files
      files["plugins/probe/plugin.lua"] = """
        return { name = "probe", version = "2.0.0", decisions = { ["probe.other"] = {
          input = {}, output = {}, decide = function() return {} end } } }

        """
      try await port.install(files, number: 8)
      try await ClientThreads.run {
        try client.send("17\r\n{\"value\":2}\n{\"value\":3}\r\n0\r\n\r\n")
        client.closeOutput()
        let text = String(decoding: try client.rest(), as: UTF8.self)
        #expect(text.split(separator: #""code":"unknown_decision""#).count - 1 == 2)
        #expect(text.contains("\"generation\":8"))
        #expect(text.hasSuffix("0\r\n\r\n"))
      }
    }
  }
}
