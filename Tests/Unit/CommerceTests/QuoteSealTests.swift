import Commerce
import Core
import Foundation
import Testing
import Tokens

/// Whether a quote can be forged, changed, or passed off as something else.
struct QuoteSealTests {
  private static let now: Int64 = 1_700_000_000_000
  private let folder: String
  private let issuer: Issuer
  private let seal: QuoteSeal

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "seal-\(UUID().uuidString)").path()
    issuer = try Issuer(name: "http://host", ring: try KeyDirectory(data: folder).ring, now: Self.now)
    seal = QuoteSeal(issuer)
  }

  private func quote(_ citizen: String? = "anna", charge: Int64? = 13_801) throws -> Quote {
    var answered: JSON.Object = JSON.Object([
      ("side", "purchase"), ("rate", "0.10"), ("multiplier", "1.346361"),
      ("gross", ["asset": "DUC/2", "minor": 100_000]), ("fee", ["asset": "USD/2", "minor": 337]),
      ("net", ["asset": "DUC/2", "minor": 100_000]), ("uplift", "none"), ("note", "a part that only the rules know"),
    ])
    if let charge { answered["charge"] = ["asset": "USD/2", "minor": .integer(charge)] }
    return Quote(
      id: Identifier(milliseconds: Self.now, random: (1, 2)), citizen: citizen, side: .purchase,
      amount: try #require(Amount(text: "1000.00 DUC/2")), level: 0.618034,
      terms: try #require(QuoteTerms(json: .object(answered))), generation: 7,
      decision: Identifier(milliseconds: Self.now, random: (3, 4)), issued: Self.now / 1000,
      expires: Self.now / 1000 + 300)
  }

  private func reason(_ text: String, now: Int64 = now) -> String? {
    do throws(QuoteRefusal) {
      _ = try seal.open(text, now: now)
      return nil
    } catch {
      if case .invalid(let reason) = error { return reason }
      return "expired"
    }
  }

  @Test func `a quote comes back as it was, every part of it`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for quote in [try quote(), try quote(nil, charge: nil)] {
      #expect(try seal.open(try seal.seal(quote), now: Self.now) == quote)
    }
    for level in [0, 1, 0.1 + 0.2, .leastNonzeroMagnitude] {
      var quote = try quote()
      quote.level = level
      #expect(try seal.open(try seal.seal(quote), now: Self.now).level == level)
    }
  }

  @Test func `no character of a quote can be changed`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = Array(try seal.seal(try quote()).utf8)
    for place in text.indices {
      var changed = text
      changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(reason(String(decoding: changed, as: UTF8.self)) != nil, "\(place)")
    }
    for wrong in ["", "a.b.c", String(decoding: text.dropLast(), as: UTF8.self)] { #expect(reason(wrong) != nil) }
  }

  @Test func `an access token is no quote, and a quote no access token`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let minter = TokenMinter(issuer)
    for purpose in TokenPurpose.allCases {
      let token = try minter.mint(try TokenRequest(purpose, claims: JSON.Object([("sub", "anna")])), now: Self.now)
      #expect(reason(token.text)?.hasPrefix("the token is of another kind") == true, "\(purpose)")
    }
    let text = try seal.seal(try quote())
    #expect(throws: TokenError.self) {
      try AccessVerifier(issuer, revoked: nil).verify(text.utf8, now: Self.now)
    }
  }

  @Test func `another host's quote is not ours, nor one under another name`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let other = folder + "-other"
    defer { try? FileManager.default.removeItem(atPath: other) }
    let foreign = try Issuer(name: "http://host", ring: try KeyDirectory(data: other).ring, now: Self.now)
    #expect(reason(try QuoteSeal(foreign).seal(try quote())) != nil)
    let text = try seal.seal(try quote())
    issuer.name = "http://elsewhere"
    #expect(reason(text) == "iss is not http://elsewhere")
  }

  @Test func `a part that is missing or of another form is no quote, however well signed`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = try seal.seal(try quote())
    let claims = try CompactToken(text.utf8).claims()
    let key = try issuer.activeKey()
    #expect(reason(try TokenSigner.token("cascade-quote+jwt", payload: JSON.object(claims).bytes, key: key)) == nil)
    for name in ["iss", "aud", "iat", "exp", "jti", "decision", "generation", "side", "amount", "level", "terms"] {
      var changed = claims
      changed[name] = nil
      let text = try TokenSigner.token("cascade-quote+jwt", payload: JSON.object(changed).bytes, key: key)
      #expect(reason(text) != nil && reason(text) != "expired", "\(name)")
      changed[name] = ["other": 1]
      let other = try TokenSigner.token("cascade-quote+jwt", payload: JSON.object(changed).bytes, key: key)
      #expect(reason(other) != nil, "\(name)")
    }
    for typ in [nil, "JWT", "at+jwt", "cascade+jwt"] {
      #expect(reason(try TokenSigner.token(typ, payload: JSON.object(claims).bytes, key: key)) != nil)
    }
  }

  @Test func `a quote stands to the last millisecond, and not a moment before it was made`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = try seal.seal(try quote())
    #expect(reason(text, now: Self.now + 299_999) == nil)
    #expect(reason(text, now: Self.now + 300_000) == "expired")
    #expect(reason(text, now: Self.now - 1001) == "iat is in the future")
  }
}
