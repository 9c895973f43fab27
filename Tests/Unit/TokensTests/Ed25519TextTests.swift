import Core
import Cryptography
import Testing
import Tokens

struct Ed25519TextTests {
  /// RFC 8410, section 10.1.
  private static let pem = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    -----END PUBLIC KEY-----
    """
  private static let x = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"
  private static let bytes = Base64URL.bytes(x) ?? []
  private static let forms = [
    pem, pem + "\n", "Key of anna\r\n" + pem.replacing("\n", with: "\r\n"), x, " \(x)\n", Base58.text(bytes),
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(x)\"}",
    " {\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"Ed25519\",\"use\":\"sig\",\"kid\":\"1\",\"x\":\"\(x)\"}\n",
  ]

  @Test(arguments: forms)
  func `every form of a key is the same key`(text: String) throws {
    #expect(try Ed25519Text.key(text).material == .ed25519(Self.bytes))
  }

  @Test(arguments: [
    ("", "no key"), ("anna", "no key"), (String(x.dropLast()), "no key"), (x + "=", "no key"),
    ("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", "no key"),
    (String(repeating: "B", count: 42) + "A", "in base58 and another in base64url"),
    (String(repeating: "1", count: 32), "small order"), ("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU", "small order"),
    (
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        + "-----END PRIVATE KEY-----", "-pubout"
    ),
    ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "-pubout"), ("-----BEGIN CERTIFICATE-----\n", "no PUBLIC KEY"),
    (pem.replacing("KwVw", with: "").replacing("-----END PUBLIC KEY-----", with: ""), "no PUBLIC KEY"),
    (pem.replacing("K2Vw", with: "K2Vu"), "another key"), (pem.replacing("ZuE=", with: "Zg=="), "another key"),
    ("{", "not JSON"), ("{}", "no kty"), ("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"\(x)\"}", "cannot be used"),
    ("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(x)\",\"d\":\"\(x)\"}", "private"),
    ("{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"\(x)\"}", "no Ed25519 key"),
    ("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"enc\",\"x\":\"\(x)\"}", "for enc"),
  ])
  func `what is no public Ed25519 key is refused with the reason`(text: String, reason: String) {
    #expect {
      try Ed25519Text.key(text)
    } throws: { error in
      (error as? TokenError)?.reason.contains(reason) ?? false
    }
  }
}
