import Core
import Cryptography
import FoundationEssentials
import Synchronization
import Testing
import Tokens

struct IssuingTests {
  private let now = KeyFolder.now
  private let claims = JSON.Object([("tier", "enterprise"), ("permissions", ["basic_access"])])

  @Test func `a citizen's token holds what was asked and what the host sets`() throws {
    let folder = try KeyFolder()
    let issuer = try folder.issuer()
    let decision = Identifier(milliseconds: now, random: (1, 2))
    let grant = TokenGrant(generation: 7, decision: decision)
    let minted = try TokenMinter(issuer).mint(.access, claims: claims, subject: "anna", grant: grant, now: now)
    #expect(minted.expiresInSeconds == 1800)
    let said = try AccessVerifier(issuer, revoked: nil).verify(minted.text.utf8, now: now + 1_799_000)
    #expect(said.subject == "anna")
    #expect(said.identity == minted.identity.description)
    #expect(said.scopes.isEmpty)
    #expect(said.expiry == now / 1000 + 1800)
    #expect(said.header["typ"] == "at+jwt")
    #expect(said.header["alg"] == "ES256")
    #expect(said.claims["iss"] == "https://cascade.example")
    #expect(said.claims["aud"] == "https://cascade.example")
    #expect(said.claims["generation"] == 7)
    #expect(said.claims["decision"]?.string == decision.description)
    #expect(said.claims["tier"] == "enterprise")
    #expect(throws: TokenError.self) {
      try AccessVerifier(issuer, revoked: nil).verify(minted.text.utf8, now: now + 1_860_000)
    }
  }

  @Test func `printing a minted token does not show it`() throws {
    let folder = try KeyFolder()
    let minted = try TokenMinter(folder.issuer()).mint(.access, subject: "anna", now: now)
    var dumped = ""
    dump(minted, to: &dumped)
    for text in ["\(minted)", String(reflecting: minted), "\([minted])", dumped] {
      #expect(!text.contains(minted.text))
    }
  }

  @Test(arguments: ["iss", "iat", "exp", "nbf", "jti", "scope", "purpose", "generation", "decision", "evil"])
  func `claims of the host, and those a purpose doesn't have, are refused`(name: String) throws {
    for purpose in TokenPurpose.allCases {
      #expect(throws: HostCallProblem.self) {
        try TokenRequest(purpose, claims: JSON.Object([("sub", "anna"), (name, "x")]))
      }
    }
  }

  @Test func `a rule has only statements and receipts signed, within their limits`() throws {
    func request(_ json: JSON) throws -> TokenRequest { try TokenRequest(rule: json) }
    let claims: JSON = ["sub": "anna"]
    #expect(try request(["purpose": "statement", "claims": claims]).lifetimeSeconds == 3600)
    #expect(try request(["purpose": "receipt", "claims": claims, "lifetime_seconds": 86_400]).purpose == .receipt)
    let refused: [JSON] = [
      ["purpose": "access", "claims": claims], ["purpose": "operator", "claims": claims],
      ["purpose": "none", "claims": claims], ["claims": claims], ["purpose": "statement"],
      ["purpose": "statement", "claims": [:]], ["purpose": "statement", "claims": []],
      ["purpose": "statement", "claims": ["sub": ""]], ["purpose": "statement", "claims": ["sub": 7]],
      ["purpose": "statement", "claims": ["sub": "anna", "aud": []]],
      ["purpose": "statement", "claims": ["sub": "anna", "aud": [7]]],
      ["purpose": "statement", "claims": claims, "lifetime_seconds": 0],
      ["purpose": "statement", "claims": claims, "lifetime_seconds": 86_401],
      ["purpose": "statement", "claims": claims, "lifetime_seconds": "1"],
      ["purpose": "statement", "claims": claims, "alg": "none"],
      ["purpose": "statement", "claims": ["sub": "anna", "statement": .string(String(repeating: "x", count: 4096))]],
      "statement", .null,
    ]
    for json in refused { #expect(throws: HostCallProblem.self, "\(json.text)") { try request(json) } }
  }

  @Test func `an operator passes whatever the host is called, and no citizen's token does`() throws {
    let folder = try KeyFolder()
    let beside = TokenMinter(try folder.issuer("https://other.example"))
    let issuer = try folder.issuer()
    let verifier = AccessVerifier(issuer, revoked: nil)
    let said = try verifier.verify(beside.mint(.operator, subject: "operator", now: now).text.utf8, now: now)
    #expect(said.scopes == ["operator"])
    // Of another name, or of another kind.
    let refused = [
      try beside.mint(.access, subject: "anna", now: now),
      try TokenMinter(issuer).mint(.statement, subject: "anna", now: now),
      try TokenMinter(issuer).mint(.receipt, subject: "anna", now: now),
    ]
    for token in refused { #expect(throws: TokenError.self) { try verifier.verify(token.text.utf8, now: now) } }
  }

  @Test func `a name vouches for its own purpose only`() throws {
    let folder = try KeyFolder()
    let issuer = try folder.issuer()
    let key = try issuer.activeKey()
    let identity = Identifier(milliseconds: now, random: (1, 2))
    func token(_ name: String, _ purpose: JSON) throws -> String {
      let claims = JSON.Object([("sub", "x"), ("aud", .string(name)), ("purpose", purpose), ("scope", "operator")])
      return try TokenSigner(key, issuer: name).token(
        .access, claims: claims, identity: identity, now: now, lifetimeSeconds: 60)
    }
    let verifier = AccessVerifier(issuer, revoked: nil)
    for (name, purpose) in [(Issuer.operatorName, "access"), (issuer.name, "operator"), (issuer.name, "statement")] {
      let forged = try token(name, .string(purpose))
      #expect(throws: TokenError.self) { try verifier.verify(forged.utf8, now: now) }
    }
    #expect(throws: Never.self) { try verifier.verify(token(issuer.name, "access").utf8, now: now) }
  }

  @Test func `hosts see each other's rotation`() throws {
    let folder = try KeyFolder()
    let (one, other) = (try folder.issuer(), try folder.issuer())
    let first = try one.activeKey().identifier
    #expect(try other.activeKey().identifier == first)
    #expect(try !other.refresh(now: now + 1000))
    _ = try folder.keys.ring.rotate(now: now)
    #expect(try other.refresh(now: now + 1000))
    #expect(other.keys.keys.count == 2)
    #expect(try other.activeKey().identifier == first)
    #expect(try !other.refresh(now: now + 599_999))
    #expect(try other.refresh(now: now + 600_000))
    #expect(try other.activeKey().identifier != first)
    // A token of the one that has not looked since holds with both.
    let late = try TokenMinter(one).mint(.access, subject: "anna", now: now + 600_000).text
    #expect(throws: Never.self) { try AccessVerifier(other, revoked: nil).verify(late.utf8, now: now + 600_000) }
    #expect(try one.refresh(now: now + 600_001))
    #expect(try one.activeKey().identifier == other.activeKey().identifier)
    // Retiring lasts as long as the longest token and the difference of clocks.
    let end = now + 600_000 + (86_400 + 300) * 1000
    #expect(try !one.refresh(now: end - 1))
    #expect(try one.refresh(now: end))
    #expect(one.keys.keys.map(\.identifier).contains(first) == false)
  }

  @Test func `what is revoked stays so, for other hosts and after a restart`() throws {
    let folder = try KeyFolder()
    let issuer = try folder.issuer()
    let (here, there) = (try RevocationList(folder.keys, now: now), try RevocationList(folder.keys, now: now))
    let minted = try TokenMinter(issuer).mint(.access, subject: "anna", now: now)
    let verifier = AccessVerifier(issuer, revoked: there)
    #expect(throws: Never.self) { try verifier.verify(minted.text.utf8, now: now) }
    try here.revoke(minted.identity, expiry: now / 1000 + 1800)
    #expect(here.isRevoked(minted.identity))
    #expect(try there.refresh(now: now))
    #expect(throws: TokenError("the token was revoked")) { try verifier.verify(minted.text.utf8, now: now) }
    #expect(try RevocationList(folder.keys, now: now + 1_800_000).isRevoked(minted.identity))
    let later = try RevocationList(folder.keys, now: now + 2_200_000)
    #expect(later.count == 0)
    #expect(try Data(contentsOf: URL(filePath: folder.keys.path + "/revoked")).isEmpty)
  }

  @Test func `while revocations can't be read every token counts as revoked, and no longer`() throws {
    let store = KeysAway()
    let list = try RevocationList(store, now: now)
    let (revoked, other) = (Identifier(high: 1, low: 1), Identifier(high: 1, low: 2))
    try list.revoke(revoked, expiry: now / 1000 + 1800)
    _ = try list.refresh(now: now)
    #expect(list.isRevoked(revoked) && !list.isRevoked(other))
    store.isAway.withLock { $0 = true }
    #expect(throws: TokenError.self) { try list.refresh(now: now) }
    #expect(list.isRevoked(other))
    // It is back, and as it was.
    store.isAway.withLock { $0 = false }
    _ = try list.refresh(now: now)
    #expect(list.isRevoked(revoked) && !list.isRevoked(other))
  }

  @Test func `a line cut by a power cut loses itself alone`() throws {
    let folder = try KeyFolder()
    let first = Identifier(milliseconds: now, random: (1, 2))
    let second = Identifier(milliseconds: now, random: (3, 4))
    try RevocationList(folder.keys, now: now).revoke(first, expiry: now / 1000 + 60)
    let path = folder.keys.path + "/revoked"
    try (Data(contentsOf: URL(filePath: path)) + Data("\n17000".utf8)).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    try RevocationList(folder.keys, now: now).revoke(second, expiry: now / 1000 + 60)
    let read = try RevocationList(folder.keys, now: now)
    #expect(read.isRevoked(first) && read.isRevoked(second) && read.count == 2)
  }

  @Test func `an enrolled key is found by the exact name, by other hosts too`() throws {
    let folder = try KeyFolder()
    let (here, there) = (try EnrolledKeys(folder.keys), try EnrolledKeys(folder.keys))
    let key = try SigningKey.generate(.edDSA).publicKey
    #expect(try !there.refresh())
    try here.enrol("Andr\u{E9}", key)
    #expect(try there.refresh())
    #expect(there.key(of: "Andr\u{E9}")?.material == key.material)
    #expect(there.key(of: "Andre\u{301}") == nil)
    #expect(there.citizens == ["Andr\u{E9}"])
    #expect(throws: TokenError.self) { try here.enrol("", key) }
    let other = try SigningKey.generate(.es256).publicKey
    #expect(throws: TokenError.self) { try here.enrol("anna", other) }
    #expect(try there.remove("Andr\u{E9}"))
    #expect(try !there.remove("Andr\u{E9}"))
    #expect(try here.refresh())
    #expect(here.citizens.isEmpty)
  }

  @Test func `others may not enter the folder of keys nor read its files`() throws {
    let folder = try KeyFolder()
    _ = try folder.issuer()
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(folder.data) == 0o700)
    #expect(try mode(folder.keys.path) == 0o700)
    #expect(try mode(folder.keys.path + "/ring.json") == 0o600)
    try folder.keys.keep(issuer: "https://cascade.example")
    #expect(try folder.keys.issuer() == "https://cascade.example")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.keys.path)
    #expect(throws: TokenError.self) { try KeyDirectory(data: folder.data) }
  }
}

/// Documents in memory that can't be looked at for a while.
private final class KeysAway: KeyStore {
  let isAway = Mutex(false)
  private let kept = MemoryKeyStore()

  func place(of document: KeyDocument) -> String { kept.place(of: document) }

  func version(of document: KeyDocument) -> KeyVersion? {
    isAway.withLock { $0 } ? nil : kept.version(of: document)
  }

  func read(_ document: KeyDocument) throws(TokenError) -> [UInt8]? {
    if isAway.withLock({ $0 }) { throw TokenError("the keys are away") }
    return try kept.read(document)
  }

  func change(_ document: KeyDocument, _ body: ([UInt8]?) throws(TokenError) -> [UInt8]?) throws(TokenError) {
    try kept.change(document, body)
  }

  func append(_ bytes: [UInt8], to document: KeyDocument) throws(TokenError) { try kept.append(bytes, to: document) }
}
