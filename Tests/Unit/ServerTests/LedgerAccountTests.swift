import Core
import Decisions
import Hummingbird
import Ledger
@testable import Server
import Testing

struct LedgerAccountTests {
  private let ledger = LedgerFixture()

  @Test func `an account has its balances and flags`() async throws {
    _ = try await ledger.send(
      LedgerFixture.event(1), LedgerFixture.event(2, "pending", from: "citizen:alice", to: "fees:bridge", minor: 250))
    let reply = try await ledger.ask(.get, "/accounts/citizen:alice")
    let expected: JSON = [
      "account": "citizen:alice", "asset": "DUC/2", "posted": 10_000, "pending": 250, "available": 9_750,
      "flags": ["no_overdraft"], "floor": 0,
    ]
    #expect(reply.json == expected)
    #expect(try await ledger.ask(.get, "/accounts/citizen%3Aalice").json == expected)
    let world = try await ledger.ask(.get, "/accounts/world").json
    #expect(world["assets"]?.array?.map { $0["asset"]?.string } == ["DUC/2"])
  }

  @Test(arguments: ["citizen:nobody", "a::b", "citizen:al%20ice"])
  func `an account that isn't there is not found`(name: String) async throws {
    let reply = try await ledger.ask(.get, "/accounts/" + name)
    #expect(reply.status == 404)
    #expect(reply.json["code"] == "not_found")
  }

  @Test func `a floor is set while the account is empty, and lets it go below zero`() async throws {
    let reply = try await ledger.ask(.put, "/accounts/reserve:uplift", ["floor": -1000])
    #expect(reply.status == 200)
    #expect(reply.json["floor"] == -1000)
    #expect(reply.json["flags"] == [])
    #expect(reply.json["asset"] == .null)
    let drawn = LedgerFixture.event(1, from: "reserve:uplift", minor: 1000)
    #expect(try await ledger.send(drawn)[0]["status"] == "created")
    let late = try await ledger.ask(.put, "/accounts/reserve:uplift", ["floor": -2000])
    #expect(late.status == 409)
    #expect(late.json["code"] == "refused")
    #expect(late.json["reason"] == "account_not_empty")
  }

  @Test func `an account is closed and opened at any time`() async throws {
    _ = try await ledger.send(LedgerFixture.event(1))
    let closed = try await ledger.ask(.put, "/accounts/citizen:alice", ["closed": true])
    #expect(closed.json["flags"] == ["no_overdraft", "closed"])
    #expect(try await ledger.send(LedgerFixture.event(2))[0]["reason"] == "account_closed")
    #expect(try await ledger.ask(.put, "/accounts/citizen:alice", ["closed": false]).json["flags"] == ["no_overdraft"])
    #expect(try await ledger.send(LedgerFixture.event(3))[0]["status"] == "created")
  }

  @Test func `the same change again writes nothing`() async throws {
    for _ in 0..<3 {
      #expect(try await ledger.ask(.put, "/accounts/a:b", ["floor": -5, "closed": true]).status == 200)
    }
    #expect(await ledger.store.head().sequence == 1)
  }

  @Test(arguments: [
    (#"{"floor":1}"#, "invalid_floor"), (#"{"floor":"a"}"#, "invalid_floor"), (#"{"closed":0}"#, "invalid_closed"),
    (#"{"ceiling":1}"#, "unknown_field"), ("{}", "invalid_event"),
  ])
  func `a change that can't be is invalid input`(body: String, reason: String) async throws {
    let reply = try await ledger.api.ask(
      .put, "/v1/ledger/accounts/a:b", ledger.api.authorization, body: Array(body.utf8))
    #expect(reply.status == 422)
    #expect(reply.json["code"] == "invalid_input")
    #expect(reply.json["reason"]?.string == reason)
    #expect(try await ledger.ask(.get, "/accounts/a:b").status == 404)
  }

  @Test func `world can't be changed, nor what has no name, nor by what is no object`() async throws {
    #expect(try await ledger.ask(.put, "/accounts/world", ["closed": true]).json["reason"] == "account_is_world")
    #expect(try await ledger.ask(.put, "/accounts/a::b", ["closed": true]).status == 422)
    #expect(try await ledger.ask(.put, "/accounts/a:b", []).status == 400)
    #expect(try await ledger.ask(.put, "/accounts/a:b").status == 400)
  }
}
