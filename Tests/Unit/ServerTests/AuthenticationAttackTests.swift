import Citizens
import Core
import Cryptography
import Hummingbird
import Ledger
@testable import Server
import Synchronization
import Testing
import Tokens

/// What doesn't get anybody in.
struct AuthenticationAttackTests {
  private let directory = ChangingDirectory()
  private let fixture: AuthenticationFixture
  private let alice: CitizenKey
  private let mallory: CitizenKey

  init() throws {
    fixture = try AuthenticationFixture(directory)
    alice = try CitizenKey()
    mallory = try CitizenKey()
    for (name, key) in [("alice", alice), ("mallory", mallory)] {
      directory.put(name, .citizen(Citizen(username: name, socialClass: "Popolani", wallet: key.wallet)))
    }
  }

  /// One and the same outward answer.
  private func expectRefused(_ reply: Reply, _ location: SourceLocation = #_sourceLocation) {
    #expect(reply.status == 401, "\(reply.text)", sourceLocation: location)
    #expect(reply.json["code"] == "unauthorized", sourceLocation: location)
    #expect(
      reply.json["detail"] == "nonce, username and signature prove nothing; ask for a new challenge and sign it",
      sourceLocation: location)
    #expect(reply.field("www-authenticate") != nil, sourceLocation: location)
  }

  @Test func `naming a citizen is not enough`() async throws {
    let nonce = try await fixture.nonce("alice")
    for signature in [String(repeating: "A", count: 86), "AA", "not base64url!", nonce] {
      expectRefused(try await fixture.token("alice", nonce, signature))
    }
    expectRefused(try await fixture.signIn("alice", mallory.key))
  }

  @Test func `a nonce counts once, also when the first try was wrong`() async throws {
    let nonce = try await fixture.nonce("alice")
    #expect(try await fixture.token("alice", alice.key, nonce: nonce).status == 200)
    expectRefused(try await fixture.token("alice", alice.key, nonce: nonce))
    let spoilt = try await fixture.nonce("alice")
    expectRefused(try await fixture.token("alice", mallory.key, nonce: spoilt))
    expectRefused(try await fixture.token("alice", alice.key, nonce: spoilt))
  }

  @Test func `a nonce counts for its name only, and for five minutes`() async throws {
    let others = try await fixture.nonce("mallory")
    expectRefused(try await fixture.token("alice", alice.key, nonce: others))
    let nonce = try await fixture.nonce("alice")
    fixture.advance(.seconds(300))
    expectRefused(try await fixture.token("alice", alice.key, nonce: nonce))
    expectRefused(try await fixture.token("alice", alice.key, nonce: String(repeating: "A", count: 43)))
  }

  @Test func `a signature for another issuer, name or nonce counts for nothing`() async throws {
    for issuer in ["https://elsewhere.example", AuthenticationFixture.issuer + "/", ""] {
      let nonce = try await fixture.nonce("alice")
      expectRefused(try await fixture.token("alice", alice.key, nonce: nonce, issuer: issuer))
    }
    let nonce = try await fixture.nonce("alice")
    expectRefused(try await fixture.token("alice", alice.key, nonce: nonce, signedName: "mallory"))
    let (first, second) = (try await fixture.nonce("alice"), try await fixture.nonce("alice"))
    let message = IdentityProof.message(issuer: AuthenticationFixture.issuer, username: "alice", nonce: first)
    expectRefused(try await fixture.token("alice", second, Base64URL.text(try alice.key.signature(of: message))))
  }

  @Test func `names that nobody has are challenged alike and refused alike`() async throws {
    let known = try await fixture.post("challenge", ["username": "alice"])
    let unknown = try await fixture.post("challenge", ["username": "nobody"])
    #expect(known.status == 200 && unknown.status == 200)
    #expect(known.json.object?.members.map(\.name) == unknown.json.object?.members.map(\.name))
    #expect(known.json["nonce"]?.string?.count == unknown.json["nonce"]?.string?.count)
    #expect(known.json["nonce"] != unknown.json["nonce"])
    expectRefused(try await fixture.signIn("nobody", mallory.key))
    expectRefused(try await fixture.signIn("alice", mallory.key))
    directory.put("poor", .citizen(Citizen(username: "poor")))
    expectRefused(try await fixture.signIn("poor", mallory.key))
  }

  @Test func `nobody gets in with a wallet that is no real key`() async throws {
    let smallOrder = Base58.text([1] + [UInt8](repeating: 0, count: 31))
    for wallet in [String(repeating: "1", count: 32), "", "alice", smallOrder] {
      directory.put("alice", .citizen(Citizen(username: "alice", wallet: wallet)))
      // For the all-zero key OpenSSL 3.0 takes R = identity, s = 0 on most messages.
      let forged = [1] + [UInt8](repeating: 0, count: 63)
      for _ in 0..<3 {
        expectRefused(try await fixture.token("alice", try await fixture.nonce("alice"), Base64URL.text(forged)))
      }
    }
  }

  @Test func `an enrolled key overrides the wallet`() async throws {
    let enrolled = try CitizenKey()
    try fixture.enrolled.enrol("alice", enrolled.key.publicKey)
    expectRefused(try await fixture.signIn("alice", alice.key))
    #expect(try await fixture.signIn("alice", enrolled.key).status == 200)
  }

  @Test func `a wrong signature takes the same steps and waits, whoever's name it is for`() async throws {
    try fixture.enrolled.enrol("enrolled", alice.key.publicKey)
    try fixture.enrolled.enrol("both", alice.key.publicKey)
    directory.put("both", .citizen(Citizen(username: "both", wallet: mallory.wallet)))
    directory.put("poor", .citizen(Citizen(username: "poor")))
    directory.put("odd", .citizen(Citizen(username: "odd", wallet: "111")))
    directory.put("away", .notInVenice(Citizen(username: "away", wallet: alice.wallet)))
    let stranger = try CitizenKey()
    let names = ["alice", "enrolled", "both", "poor", "odd", "away", "nobody", "nobody", "enrolled"]
    var taken: [[String]] = []
    for milliseconds in [0, 3, 499, 500, 1200] {
      directory.delay.withLock { $0 = { [fixture] in fixture.advance(.milliseconds(milliseconds)) } }
      for name in names {
        for signature in [nil, "AA", "no base64url!"] {
          let nonce = try await fixture.nonce(name)
          directory.steps.withLock { $0 = [] }
          fixture.time.waits.withLock { $0 = [] }
          if let signature {
            expectRefused(try await fixture.token(name, nonce, signature))
          } else {
            expectRefused(try await fixture.token(name, stranger.key, nonce: nonce))
          }
          let waits = fixture.time.waits.withLock {
            $0.map { "wait \(($0 + .milliseconds(milliseconds)) / .milliseconds(1))" }
          }
          taken.append(directory.steps.withLock { $0 } + waits)
        }
      }
      let steps = try #require(taken.first)
      #expect(taken.allSatisfy { $0 == steps }, "\(milliseconds) ms: \(taken)")
      let answered = [0: 500, 3: 500, 499: 500, 500: 1000, 1200: 1500][milliseconds] ?? 0
      #expect(steps == ["asked anew", "wait \(Double(answered))"])
      taken = []
      fixture.advance(.seconds(600))
    }
  }

  @Test func `Venice's silence is answered like a wrong signature in time, and a right one doesn't wait`() async throws
  {
    try fixture.enrolled.enrol("enrolled", alice.key.publicKey)
    for name in ["alice", "enrolled", "nobody"] {
      directory.put(name, .unavailable(DirectoryUnavailable("down")))
      fixture.time.waits.withLock { $0 = [] }
      #expect(try await fixture.signIn(name, mallory.key).status == 503)
      #expect(fixture.time.waits.withLock { $0 } == [.milliseconds(500)])
    }
    fixture.time.waits.withLock { $0 = [] }
    #expect(try await fixture.signIn("mallory", mallory.key).status == 200)
    #expect(fixture.time.waits.withLock { $0 } == [])
  }

  @Test func `a refresh token counts once; the second time its session ends with all it was given`() async throws {
    let first = try await fixture.signIn("alice", alice.key).json
    let other = try await fixture.signIn("alice", alice.key).json
    let second = try await fixture.refresh(first["refresh_token"]).json
    let replayed = try await fixture.refresh(first["refresh_token"])
    #expect(replayed.status == 401 && replayed.json["code"] == "invalid_token", "\(replayed.text)")
    #expect(try await fixture.refresh(second["refresh_token"]).status == 401, "the family is revoked")
    for access in [first, second] { #expect(try await fixture.me(access["access_token"]?.string).status == 401) }
    #expect(try await fixture.me(other["access_token"]?.string).status == 200, "another session goes on")
    #expect(try await fixture.refresh(other["refresh_token"]).status == 200)
  }

  @Test func `a session ends with the key that began it, and with its time`() async throws {
    let tokens = try await fixture.signIn("alice", alice.key).json
    try fixture.enrolled.enrol("alice", mallory.key.publicKey)
    #expect(try await fixture.refresh(tokens["refresh_token"]).status == 401)
    #expect(try await fixture.me(tokens["access_token"]?.string).status == 401)
    #expect(try fixture.enrolled.remove("alice"))
    let again = try await fixture.signIn("alice", alice.key).json
    fixture.advance(.seconds(30 * 24 * 3600))
    #expect(try await fixture.refresh(again["refresh_token"]).status == 401)
  }

  @Test func `signing out ends the session by either token, and leaves others alone`() async throws {
    let first = try await fixture.signIn("alice", alice.key).json
    let second = try await fixture.signIn("alice", alice.key).json
    let third = try await fixture.signIn("mallory", mallory.key).json
    #expect(try await fixture.post("logout", nil, bearer: first["access_token"]?.string).status == 200)
    #expect(try await fixture.post("logout", ["refresh_token": second["refresh_token"] ?? .null]).status == 200)
    for tokens in [first, second] {
      #expect(try await fixture.me(tokens["access_token"]?.string).status == 401)
      #expect(try await fixture.refresh(tokens["refresh_token"]).status == 401)
    }
    #expect(try await fixture.post("logout", nil, bearer: first["access_token"]?.string).status == 401)
    #expect(try await fixture.me(third["access_token"]?.string).status == 200)
  }

  @Test func `an access token has its time, and only a token of a citizen opens`() async throws {
    let tokens = try await fixture.signIn("alice", alice.key).json
    let access = try #require(tokens["access_token"]?.string)
    for bearer in [nil, "", "x", access + "x", "a.b.c", tokens["refresh_token"]?.string, String(access.dropLast(4))] {
      let reply = try await fixture.me(bearer)
      #expect(reply.status == 401 && reply.json["code"] == "invalid_token")
      #expect(reply.json["detail"] == "the token is not valid")
    }
    let minter = TokenMinter(fixture.issuer)
    for purpose in TokenPurpose.allCases where purpose != .access {
      let token = try minter.mint(purpose, subject: "alice", now: 1_700_000_000_000).text
      #expect(try await fixture.me(token).status == 401, "\(purpose)")
    }
    fixture.advance(.seconds(1800 + 60))
    #expect(try await fixture.me(access).status == 401)
  }

  @Test func `no token stands in a record or an error`() async throws {
    let reply = try await fixture.signIn("alice", alice.key)
    let access = try #require(reply.json["access_token"]?.string)
    let refresh = try #require(reply.json["refresh_token"]?.string)
    let records = await fixture.store.records(before: nil, limit: 100)
    #expect(records.count == 2)
    for record in records {
      let text = String(decoding: record.bytes, as: UTF8.self)
      #expect(!text.contains(access) && !text.contains(refresh) && !text.contains("eyJ"))
    }
    #expect(!(try await fixture.refresh(.string(refresh + "A"))).text.contains(refresh))
  }

  @Test(arguments: ["", "{", "[]", "7", "{\"username\":\"a\",\"username\":\"b\"}"])
  func `a broken body is a bad request`(body: String) async throws {
    for path in ["challenge", "token", "refresh"] {
      let reply = try await fixture.api.ask(.post, "/v1/auth/" + path, body: Array(body.utf8))
      #expect(reply.status == 400 && reply.json["code"] == "malformed_request", "\(path): \(reply.text)")
    }
  }

  @Test func `what is missing, of another kind or can't be a name is invalid input`() async throws {
    let bodies: [(String, JSON)] = [
      ("challenge", [:]), ("challenge", ["username": 7]), ("challenge", ["username": ""]),
      ("challenge", ["username": "a\nb"]), ("challenge", ["username": .string(String(repeating: "a", count: 129))]),
      ("token", ["username": "alice"]), ("token", ["username": "alice", "nonce": "n", "signature": .null]),
      ("refresh", [:]), ("refresh", ["refresh_token": [:]]),
    ]
    for (path, body) in bodies {
      let reply = try await fixture.post(path, body)
      #expect(reply.status == 422 && reply.json["code"] == "invalid_input", "\(path) \(body.text): \(reply.text)")
    }
  }
}
