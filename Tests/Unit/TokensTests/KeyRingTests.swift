import Core
import Cryptography
import FoundationEssentials
import Glibc
import Testing
import Tokens

struct KeyRingTests {
  static let schedule = RotationSchedule(maximumAge: 100, longestLife: 1000, skew: 50)

  @Test func `a key is published, active, retiring, then gone`() throws {
    let (first, second) = (JSONWebKey(try SigningKey.generate(.es256)), JSONWebKey(try SigningKey.generate(.es256)))
    var ring = KeyRing()
    try ring.publish(first, now: 0)
    #expect(ring.active?.identifier == first.identifier)
    try ring.publish(second, now: 10)
    #expect(ring.advance(now: 209, Self.schedule).isEmpty)
    #expect(ring.active?.identifier == first.identifier)
    #expect(try ring.keySet.keys.count == 2)
    #expect(
      ring.advance(now: 210, Self.schedule) == [.retired(first.identifier), .activated(second.identifier)])
    #expect(ring.active?.identifier == second.identifier)
    #expect(ring.advance(now: 1259, Self.schedule).isEmpty)
    #expect(try ring.keySet.keys.count == 2)
    #expect(ring.advance(now: 1260, Self.schedule) == [.removed(first.identifier)])
    #expect(try ring.keySet.keys.map(\.identifier) == [second.identifier])
    #expect(ring.gone == [first.identifier])
  }

  @Test func `no key comes back and one waits at a time`() throws {
    let keys = try (0..<3).map { _ in JSONWebKey(try SigningKey.generate(.edDSA)) }
    var ring = KeyRing()
    try ring.publish(keys[0], now: 0)
    #expect(throws: TokenError.self) { try ring.publish(keys[0], now: 0) }
    try ring.publish(keys[1], now: 0)
    #expect(throws: TokenError.self) { try ring.publish(keys[2], now: 0) }
    _ = ring.advance(now: 200, Self.schedule)
    _ = ring.advance(now: 1250, Self.schedule)
    #expect(throws: TokenError.self) { try ring.publish(keys[0], now: 2000) }
    try ring.publish(keys[2], now: 2000)
  }

  @Test func `a ring takes private keys only`() throws {
    var ring = KeyRing()
    let keys = try Forge.set(Forge.jwk(JSONWebKey(try SigningKey.generate(.es256))))
    let symmetric = try Forge.symmetricSet()
    for key in keys.keys + symmetric.keys {
      #expect(throws: TokenError.self) { try ring.publish(key, now: 0) }
    }
  }

  @Test(arguments: [SignatureAlgorithm.es256, .es512, .edDSA, .rs256])
  func `the file keeps the ring and signs on`(algorithm: SignatureAlgorithm) throws {
    try withKeys { keys in
      let file = StoredKeyRing(keys, schedule: Self.schedule, algorithm: algorithm)
      let key = try #require(try file.current(now: 0).active)
      let again = try #require(try StoredKeyRing(keys).current(now: 1).active)
      #expect(again.identifier == key.identifier)
      let token = try TokenSigner.token(nil, payload: [], key: again)
      #expect(throws: Never.self) { try TokenVerifier.verifySignature(token.utf8, JSONWebKeySet([key])) }
      #expect(try mode(keys.place(of: .ring)) == 0o600)
      #expect(try file.rotate(now: 10).entries.map(\.state) == [.active, .published])
      #expect(throws: TokenError.self) { try file.rotate(now: 20) }
      #expect(try file.current(now: 210).entries.map(\.state) == [.retiring, .active])
      let last = try file.current(now: 5000)
      #expect(last.entries.map(\.state) == [.active])
      #expect(last.gone == [key.identifier])
    }
  }

  @Test func `a file that others can read, or that is damaged, is refused`() throws {
    try withKeys { keys in
      let (file, path) = (StoredKeyRing(keys), keys.place(of: .ring))
      _ = try file.current(now: 0)
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      #expect(throws: TokenError.self) { try file.current(now: 0) }
      for text in ["", "{}", #"{"version":2,"keys":[],"gone":[]}"#, #"{"version":1,"keys":[{}],"gone":[]}"#] {
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: TokenError.self) { try file.current(now: 0) }
      }
    }
  }

  @Test func `hosts that begin at once agree on one key`() async throws {
    let folder = try KeyFolder()
    let names = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<4 { group.addTask { try folder.keys.ring.current(now: 0).active?.identifier } }
      return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
    }
    #expect(names.count == 1)
  }

  @Test func `what is published holds no secret`() throws {
    let key = JSONWebKey(try SigningKey.generate(.rs256))
    let schedule = RotationSchedule()
    let published = PublishedDocument(try JSONWebKeySet([key]).publicJSON, schedule)
    let member = try #require(try JSON(parsing: published.body)["keys"]?.array?.first?.object)
    #expect(Set(member.members.map(\.name)) == ["alg", "e", "kid", "kty", "n", "use"])
    #expect(published.cacheControl == "public, max-age=300")
    let tag = published.entityTag
    #expect(tag == PublishedDocument(try JSONWebKeySet([key]).publicJSON, schedule).entityTag)
    for field in [tag, "W/" + tag, "\"x\", \(tag)", "*", " * "] { #expect(published.isKnown(field), "\(field)") }
    for field in ["", "\"x\"", String(tag.dropLast()), "W/\"x\",,"] { #expect(!published.isKnown(field), "\(field)") }
    let metadata = AuthorizationServerMetadata.json(issuer: "https://a.example", algorithms: ["RS256", "ES256"])
    #expect(metadata["issuer"] == "https://a.example")
    #expect(metadata["access_token_signing_alg_values_supported"] == ["ES256", "RS256"])
    #expect(metadata["jwks_uri"] == "https://a.example/.well-known/jwks.json")
  }

  private func mode(_ path: String) throws -> mode_t {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return status.st_mode & 0o777
  }

  private func withKeys(_ body: (KeyDirectory) throws -> Void) throws {
    let folder = try KeyFolder()
    try body(folder.keys)
  }
}
