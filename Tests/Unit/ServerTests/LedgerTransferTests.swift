import Core
import Decisions
import Hummingbird
import Ledger
@testable import Server
import Testing

struct LedgerTransferTests {
  private let ledger = LedgerFixture()

  @Test func `a batch has one result per event, in order, with the balances it left`() async throws {
    let results = try await ledger.send(
      LedgerFixture.event(1), LedgerFixture.event(2, "pending", from: "citizen:alice", to: "fees:bridge", minor: 250),
      LedgerFixture.event(3, from: "citizen:alice", to: "citizen:zoe", minor: 9_751))
    #expect(results.map { $0["id"]?.string } == [1, 2, 3].map(LedgerFixture.id))
    #expect(results.map { $0["status"]?.string } == ["created", "created", "refused"])
    #expect(results[0]["seq"] == 1)
    #expect(results[1]["balances"]?["citizen:alice"] == ["posted": 10_000, "pending": 250, "available": 9_750])
    #expect(results[2] == ["id": .string(LedgerFixture.id(3)), "status": "refused", "reason": "exceeds_credits"])
  }

  @Test func `the same transfer again exists, with what it answered the first time`() async throws {
    let first = try await ledger.send(LedgerFixture.event(1))
    _ = try await ledger.send(LedgerFixture.event(2))
    let again = try await ledger.send(LedgerFixture.event(1))
    #expect(again[0]["status"] == "exists")
    for member in ["id", "seq", "timestamp", "balances"] { #expect(again[0][member] == first[0][member], "\(member)") }
    let other = try await ledger.send(LedgerFixture.event(1, minor: 1))
    #expect(other[0]["reason"] == "exists_with_different_amount")
  }

  @Test func `every malformed event is refused by itself`() async throws {
    let events: [(JSON, String)] = [
      (3, "invalid_event"), ([:], "invalid_id"), (["id": "7"], "invalid_id"), (["id": 7], "invalid_id"),
      (LedgerFixture.event(1, "gift"), "invalid_kind"), (LedgerFixture.event(1, from: "a::b"), "invalid_from"),
      (LedgerFixture.event(1, to: ""), "invalid_to"), (LedgerFixture.event(1, minor: -1), "invalid_amount"),
      (LedgerFixture.event(1, minor: .double(1.5)), "invalid_amount"),
      (LedgerFixture.event(1, minor: "1"), "invalid_amount"),
      (LedgerFixture.event(1, minor: .double(9.3e18)), "invalid_amount"),
      (LedgerFixture.event(1, adding: [("sum", 1)]), "unknown_field"),
      (LedgerFixture.event(1, adding: [("timeout_seconds", -1)]), "invalid_timeout_seconds"),
      (LedgerFixture.event(1, adding: [("metadata", ["_chain": "x"])]), "reserved_metadata_key"),
      (LedgerFixture.event(1, to: "world"), "accounts_must_be_different"),
    ]
    let body: JSON = ["events": .array(events.map(\.0) + [LedgerFixture.event(2)])]
    let reply = try await ledger.ask(.post, "/transfers", body)
    #expect(reply.status == 200)
    let results = try #require(reply.json["results"]?.array)
    #expect(results.dropLast().map { $0["reason"]?.string } == events.map(\.1))
    #expect(results.last?["status"] == "created")
    #expect(results[2]["id"] == "7")
    #expect(results[3]["id"] == .null)
  }

  @Test(arguments: ["", "{", "[]", "{}", #"{"events":{}}"#, #"{"events":[],"more":1}"#, "{\"events\":[\u{0}]}"])
  func `only a broken body is a bad request`(body: String) async throws {
    let reply = try await ledger.api.ask(
      .post, "/v1/ledger/transfers", ledger.api.authorization, body: Array(body.utf8))
    #expect(reply.status == 400)
    #expect(reply.json["code"] == "malformed_request")
    #expect(await ledger.store.head().sequence == 0)
  }

  @Test(arguments: ["99999999999999999999999", "1e400", "-1e400", "1E+99999999999999999999"])
  func `an amount that is too large is refused by itself, however it is written`(minor: String) async throws {
    let events: JSON = ["events": [LedgerFixture.event(1, minor: 7_777), LedgerFixture.event(2)]]
    let body = events.text.replacing("7777", with: minor)
    let reply = try await ledger.api.ask(
      .post, "/v1/ledger/transfers", ledger.api.authorization, body: Array(body.utf8))
    #expect(reply.json["results"]?.array?.map { $0["reason"]?.string } == ["invalid_amount", nil])
  }

  @Test func `no events have no results`() async throws {
    let reply = try await ledger.ask(.post, "/transfers", ["events": []])
    #expect(reply.status == 200)
    #expect(reply.json == ["results": []])
  }

  @Test func `a chain fails together`() async throws {
    let results = try await ledger.send(
      LedgerFixture.event(1, adding: [("linked", true)]),
      LedgerFixture.event(2, from: "citizen:bob", adding: [("linked", true)]),
      LedgerFixture.event(3))
    #expect(
      results.map { $0["reason"]?.string } == ["linked_event_failed", "exceeds_credits", "linked_event_failed"])
    #expect(await ledger.store.head().sequence == 0)
  }

  @Test func `a transfer tells what became of it`() async throws {
    func state(_ number: Int) async throws -> String? {
      try await ledger.ask(.get, "/transfers/" + LedgerFixture.id(number)).json["state"]?.string
    }
    func hold(_ number: Int, _ further: [(String, JSON)] = []) -> JSON {
      LedgerFixture.event(number, "pending", from: "citizen:alice", to: "citizen:zoe", minor: 10, adding: further)
    }
    _ = try await ledger.send(
      LedgerFixture.event(1, adding: [("reference", "inv-1"), ("metadata", ["b": "1", "a": "2"])]), hold(2), hold(3),
      hold(4, [("timeout_seconds", 10)]), LedgerFixture.resolution(5, "post", of: 2),
      LedgerFixture.resolution(6, "void", of: 3))
    let reply = try await ledger.ask(.get, "/transfers/" + LedgerFixture.id(1))
    #expect(reply.json["amount"] == ["asset": "DUC/2", "minor": 10_000])
    #expect(reply.json["reference"] == "inv-1")
    #expect(reply.json["metadata"] == ["a": "2", "b": "1"])
    #expect(try await state(1) == "posted")
    #expect(try await state(2) == "posted")
    #expect(try await state(3) == "voided")
    #expect(try await state(4) == "pending")
    ledger.jump(seconds: 86_400)
    #expect(try await state(4) == "pending", "whatever the wall clock shows")
    ledger.advance(seconds: 11)
    #expect(try await state(4) == "expired", "even before a sweep")
    _ = try await ledger.store.sweep()
    #expect(try await state(4) == "expired")
  }

  @Test(arguments: ["no-uuid", LedgerFixture.id(9), "%2e%2e"])
  func `a transfer that isn't there is not found`(id: String) async throws {
    let reply = try await ledger.ask(.get, "/transfers/" + id)
    #expect(reply.status == 404)
    #expect(reply.json["code"] == "not_found")
  }
}
