import Core
import Decisions
import Hummingbird
import LoggedLines
@testable import Server
import Testing

/// The same bytes to both ports: the same answers, and no word of an error in the log.
struct PortAgreementTests {
  /// What is compared of an answer.
  private struct Answer: Equatable, CustomStringConvertible {
    var status: Int
    var code: String?
    var mediaType: String?
    var closes: Bool
    /// Every answer says once when it was made, and how long it is.
    var isWellFormed: Bool

    var description: String {
      "\(status) \(code ?? "-") \(mediaType ?? "-")\(closes ? " close" : "")\(isWellFormed ? "" : " malformed")"
    }

    init(_ response: DecisionPortClient.Response) {
      status = response.status
      code = response.code
      mediaType = response.field("content-type")
      closes = response.field("connection") == "close"
      let dates = response.fields.filter { $0.name == "date" }.map(\.value)
      isWellFormed =
        status == 100
        || dates.count == 1 && dates[0].utf8.count == 29 && dates[0].hasSuffix(" GMT")
          && response.fields.count { $0.name == "content-length" } == 1
    }
  }

  /// Both ports, with routes of the same names.
  private func bothPorts(
    _ body: @Sendable @escaping (_ ports: [Int], _ token: String) async throws -> Void
  ) async throws {
    let lines = LogLines()
    let token = OperatorFixture()
    var limits = DecisionPortLimits()
    limits.linger = .milliseconds(200)
    var apiLimits = APILimits()
    apiLimits.linger = limits.linger
    apiLimits.bodyBytes = limits.bodyBytes(forOperators: true)
    apiLimits.publicBodyBytes = limits.bodyBytes(forOperators: false)
    let asked = apiLimits
    try await DecisionPortFixture.serving(limits: limits, token: token, logger: lines.logger) { decisions in
      try await token.serving(
        FakeHost(), limits: asked, endpoints: Self.endpoints, logger: lines.logger
      ) { api in
        try await body([decisions.port, api], token.secret)
      }
    }
    // An operator's act is told, too; it is no error.
    let quiet = ["trace", "debug", "info", "notice"]
    let errors = lines.all.filter { line in !quiet.contains { line.hasPrefix($0) } }
    #expect(errors == [])
  }

  private static let endpoints: [Endpoint] = {
    let answer = Endpoint.Answer("", schema: true, example: true)
    let decide = Endpoint(.post, "/v1/decisions/{point}", name: "decide", summary: "", answer: answer) {
      request, context in
      guard try context.pathParameter("point") == "probe.double" else {
        throw ProblemDocument(.unknownDecision, "no plugin offers this")
      }
      return Response(json: try await request.json())
    }
    let secret = Endpoint(
      .post, "/v1/decisions/probe.secret", name: "secret", summary: "", needsOperator: true, answer: answer
    ) { request, _ in Response(json: try await request.json()) }
    return [secret, decide]
  }()

  /// Everything that comes back until the port closes.
  private static func answers(_ port: Int, _ request: [UInt8], isAborted: Bool, toHead: Bool) throws -> [Answer] {
    let client = try DecisionPortClient(port: port)
    try? client.send(request)
    if isAborted { client.closeOutput() }
    var answers: [Answer] = []
    while true {
      do {
        answers.append(Answer(try client.response(toHead: toHead && answers.isEmpty)))
      } catch let failure as DecisionPortClient.Failure where failure.call == "end" {
        return answers
      }
    }
  }

  @Test func `both ports answer the same bytes alike`() async throws {
    try await bothPorts { ports, token in
      for request in RawRequest.all {
        let bytes = Array(request.text.replacing("{TOKEN}", with: token).utf8)
        let isHead = request.text.hasPrefix("HEAD")
        let all = try await ClientThreads.run {
          try ports.map { try Self.answers($0, bytes, isAborted: request.isAborted, toHead: isHead) }
        }
        #expect(all[0] == all[1], "\(request.name)")
        if let expected = request.statuses { #expect(all[1].map(\.status) == expected, "\(request.name)") }
        #expect(all[1].allSatisfy { $0.status < 500 && $0.isWellFormed }, "\(request.name): \(all[1])")
        #expect(all[1].allSatisfy { $0.status < 400 || $0.code != nil || isHead }, "\(request.name): \(all[1])")
      }
    }
  }

  @Test func `a head alone that asks whether to go on gets its word at once`() async throws {
    try await bothPorts { ports, _ in
      let statuses = try await ClientThreads.run {
        try ports.map { port in
          let client = try DecisionPortClient(port: port)
          let body = #"{"input":{"value":1}}"#
          try client.send(RawRequest.post(body: body, fields: ["Expect: 100-continue"], sendsBody: false))
          let first = try client.response().status
          return [first, try client.ask(body).status]
        }
      }
      #expect(statuses == [[100, 200], [100, 200]])
    }
  }

  @Test func `who goes away in the middle leaves no trace`() async throws {
    try await bothPorts { ports, _ in
      try await ClientThreads.run {
        for port in ports {
          for text in [
            "GET /hea", RawRequest.post(body: #"{"input":"#, fields: [], length: 500),
            RawRequest.chunked("5\r\nhel"), RawRequest.post(body: "", fields: ["Expect: 100-continue"], length: 9),
          ] {
            let client = try DecisionPortClient(port: port)
            try client.send(text)
            client.reset()
          }
          // Whoever comes next is answered.
          #expect(try DecisionPortClient(port: port).ask(RawRequest.get()).status == 200)
        }
      }
    }
  }
}
