import Core
import Decisions
import HTTPTypes
import Rulebook
import Synchronization
import Testing

@testable import Server

/// `POST /v1/rulebook` with files.
struct SavingRouteTests {
  private let api = APIFixture()
  private let digest = "sha256:" + String(repeating: "5e", count: 32)

  private func save(_ body: String, _ kind: String = "application/json") async throws -> Reply {
    try await api.ask(
      .post, "/v1/rulebook", api.authorization.merging(["content-type": kind]) { first, _ in first },
      body: Array(body.utf8))
  }

  private var drafts: [(draft: RulebookDraft, base: String)] { api.host.state.withLock { $0.drafts } }

  @Test func `files and a base are saved, null removes one`() async throws {
    let reply = try await save(
      #"{"files":{"policies/fees.lua":"return {}","policies/old.lua":null},"base":"\#(digest)"}"#,
      "application/json; charset=utf-8")
    #expect(reply.status == 200 && reply.json["generation"] == 8, "\(reply.text)")
    #expect(drafts.count == 1 && drafts.first?.base == digest)
    #expect(drafts.first?.draft.files[ExactText("policies/fees.lua")] == .some(Array("return {}".utf8)))
    #expect(drafts.first?.draft.files[ExactText("policies/old.lua")] == .some(nil))
    #expect(api.host.state.withLock { $0.reloads.isEmpty })
  }

  @Test func `without JSON it reloads, and a body is ignored`() async throws {
    #expect(try await api.ask(.post, "/v1/rulebook", api.authorization).status == 200)
    #expect(try await save("{\"files\":{}}", "text/plain").status == 200)
    #expect(drafts.isEmpty && api.host.state.withLock { $0.reloads.count } == 2)
  }

  @Test(arguments: [
    ("", 400), ("[]", 400), ("{}", 422), (#"{"files":{}}"#, 422), (#"{"files":[],"base":"x"}"#, 422),
    (#"{"files":{"policies/a.lua":1},"base":"x"}"#, 422), (#"{"files":{},"base":"x","more":1}"#, 422),
    (#"{"files":{"../a.lua":"x"},"base":"x"}"#, 422),
  ])
  func `what is no draft is refused`(body: String, status: Int) async throws {
    let reply = try await save(body)
    #expect(reply.status == status, "\(reply.text)")
    #expect(drafts.isEmpty)
  }

  @Test func `each refusal has its code`() async throws {
    let refusals: [(RulebookSavingError, Int, JSON)] = [
      (.conflict("another decides"), 409, "conflict"), (.readOnly("read-only"), 409, "rulebook_read_only"),
      (.unsigned("governed"), 403, "unsigned"),
      (.rejected(RulebookRejected([APIExamples.problem])), 422, "load_failed"),
    ]
    for (error, status, code) in refusals {
      api.host.state.withLock { $0.savingError = error }
      let reply = try await save(#"{"files":{"policies/fees.lua":"return {}"},"base":"\#(digest)"}"#)
      #expect(reply.status == status && reply.json["code"] == code, "\(reply.text)")
    }
  }

  @Test func `nobody but an operator saves`() async throws {
    let body = Array(#"{"files":{},"base":"x"}"#.utf8)
    let reply = try await api.ask(.post, "/v1/rulebook", ["content-type": "application/json"], body: body)
    #expect(reply.status == 401 && drafts.isEmpty)
  }
}
