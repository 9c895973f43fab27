import Citizens
import Core
import Cryptography
import Hummingbird
import Ledger
import Logging
@testable import Server
import StandIns
import Testing
import Tokens
import Venice

/// The whole way in and out again, over HTTP.
struct AuthenticationFlowTests {
  private static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

  private func sample() throws -> ListedCitizens {
    let json: JSON = [
      "citizens": [
        ["username": "noble", "firstName": "Marco", "lastName": "Polo", "socialClass": "Nobili", "ducats": 60_000],
        ["username": "worker", "socialClass": "Facchini", "influence": 101],
      ]
    ]
    return try #require(ListedCitizens(json: json))
  }

  @Test func `with the demo's citizens an enrolled key opens, refreshes and closes a session`() async throws {
    let fixture = try AuthenticationFixture(try sample())
    let citizen = try CitizenKey()
    try fixture.enrolled.enrol("noble", citizen.key.publicKey)

    let reply = try await fixture.signIn("noble", citizen.key)
    #expect(reply.status == 200, "\(reply.text)")
    #expect(reply.field("cache-control") == "no-store")
    let tokens = reply.json
    #expect(tokens["token_type"] == "Bearer")
    #expect(tokens["expires_in"] == 1800)
    #expect(tokens["consciousness_tier"] == "dormant")
    #expect(
      tokens["platform_permissions"] == [
        "advanced_collaboration", "basic_access", "collaboration", "consciousness_stream", "economic_premium",
        "governance_access", "merchant_council", "premium_features", "treasury_view",
      ])
    #expect(
      tokens["citizen"] == [
        "username": "noble", "first_name": "Marco", "last_name": "Polo", "social_class": "Nobili", "ducats": 60_000,
        "is_ai": false,
      ])

    let access = try #require(tokens["access_token"]?.string)
    let me = try await fixture.me(access).json
    #expect(me["username"] == "noble" && me["tier"] == "enterprise" && me["consciousness_level"] == 0)
    #expect(me["generation"] == 1)
    let decision = try #require(me["decision_id"]?.string.flatMap { Identifier($0) })
    #expect(await fixture.store.record(decision) != nil, "the grant is on record")

    let second = try await fixture.refresh(tokens["refresh_token"])
    #expect(second.status == 200, "\(second.text)")
    let renewed = try #require(second.json["access_token"]?.string)
    #expect(renewed != access)
    #expect(try await fixture.me(renewed).status == 200)

    let out = try await fixture.post("logout", nil, bearer: renewed)
    #expect(out.status == 200 && out.json == ["status": "signed_out"])
    #expect(try await fixture.me(renewed).json["code"] == "invalid_token")
    #expect(try await fixture.me(access).status == 401, "all of the session's tokens are revoked")
    #expect(try await fixture.refresh(second.json["refresh_token"]).status == 401)
  }

  @Test func `with Venice the wallet's key opens, and a new class has its tier at the next refresh`() async throws {
    let venice = try await StandInVenice()
    let client = VeniceClient(try HTTPTransport(baseURL: venice.baseURL, key: nil), logger: Self.quiet)
    let citizen = try CitizenKey()
    let wallet = JSON.string(citizen.wallet)
    venice.put("alice", ["socialClass": "Popolani", "wallet": wallet, "ducats": .double(12.5)])
    let fixture = try AuthenticationFixture(client)
    let tokens = try await fixture.signIn("alice", citizen.key)
    #expect(tokens.status == 200, "\(tokens.text)")
    #expect(try await fixture.me(tokens.json["access_token"]?.string).json["tier"] == "participant")

    venice.put("alice", ["socialClass": "Nobili", "wallet": wallet])
    let renewed = try await fixture.refresh(tokens.json["refresh_token"])
    #expect(try await fixture.me(renewed.json["access_token"]?.string).json["tier"] == "enterprise")
    #expect(try await fixture.me(tokens.json["access_token"]?.string).json["tier"] == "participant")

    // Venice fails: nobody gets in, and the refresh token stays good.
    for mode in [StandInVenice.Mode.fallback, .demo, .failing(500)] {
      venice.answer(mode)
      let refused = try await fixture.refresh(renewed.json["refresh_token"])
      #expect(refused.status == 503 && refused.json["code"] == "unavailable", "\(refused.text)")
      #expect(refused.field("retry-after") != nil)
    }
    venice.answer(.usual)
    venice.put("alice", ["wallet": wallet, "inVenice": false])
    let absent = try await fixture.refresh(renewed.json["refresh_token"])
    #expect(absent.status == 403 && absent.json["reason"] == "not_in_venice")
    venice.put("alice", ["socialClass": "Nobili", "wallet": wallet])
    #expect(try await fixture.refresh(renewed.json["refresh_token"]).status == 200)
    await client.close()
    await venice.stop()
  }

  @Test func `Venice's traps keep everybody out`() async throws {
    let venice = try await StandInVenice()
    let client = VeniceClient(try HTTPTransport(baseURL: venice.baseURL, key: nil), logger: Self.quiet)
    let citizen = try CitizenKey()
    let fixture = try AuthenticationFixture(client)
    // Unknown: 404 first, null afterwards; with a wallet's key there is nothing to hold the signature against.
    for _ in 0..<2 { #expect(try await fixture.signIn("ghost", citizen.key).status == 401) }
    try fixture.enrolled.enrol("ghost", citizen.key.publicKey)
    let unknown = try await fixture.signIn("ghost", citizen.key)
    #expect(unknown.status == 403 && unknown.json["reason"] == "citizen_not_found", "\(unknown.text)")
    venice.put("away", ["wallet": .string(citizen.wallet), "inVenice": .null])
    #expect(try await fixture.signIn("away", citizen.key).json["reason"] == "not_in_venice")
    venice.put("sample", ["wallet": .string(citizen.wallet), "isDemo": true])
    #expect(try await fixture.signIn("sample", citizen.key).status == 503)
    venice.answer(.fallback)
    try fixture.enrolled.enrol("anyone", citizen.key.publicKey)
    let invented = try await fixture.signIn("anyone", citizen.key)
    #expect(invented.status == 503 && invented.json["reason"] == "venice_unavailable")
    await venice.stop()
    #expect(try await fixture.signIn("alice", citizen.key).status == 503)
    await client.close()
  }

  @Test func `a changed rule changes the next token, and each token names its generation`() async throws {
    let fixture = try AuthenticationFixture(try sample())
    let citizen = try CitizenKey()
    try fixture.enrolled.enrol("worker", citizen.key.publicKey)
    let before = try await fixture.signIn("worker", citizen.key).json
    #expect(before["platform_permissions"]?.array?.contains("influence_network") == true)
    try fixture.change("policies/access.lua", "lifetime_seconds = 1800", to: "lifetime_seconds = 60", number: 2)
    let after = try await fixture.refresh(before["refresh_token"]).json
    #expect(before["expires_in"] == 1800 && after["expires_in"] == 60)
    #expect(try await fixture.me(before["access_token"]?.string).json["generation"] == 1)
    #expect(try await fixture.me(after["access_token"]?.string).json["generation"] == 2)
    // No rule makes a token live longer than the host allows.
    try fixture.change("policies/access.lua", "lifetime_seconds = 1800", to: "lifetime_seconds = 86400", number: 3)
    #expect(try await fixture.refresh(after["refresh_token"]).json["expires_in"] == 1800)
  }

  @Test func `where a decision is missing the route says which`() async throws {
    let fixture = try AuthenticationFixture(try sample())
    let citizen = try CitizenKey()
    try fixture.enrolled.enrol("noble", citizen.key.publicKey)
    try fixture.remove(plugin: "access", number: 2)
    let reply = try await fixture.signIn("noble", citizen.key)
    #expect(reply.status == 503 && reply.json["detail"]?.string?.contains("'access.grant'") == true, "\(reply.text)")
  }

  @Test func `the measured level opens the tier`() async throws {
    struct Measured: CitizenMeasurements {
      func measurement(of citizen: String) async -> JSON? {
        citizen == "noble" ? ["level": .double(0.7), "F": 1] : nil
      }
    }
    let fixture = try AuthenticationFixture(try sample(), measurements: Measured())
    let citizen = try CitizenKey()
    for name in ["noble", "worker"] { try fixture.enrolled.enrol(name, citizen.key.publicKey) }
    #expect(try await fixture.signIn("noble", citizen.key).json["consciousness_tier"] == "achieved")
    #expect(try await fixture.signIn("worker", citizen.key).json["consciousness_tier"] == "dormant")
  }

  @Test func `sessions, revocations and keys outlast a restart`() async throws {
    let citizen = try CitizenKey()
    let (data, tokens, other): (String, JSON, JSON)
    do {
      let fixture = try AuthenticationFixture(try sample())
      try fixture.enrolled.enrol("noble", citizen.key.publicKey)
      tokens = try await fixture.signIn("noble", citizen.key).json
      other = try await fixture.signIn("noble", citizen.key).json
      _ = try await fixture.post("logout", nil, bearer: other["access_token"]?.string)
      data = fixture.leaveData()
    }
    let fixture = try AuthenticationFixture(try sample(), data: data)
    #expect(try await fixture.me(tokens["access_token"]?.string).status == 200)
    #expect(try await fixture.me(other["access_token"]?.string).status == 401)
    #expect(try await fixture.refresh(tokens["refresh_token"]).status == 200)
    #expect(try await fixture.refresh(tokens["refresh_token"]).status == 401)
  }
}
