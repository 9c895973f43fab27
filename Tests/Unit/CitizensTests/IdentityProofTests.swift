@testable import Citizens
import Core
import Cryptography
import Testing

struct IdentityProofTests {
  @Test func `the message is issuer, name and nonce after the version, without a line feed at the end`() {
    let message = IdentityProof.message(issuer: "http://a", username: "alice", nonce: "n")
    #expect(message == Array("cascade-auth-v1\nhttp://a\nalice\nn".utf8))
  }

  @Test func `no wallet is taken with which anybody could sign`() throws {
    // Solana's 111…1 is all zeros; OpenSSL 3.0 takes forgeries for it.
    #expect(IdentityProof.key(wallet: String(repeating: "1", count: 32)) == nil)
    let smallOrder: [[UInt8]] = [
      [1] + [UInt8](repeating: 0, count: 31), [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
      [UInt8](repeating: 0, count: 31) + [0x80], [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    ]
    for bytes in smallOrder { #expect(IdentityProof.key(wallet: Base58.text(bytes)) == nil) }
    let short = Base58.text([UInt8](repeating: 7, count: 31))
    for text in ["", "0", "l", "alice", short, String(repeating: "z", count: 500)] {
      #expect(IdentityProof.key(wallet: text) == nil, "\(text)")
    }
    let key = try SigningKey.generate(.edDSA)
    #expect(IdentityProof.key(wallet: Base58.text(key.publicKey.ed25519Bytes)) != nil)
  }

  @Test(arguments: ["", "a\nb", "a\u{0}", "a\u{7F}", "\t", String(repeating: "a", count: 129)])
  func `a name that could make one message two is none`(name: String) {
    #expect(!IdentityProof.accepts(username: name, limit: 128))
  }

  @Test(arguments: ["a", "Größe", "a b", "..", String(repeating: "a", count: 128)])
  func `any other name may be asked for`(name: String) {
    #expect(IdentityProof.accepts(username: name, limit: 128))
  }
}
