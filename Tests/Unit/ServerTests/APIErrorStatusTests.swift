import Core
@testable import Server
import Testing

struct APIErrorStatusTests {
  @Test func `every error code has the status the contract gives it`() {
    let contract = [
      "invalid_input": 422, "unknown_decision": 404, "refused": 409, "conflict": 409, "forbidden": 403,
      "deadline": 503, "fuel_exhausted": 503, "memory_exhausted": 503, "runtime": 500, "invalid_output": 500,
    ]
    #expect(Set(contract.keys) == Set(DecisionErrorCode.allCases.map(\.rawValue)))
    let server = [
      "malformed_request": 400, "unauthorized": 401, "invalid_token": 401, "too_many_requests": 429,
      "not_found": 404, "unknown_citizen": 404, "method_not_allowed": 405,
      "request_timeout": 408, "nothing_to_roll_back": 409, "body_too_large": 413, "unsupported_media_type": 415,
      "load_failed": 422, "head_too_large": 431, "internal": 500, "unavailable": 503, "suspended": 503,
      "too_many_connections": 503, "rulebook_read_only": 409, "unsigned": 403,
    ]
    let all = contract.merging(server) { first, _ in first }
    #expect(all.count == contract.count + server.count)
    #expect(Set(all.keys) == Set(WireCode.allCases.map(\.rawValue)))
    for code in WireCode.allCases { #expect(ErrorStatus(code).number == all[code.rawValue], "\(code)") }
  }

  @Test func `a decision's code is the same on the wire, and each status has its phrase`() {
    for code in DecisionErrorCode.allCases { #expect(code.rawValue == code.wireCode.rawValue) }
    for code in WireCode.allCases where ErrorStatus(code).number != 500 {
      #expect("\(ErrorStatus(code).reason)" != "Internal Server Error", "\(code)")
    }
  }

  @Test func `what a client is told of an error is the same in all rooms: code, sentence, word and wait`() {
    let full = ProblemDocument(StoreError(.full, "no space is left"))
    #expect(full.code == .unavailable && full.detail == "no space is left" && full.members["reason"] == "full")
    #expect(full.headers.map(\.name) == ["retry-after"] && full.headers.map(\.value) == ["30"])
    let corrupt = ProblemDocument(StoreError(.corrupt, "entry 7 has another hash"))
    #expect(corrupt.code == .internal && !corrupt.detail.contains("entry 7") && corrupt.headers.isEmpty)
    #expect(ProblemDocument(WireProblem(.conflict, "again")).headers.isEmpty)
  }

  @Test(arguments: [
    (WireCode.unauthorized, #"Bearer realm="cascade""#),
    (.invalidToken, #"Bearer realm="cascade", error="invalid_token""#),
  ])
  func `an error for want of a valid token says what is asked for`(code: WireCode, challenge: String) {
    let problem = ProblemDocument(WireProblem(code, "no"))
    #expect(problem.headers.map(\.name) == ["www-authenticate"] && problem.headers.map(\.value) == [challenge])
  }

  @Test func `a problem has the RFC's members first and its own behind`() {
    var members = JSON.Object()
    members.append("decision_id", "x")
    let problem = ProblemDocument(.deadline, "after 50 ms", errors: [["code": "a"]], members: members)
    #expect(
      String(decoding: problem.bytes, as: UTF8.self)
        == #"{"type":"urn:cascade:error:deadline","title":"The rule took too long","status":503,"code":"deadline","#
        + #""detail":"after 50 ms","errors":[{"code":"a"}],"decision_id":"x"}"#)
  }
}
