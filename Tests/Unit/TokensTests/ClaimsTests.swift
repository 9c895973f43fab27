import Core
import Testing
import Tokens

struct ClaimsTests {
  static let seconds = Forge.now / 1000

  @Test(arguments: ["\"9999999999\"", "null", "1e400", "true", "[9999999999]", "{}", "0", "-1", "1749999939"])
  func `exp must be a number ahead`(exp: String) throws {
    #expect(try !Forge.holds(#"{"exp":\#(exp)}"#))
  }

  @Test(arguments: ["9999999999", "9999999999.5", "1e10", "1749999940.5", "9223372036854775807", "1e300"])
  func `exp may be any number ahead, less the leeway`(exp: String) throws {
    #expect(try Forge.holds(#"{"exp":\#(exp)}"#))
  }

  @Test func `exp is required`() throws {
    #expect(try !Forge.holds("{}"))
  }

  @Test func `at exp a token is over when there is no leeway`() throws {
    let strict = ClaimsPolicy(
      issuer: nil, audience: nil, types: [], acceptsMissingType: true, leewaySeconds: 0)
    #expect(try !Forge.holds(#"{"exp":\#(Self.seconds)}"#, strict))
    #expect(try Forge.holds(#"{"exp":\#(Self.seconds + 1)}"#, strict))
    #expect(try Forge.holds(#"{"exp":\#(Self.seconds).5}"#, strict))
  }

  @Test func `the leeway ends at 300 seconds`() {
    func leeway(_ seconds: Int) -> Int {
      ClaimsPolicy(issuer: nil, audience: nil, types: [], leewaySeconds: seconds).leewaySeconds
    }
    #expect(leeway(301) == 300)
    #expect(leeway(-1) == 0)
    #expect(ClaimsPolicy(issuer: nil, audience: nil, types: []).leewaySeconds == 60)
  }

  @Test(arguments: ["nbf", "iat"])
  func `nbf and iat lie not ahead beyond the leeway`(name: String) throws {
    #expect(try Forge.holds(#"{"exp":9999999999,"\#(name)":\#(Self.seconds + 60)}"#))
    for value in ["\(Self.seconds + 61)", "\"0\"", "null", "1e300"] {
      #expect(try !Forge.holds(#"{"exp":9999999999,"\#(name)":\#(value)}"#))
    }
  }

  @Test func `iss is exact`() throws {
    let policy = ClaimsPolicy(issuer: "https://a.example", audience: nil, types: [], acceptsMissingType: true)
    #expect(try Forge.holds(#"{"exp":9999999999,"iss":"https://a.example"}"#, policy))
    for iss in [#""https://a.example/""#, #""https://A.example""#, #"["https://a.example"]"#, "null", #""""#] {
      #expect(try !Forge.holds(#"{"exp":9999999999,"iss":\#(iss)}"#, policy))
    }
    #expect(try !Forge.holds(#"{"exp":9999999999}"#, policy))
  }

  @Test func `aud is a string or an array that contains us`() throws {
    let policy = ClaimsPolicy(issuer: nil, audience: "us", types: [], acceptsMissingType: true)
    for aud in [#""us""#, #"["us"]"#, #"["them","us"]"#] {
      #expect(try Forge.holds(#"{"exp":9999999999,"aud":\#(aud)}"#, policy))
    }
    for aud in [#""them""#, "[]", #"["them"]"#, "7", "null", #"{"us":1}"#, #"["us",7]"#, #""US""#, #""us ""#] {
      #expect(try !Forge.holds(#"{"exp":9999999999,"aud":\#(aud)}"#, policy))
    }
    #expect(try !Forge.holds(#"{"exp":9999999999}"#, policy))
  }

  @Test func `typ is of the kind asked for`() throws {
    let access = ClaimsPolicy(issuer: nil, audience: nil, types: [.access])
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
      #expect(try Forge.holds(#"{"exp":9999999999}"#, access, typ: typ))
    }
    for typ in ["JWT", "cascade+jwt", "at+jwt ", "", "secevent+jwt"] {
      #expect(try !Forge.holds(#"{"exp":9999999999}"#, access, typ: typ))
    }
    #expect(try !Forge.holds(#"{"exp":9999999999}"#, access))
    #expect(try !Forge.holds(#"{"exp":9999999999}"#, typ: "secevent+jwt"))
  }

  @Test(arguments: [
    "[]", "7", "null", #""exp""#, "", #"{"exp":9999999999,"exp":9999999999}"#, #"{"exp":9999999999,"sub":7}"#,
    #"{"exp":9999999999,"jti":null}"#, #"{"exp":9999999999}}"#, #"{"exp":NaN}"#, #"{"exp":Infinity}"#,
  ])
  func `payloads that are no object of claims are refused`(payload: String) throws {
    #expect(try !Forge.holds(payload))
  }

  @Test func `a payload in UTF-16 or invalid UTF-8 is refused`() throws {
    let text = #"{"exp":9999999999}"#
    let header = Array(#"{"alg":"HS256","kid":"k"}"#.utf8)
    let little = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let overlong = Array(#"{"exp":9999999999,"x":""#.utf8) + [0xC0, 0x80, 0x22, 0x7D]
    let payloads: [[UInt8]] = [little, [0xFF, 0xFE] + little, overlong]
    for payload in payloads {
      let token = Forge.token(header: header, payload: payload)
      let report = TokenReport(
        line: token.utf8, keys: .success(try Forge.symmetricSet()), signatureOnly: false, now: Forge.now)
      #expect(!report.isValid)
    }
  }
}
