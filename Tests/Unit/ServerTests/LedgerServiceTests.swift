import Core
import Cryptography
import Decisions
import Hummingbird
import Ledger
@testable import Server
import Testing

struct LedgerServiceTests {
  private struct Signer: CheckpointSigner {
    func sign(_ payload: [UInt8], type: String) -> String { type + " " + String(decoding: payload, as: UTF8.self) }
  }

  private static let routes: [(HTTPRequest.Method, String, JSON?)] = [
    (.post, "/v1/ledger/transfers", LedgerExamples.events), (.get, "/v1/ledger/transfers/" + LedgerFixture.id(1), nil),
    (.get, "/v1/ledger/accounts/citizen:alice", nil), (.put, "/v1/ledger/accounts/a:b", ["closed": true]),
    (.get, "/v1/ledger/checkpoint", nil), (.get, "/v1/ledger/checkpoint.note", nil),
  ]

  @Test func `every route is for operators`() async throws {
    let ledger = LedgerFixture()
    let wrong = ["authorization": "Bearer " + OperatorFixture().secret.dropLast()]
    for (method, path, body) in Self.routes {
      for fields in [[:], wrong] {
        let reply = try await ledger.api.ask(method, path, fields, body: body?.bytes)
        #expect(reply.status == 401, "\(method) \(path)")
        #expect(reply.field("www-authenticate")?.hasPrefix("Bearer") == true)
      }
    }
    #expect(await ledger.store.head().sequence == 0)
  }

  @Test func `a checkpoint says where the chain ends, and is verified by it`() async throws {
    let ledger = LedgerFixture()
    let empty = try await ledger.ask(.get, "/checkpoint").json
    #expect(empty["size"] == 0)
    _ = try await ledger.send(LedgerFixture.event(1), LedgerFixture.event(2))
    let json = try await ledger.ask(.get, "/checkpoint").json
    let head = await ledger.store.head()
    #expect(json["ledger"] == "a-ledger")
    #expect(json["size"] == 2)
    #expect(json["head"] == .string(Hexadecimal.text(head.hash)))
    #expect(json["ts"] == .integer(head.timestamp))
    #expect(json["signature"] == .null)
    for kept in [empty, json] {
      let checkpoint = try #require(Checkpoint(json: kept))
      #expect(try await ledger.store.verify(against: checkpoint).problem == nil)
    }
  }

  @Test func `a checkpoint is signed when there is a signer`() async throws {
    let json = try await LedgerFixture(signer: Signer()).ask(.get, "/checkpoint").json
    var payload = try #require(json.object)
    payload["signature"] = nil
    #expect(json["signature"] == .string("cascade-checkpoint+jwt " + JSON.object(payload).text))
  }

  @Test func `a note is the checkpoint of the tree, and there is none without a key`() async throws {
    let ledger = LedgerFixture()
    #expect(try await ledger.ask(.get, "/checkpoint.note").status == 404)
    _ = try await ledger.send(LedgerFixture.event(1), LedgerFixture.event(2))
    let key = try NoteKey(ledger: "a-ledger", SigningKey.ed25519(seed: Secret(1...32)))
    let notes = LedgerNotes(ledger.store, signedBy: key)
    let api = APIFixture(endpoints: Endpoint.ledger(ledger.store, notes: notes))
    let reply = try await api.ask(.get, "/v1/ledger/checkpoint.note", api.authorization)
    #expect(reply.status == 200)
    #expect(reply.field("content-type") == "text/plain; charset=utf-8")
    #expect(reply.text == (try await notes.checkpoint()))
  }

  @Test(arguments: [
    (StoreError.Code.locked, 503, nil), (.full, 503, "30"), (.io, 503, nil), (.overloaded, 503, "1"),
    (.closed, 503, nil), (.corrupt, 500, nil), (.unsupportedVersion, 500, nil as String?),
  ])
  func `what keeps a store from its work has its status`(code: StoreError.Code, status: Int, retry: String?)
    async throws
  {
    let store = BrokenStore(error: StoreError(code, "it can't", cause: "a secret of the disk"))
    let key = try NoteKey(ledger: "a-ledger", SigningKey.ed25519(seed: Secret(1...32)))
    let api = APIFixture(endpoints: Endpoint.ledger(store, notes: LedgerNotes(store, signedBy: key)))
    for (method, path, body) in Self.routes {
      let reply = try await api.ask(method, path, api.authorization, body: body?.bytes)
      #expect(reply.status == status, "\(method) \(path)")
      #expect(reply.json["reason"]?.string == code.rawValue)
      #expect(reply.field("retry-after") == retry)
      #expect(!reply.text.contains("secret"))
    }
  }

  @Test func `what is answered fits the document`() async throws {
    let ledger = LedgerFixture()
    let document = try await ledger.api.ask(.get, "/openapi.json").json
    let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
    func see(_ method: HTTPRequest.Method, _ path: String, as template: String, _ body: JSON? = nil) async throws {
      let reply = try await ledger.ask(method, path, body)
      let operation = document["paths"]?["/v1/ledger" + template]?[method.rawValue.lowercased()]
      let content = try #require(operation?["responses"]?["\(reply.status)"]?["content"], "\(path) \(reply.status)")
      let schema = try #require(content[reply.field("content-type") ?? ""]?["schema"])
      #expect(check.faults(reply.json, schema) == [], "\(method) \(path)")
      if let body, reply.status == 200 {
        let schema = try #require(operation?["requestBody"]?["content"]?["application/json"]?["schema"])
        #expect(check.faults(body, schema) == [], "\(method) \(path)")
      }
    }
    try await see(.post, "/transfers", as: "/transfers", LedgerExamples.events)
    try await see(.post, "/transfers", as: "/transfers", LedgerExamples.events)
    try await see(.post, "/transfers", as: "/transfers", [])
    for path in ["citizen:alice", "world", "nobody"] {
      try await see(.get, "/accounts/" + path, as: "/accounts/{account}")
    }
    for body: JSON in [LedgerExamples.accountChange, ["floor": 1], []] {
      try await see(.put, "/accounts/a:b", as: "/accounts/{account}", body)
    }
    for event in LedgerExamples.events["events"]?.array ?? [] {
      try await see(.get, "/transfers/" + (event["id"]?.string ?? ""), as: "/transfers/{id}")
    }
    try await see(.put, "/accounts/citizen:alice", as: "/accounts/{account}", ["floor": -7])
    try await see(.get, "/checkpoint", as: "/checkpoint")
  }
}
