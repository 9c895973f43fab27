import Core
import Cryptography
import PeerTesting
import Testing
import Tokens

/// Tokens, keys and key sets, exchanged both ways with PyJWT and joserfc.
@Suite(.needsPeers)
struct TokenInteropTests {
  /// A library and a name for an algorithm in the header of a token.
  struct Case: Sendable, CustomTestStringConvertible {
    var library: TokenPeer.Library
    var name: String
    var algorithm: SignatureAlgorithm
    var testDescription: String { "\(library.rawValue) \(name)" }
  }

  /// Every name that a header may give; Ed25519 has two (RFC 9864).
  static let names: [(name: String, algorithm: SignatureAlgorithm)] =
    SignatureAlgorithm.allCases.map { ($0.rawValue, $0) } + [("Ed25519", .edDSA)]

  /// What a library can't do of all that.
  static let lacking: [TokenPeer.Library: Set<String>] = [.pyjwt: ["Ed25519"], .joserfc: []]

  static let cases = TokenPeer.Library.allCases.flatMap { library in
    names.filter { !(lacking[library] ?? []).contains($0.name) }
      .map { Case(library: library, name: $0.name, algorithm: $0.algorithm) }
  }

  @Test(arguments: TokenPeer.Library.allCases)
  func `a library lacks just the algorithms that the table says`(library: TokenPeer.Library) throws {
    let has = try TokenPeer.shared.get().ask(library, "algorithms").array ?? []
    let lacks = Set(Self.names.map(\.name)).subtracting(has.compactMap(\.string))
    #expect(lacks == Self.lacking[library])
  }

  @Test(arguments: cases)
  func `a key of ours is taken, and tokens by it hold both ways`(example: Case) throws {
    let peer = try TokenPeer.shared.get()
    let key = try TokenInterop.privateKey(example.algorithm)
    let keys = try TokenInterop.published(key)
    // We write EdDSA, the older of its two names.
    let written = example.algorithm.rawValue
    let ours = try TokenInterop.sign(key)
    let claims = try peer.verify(example.library, written, keys, ours)
    #expect(claims == (try TokenInterop.verify(ours, keys)))
    #expect(claims["name"] == "Zoë 🜁 \u{1}\"\\")
    #expect(throws: TokenPeer.Refusal.self) {
      try peer.verify(example.library, written, keys, TokenInterop.tampered(ours))
    }
    let named = Self.named(example.name, key)
    try expectHolds(try peer.sign(example.library, example.name, named, TokenInterop.claims()), keys)
  }

  @Test(arguments: cases)
  func `a key of theirs is taken, and tokens by it hold both ways`(example: Case) throws {
    let peer = try TokenPeer.shared.get()
    let made = try peer.ask(example.library, "key", [("alg", .string(example.name))])
    let (key, published) = (try #require(made["private"]), try #require(made["public"]))
    let keys: JSON = ["keys": [published]]
    try expectHolds(try peer.sign(example.library, example.name, key, TokenInterop.claims()), keys)
    let ours = try TokenInterop.sign(key)
    let written = example.algorithm.rawValue
    let renamed: JSON = ["keys": [Self.named(written, published)]]
    let claims = try peer.verify(example.library, written, renamed, ours)
    #expect(claims["sub"] == "anna" && claims["iss"]?.string == TokenInterop.issuer)
  }

  @Test(arguments: SignatureAlgorithm.allCases)
  func `a thumbprint is the one that joserfc computes`(algorithm: SignatureAlgorithm) throws {
    let peer = try TokenPeer.shared.get()
    let key = try TokenInterop.privateKey(algorithm)
    let ours = try #require(TokenInterop.keySet(key).keys.first).thumbprint
    #expect(try peer.ask(.joserfc, "thumbprint", [("key", key)]).string == ours)
    let made = try peer.ask(.joserfc, "key", [("alg", .string(algorithm.rawValue))])
    let published = try #require(made["public"])
    let theirs = try #require(TokenInterop.keySet(published).keys.first).thumbprint
    #expect(made["thumbprint"]?.string == theirs)
  }

  @Test(arguments: TokenPeer.Library.allCases)
  func `a set of keys of every kind is read whole, and each token finds its own`(library: TokenPeer.Library) throws {
    let peer = try TokenPeer.shared.get()
    let kinds: [SignatureAlgorithm] = [.rs256, .ps384, .es256, .es384, .es512, .edDSA]
    let keys = try kinds.map(TokenInterop.privateKey)
    let all = JSON.object(JSON.Object([("keys", .array(keys))]))
    let published = try JSONWebKeySet(parsing: all.bytes).publicJSON
    for (kind, key) in zip(kinds, keys) {
      let token = try TokenInterop.sign(key)
      #expect(try peer.verify(library, kind.rawValue, published, token)["sub"] == "anna")
      try expectHolds(try peer.sign(library, kind.rawValue, key, TokenInterop.claims()), published)
    }
    let made = try kinds.map { try peer.ask(library, "key", [("alg", .string($0.rawValue))]) }
    let theirs = JSON.object(JSON.Object([("keys", .array(made.compactMap { $0["public"] }))]))
    #expect(try JSONWebKeySet(parsing: theirs.bytes).keys.map(\.algorithm) == kinds)
    for (kind, key) in zip(kinds, made) {
      let key = try #require(key["private"])
      try expectHolds(try peer.sign(library, kind.rawValue, key, TokenInterop.claims()), theirs)
    }
  }

  /// A token of theirs is taken by us as it is, and not with a bit turned.
  private func expectHolds(_ token: String, _ keys: JSON) throws {
    let claims = try TokenInterop.verify(token, keys)
    #expect(claims["name"] == "Zoë 🜁 \u{1}\"\\")
    #expect(throws: TokenError.self) { try TokenInterop.verify(TokenInterop.tampered(token), keys) }
  }

  /// The key with this `alg`: joserfc holds a key to the very name that it bears, of which Ed25519 has two.
  private static func named(_ name: String, _ key: JSON) -> JSON {
    var members = key.object ?? JSON.Object()
    members["alg"] = .string(name)
    return .object(members)
  }
}
