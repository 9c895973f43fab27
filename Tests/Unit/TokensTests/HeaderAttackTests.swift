import Core
import Cryptography
import Testing
import Tokens

struct HeaderAttackTests {
  @Test func `a well-made token is taken`() throws {
    #expect(try Forge.isSigned(Forge.token()))
    #expect(try Forge.isSigned(Forge.token(header: #" { "kid":"k" , "alg" : "HS256", "typ":"JWT"}"#)))
    #expect(try Forge.isSigned(Forge.token(header: #"{"alg":"HS256"}"#)))
  }

  @Test(arguments: [
    #"{"alg":"none","kid":"k"}"#, #"{"alg":"nOnE","kid":"k"}"#, #"{"kid":"k"}"#, #"{"alg":"hs256","kid":"k"}"#,
    #"{"alg":"HS384","kid":"k"}"#, #"{"alg":"ES256","kid":"k"}"#, #"{"alg":7,"kid":"k"}"#, #"{"alg":null,"kid":"k"}"#,
    #"{"alg":["HS256"],"kid":"k"}"#, #"{"alg":"HS256","alg":"HS256","kid":"k"}"#,
    #"{"alg":"HS256","a\u006cg":"HS256","kid":"k"}"#, #"{"alg":"HS256 ","kid":"k"}"#,
  ])
  func `no algorithm but the one of the key`(header: String) throws {
    #expect(try !Forge.isSigned(Forge.token(header: header)))
  }

  @Test func `alg none without a signature is refused`() throws {
    for alg in ["none", "nOnE", "NONE", ""] {
      let header = Base64URL.text(#"{"alg":"\#(alg)","kid":"k"}"#.utf8)
      #expect(try !Forge.isSigned(header + ".e30."))
    }
  }

  @Test(arguments: [
    #""crit":["exp"]"#, #""crit":[]"#, #""crit":["alg"],"alg":"HS256""#, #""crit":["absent"]"#, #""crit":"b64""#,
    #""crit":[7]"#, #""crit":["x","x"],"x":1"#, #""crit":["x"],"x":1"#, #""crit":null"#, #""crit":{}"#,
    #""crit":["b64"],"b64":false"#, #""b64":false"#, #""b64":"true""#,
  ])
  func `crit is refused whatever it demands, and b64 false`(member: String) throws {
    let alg = member.contains(#""alg":"#) ? "" : #","alg":"HS256""#
    #expect(try !Forge.isSigned(Forge.token(header: #"{"kid":"k",\#(member)\#(alg)}"#)))
  }

  @Test func `a crit of very many names is refused before each is looked for`() throws {
    let names = (0..<300).map { "\"x\($0)\"" }
    let members = #""crit":[\#(names.joined(separator: ","))],\#(names.map { $0 + ":0" }.joined(separator: ","))"#
    let token = Forge.token(header: #"{"alg":"HS256","kid":"k",\#(members)}"#)
    #expect(throws: TokenError("crit has over \(TokenLimits.criticalNames) names")) { try CompactToken(token.utf8) }
  }

  @Test(arguments: [
    #""../../dev/null""#, #""' OR 1=1--""#, #""""#, "7", "null", #"["k"]"#, #""K""#, #""k ""#, #""unknown""#,
  ])
  func `kid names a key of the set or the token is refused`(kid: String) throws {
    #expect(try !Forge.isSigned(Forge.token(header: #"{"alg":"HS256","kid":\#(kid)}"#)))
  }

  @Test func `a kid of 10 kB is refused before it is read`() throws {
    let kid = String(repeating: "k", count: 10_000)
    #expect(try !Forge.isSigned(Forge.token(header: #"{"alg":"HS256","kid":"\#(kid)"}"#)))
    #expect(try !Forge.isSigned(Forge.token(header: #"{"alg":"HS256","kid":"\#(kid.prefix(4000))"}"#)))
  }

  @Test func `two spellings of one text are two kids`() throws {
    let keys = try Forge.set(#"{"kty":"oct","alg":"HS256","kid":"K","k":"\#(Forge.secret)"}"#)
    for (kid, isValid) in [("K", true), ("\u{212A}", false)] {
      let token = Forge.token(header: #"{"alg":"HS256","kid":"\#(kid)"}"#)
      let report = TokenReport(line: token.utf8, keys: .success(keys), signatureOnly: true, now: 0)
      #expect(report.isValid == isValid)
    }
  }

  @Test func `without a kid a set of two keys chooses none`() throws {
    let keys = try Forge.set(
      #"{"kty":"oct","alg":"HS256","kid":"k","k":"\#(Forge.secret)"}"#,
      #"{"kty":"oct","alg":"HS256","kid":"l","k":"\#(Forge.secret)"}"#)
    let token = Forge.token(header: #"{"alg":"HS256"}"#)
    #expect(!TokenReport(line: token.utf8, keys: .success(keys), signatureOnly: true, now: 0).isValid)
  }

  @Test func `a public key is no secret for HS256`() throws {
    let key = JSONWebKey(try SigningKey.generate(.rs256))
    let keys = try Forge.set(Forge.jwk(key))
    for secret in [Forge.jwk(key), "-----BEGIN PUBLIC KEY-----\n"] {
      let signed =
        Base64URL.text(#"{"alg":"HS256","kid":"\#(key.identifier)"}"#.utf8) + "." + Base64URL.text("{}".utf8)
      let token = signed + "." + Base64URL.text(HMACSHA256.code(signed.utf8, key: Secret(secret.utf8)))
      #expect(throws: TokenError.self) { try TokenVerifier.verifySignature(token.utf8, keys) }
    }
  }

  @Test func `a key in the header chooses nothing`() throws {
    let mine = JSONWebKey(try SigningKey.generate(.es256))
    let theirs = JSONWebKey(try SigningKey.generate(.es256))
    let keys = try JSONWebKeySet([mine])
    for member in ["jwk", "jku", "x5u", "x5c"] {
      let header = #"{"alg":"ES256","kid":"\#(mine.identifier)","\#(member)":\#(Forge.jwk(theirs))}"#
      let signed = Base64URL.text(header.utf8) + "." + Base64URL.text("{}".utf8)
      let token = signed + "." + Base64URL.text(try theirs.signature(of: Array(signed.utf8)))
      #expect(throws: TokenError.self) { try TokenVerifier.verifySignature(token.utf8, keys) }
    }
  }

  @Test func `the form is exactly three parts of canonical base64url`() throws {
    let good = Forge.token(payload: #"{"a":1}"#)
    let parts = good.split(separator: ".").map(String.init)
    #expect(try Forge.isSigned(good))
    for bad in [
      good + "=", " " + good, good + "\n", good + "\r", good + ".", "." + good, parts[0] + "." + parts[1],
      parts[0], good + ".x", good + ".x.y", "", ".", "..", "...", good.replacing("-", with: "+") + "+",
      parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "=." + parts[2],
      #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#,
      #"{"payload":"\#(parts[1])","signatures":[{"protected":"\#(parts[0])","signature":"\#(parts[2])"}]}"#,
    ] { #expect(try !Forge.isSigned(bad)) }
  }

  @Test func `unused bits of the last character must be zero`() throws {
    let good = Forge.token()
    let last = try #require(good.last?.asciiValue)
    let twin = String(good.dropLast()) + String(UnicodeScalar(last + 1))
    #expect(try !Forge.isSigned(twin))
  }

  @Test func `headers that are no JSON object are refused`() throws {
    for header in ["[]", "null", #""alg""#, "", "{", #"{"alg":"HS256","kid":"k"}x"#, "\u{FEFF}{}"] {
      #expect(try !Forge.isSigned(Forge.token(header: header)))
    }
    let invalid = Array(#"{"alg":"HS256","kid":"k","x":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    #expect(try !Forge.isSigned(Forge.token(header: invalid, payload: [])))
  }

  @Test func `nesting beyond 64 levels is refused`() throws {
    let deep = String(repeating: "[", count: 1500) + String(repeating: "]", count: 1500)
    #expect(try !Forge.isSigned(Forge.token(header: #"{"alg":"HS256","kid":"k","x":\#(deep)}"#)))
    #expect(try !Forge.holds(#"{"exp":9999999999,"x":\#(deep)}"#))
    let deeper = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
    #expect(try !Forge.holds(#"{"exp":9999999999,"x":\#(deeper)}"#))
    #expect(throws: TokenError.self) { try JSONWebKeySet(parsing: #"{"keys":\#(deeper)}"#.utf8) }
  }

  @Test func `8 KiB is the end`() throws {
    let fits = Forge.token(payload: String(repeating: "x", count: 6000))
    #expect(fits.utf8.count <= 8192)
    #expect(try Forge.isSigned(fits))
    #expect(try !Forge.isSigned(Forge.token(payload: String(repeating: "x", count: 6200))))
  }
}
