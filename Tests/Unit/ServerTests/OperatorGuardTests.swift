import Core
import Cryptography
import Decisions
import FoundationEssentials
@testable import Server
import Testing
import Tokens

struct OperatorGuardTests {
  private let fixture = OperatorFixture()

  private func status(_ token: String?, scheme: String = "Bearer ") -> Int? {
    fixture.guarding.refusal(token.map { scheme + $0 })?.status.number
  }

  @Test func `an operator's token passes, whatever the case of the scheme`() {
    #expect(status(fixture.secret) == nil)
    #expect(status(fixture.secret, scheme: "bearer ") == nil)
  }

  @Test func `whose token it is stands in records`() throws {
    let minted = try OperatorFixture.token(.operator)
    #expect(try fixture.guarding.requester("Bearer " + minted.text) == "operator:\(minted.identity)")
    #expect(throws: ProblemDocument.self) { try fixture.guarding.requester("Bearer x") }
  }

  @Test func `without a token that holds it is 401, and the field says what is wrong`() throws {
    let none = try #require(fixture.guarding.refusal(nil))
    #expect(none.code == .unauthorized)
    #expect(none.headers.first?.value == #"Bearer realm="cascade""#)
    #expect(fixture.guarding.refusal("Basic " + fixture.secret)?.code == .unauthorized)
    let late = try OperatorFixture.token(.operator, now: WallClock.milliseconds() - 9 * 3_600_000).text
    let tokens = [
      "", "x", fixture.secret + "A", String(fixture.secret.dropLast(2)), " " + fixture.secret, fixture.secret + " ",
      late, try OperatorFixture.token(.statement).text, try OperatorFixture.token(.receipt).text,
    ]
    for token in tokens {
      let refusal = try #require(fixture.guarding.refusal("Bearer " + token))
      #expect(refusal.code == .invalidToken, "\(token)")
      #expect(refusal.status.number == 401)
      #expect(refusal.headers.first?.value == #"Bearer realm="cascade", error="invalid_token""#)
      #expect(token.isEmpty || !refusal.json.text.contains(token))
    }
  }

  @Test func `a citizen's token is 403 for its scope`() throws {
    let refusal = try #require(fixture.guarding.refusal("Bearer " + OperatorFixture.token(.access).text))
    #expect(refusal.code == .forbidden && refusal.status.number == 403)
    #expect(refusal.headers.first?.value.contains(#"error="insufficient_scope", scope="operator""#) == true)
  }

  @Test func `a token of other keys is no operator's, and a revoked one neither`() throws {
    let data = FileManager.default.temporaryDirectory.appending(path: "other-\(SecureRandom.word())").path
    defer { try? FileManager.default.removeItem(atPath: data) }
    let now = WallClock.milliseconds()
    #expect(status(try OperatorTokens.mint(KeyDirectory(data: data), now: now).text) == 401)
    let minted = try OperatorFixture.token(.operator, lifetimeSeconds: 60)
    #expect(status(minted.text) == nil)
    fixture.revoked.revoke(minted.identity, expiry: 0)
    #expect(status(minted.text) == 401)
    #expect(status(fixture.secret) == nil)
  }

  @Test func `a token is good for the keys beside it also when they are rotated`() throws {
    let data = FileManager.default.temporaryDirectory.appending(path: "rotating-\(SecureRandom.word())").path
    defer { try? FileManager.default.removeItem(atPath: data) }
    let keys = try KeyDirectory(data: data)
    var now: Int64 = 1_700_000_000_000
    let host = try Issuer(name: "https://cascade.example", ring: keys.ring, now: now)
    let verifier = AccessVerifier(host, revoked: nil)
    let first = try OperatorTokens.mint(keys, now: now).text
    _ = try keys.ring.rotate(now: now)
    now += 601_000
    // The command takes the step; the host, which hasn't looked yet, has shown the key all the while.
    let second = try OperatorTokens.mint(keys, now: now).text
    #expect(try host.refresh(now: now))
    for token in [first, second] { #expect(throws: Never.self) { try verifier.verify(token.utf8, now: now) } }
    let kids = try [first, second].map { try CompactToken($0.utf8).keyIdentifier }
    #expect(kids[0] != kids[1])
  }
}
