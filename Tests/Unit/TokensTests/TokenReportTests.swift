import Core
import Cryptography
import Testing
import Tokens

struct TokenReportTests {
  @Test func `a token that holds shows its key and claims`() throws {
    let key = JSONWebKey(try SigningKey.generate(.es256))
    let signer = try TokenSigner(key, issuer: "https://a.example")
    let identity = Identifier(milliseconds: Forge.now, random: (1, 2))
    let claims = JSON.Object([("sub", "dante"), ("iss", "https://evil.example"), ("exp", 1)])
    let token = try signer.token(.access, claims: claims, identity: identity, now: Forge.now, lifetimeSeconds: 60)
    let report = TokenReport(
      line: token.utf8, keys: .success(try JSONWebKeySet([key])), signatureOnly: false, now: Forge.now)
    #expect(report.isValid)
    #expect(
      report.json.text == """
        {"valid":true,"kid":"\(key.identifier)","claims":{"sub":"dante","iss":"https://a.example","exp":1750000060,\
        "iat":1750000000,"jti":"\(identity)"}}
        """)
  }

  @Test func `a line that doesn't hold says one code and the reason`() throws {
    for line in ["", "x", Forge.token()] {
      let report = TokenReport(
        line: line.utf8, keys: .success(try Forge.symmetricSet()), signatureOnly: false, now: Forge.now)
      #expect(!report.isValid)
      #expect(report.json["valid"] == false && report.json["code"] == "invalid_token")
      #expect(report.json["reason"]?.string?.isEmpty == false)
    }
  }

  @Test func `signature only takes any payload`() throws {
    for (payload, member) in [("", #""payload":"""#), ("[1]", #""payload":"WzFd""#), ("{}", #""claims":{}"#)] {
      let report = TokenReport(
        line: Forge.token(payload: payload).utf8, keys: .success(try Forge.symmetricSet()), signatureOnly: true, now: 0)
      #expect(report.json.text == #"{"valid":true,"kid":"k",\#(member)}"#)
    }
  }

  @Test func `a token of over 8 KiB is not signed`() throws {
    let key = JSONWebKey(try SigningKey.generate(.es256))
    let payload = [UInt8](repeating: 0x20, count: 8000)
    #expect(throws: TokenError.self) { try TokenSigner.token(nil, payload: payload, key: key) }
  }
}
