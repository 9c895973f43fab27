import Cryptography
import Testing

struct SealingKeyTests {
  private func key(_ byte: UInt8 = 7) throws -> SealingKey {
    try #require(SealingKey(Secret([UInt8](repeating: byte, count: 32))))
  }

  @Test func `what was sealed is opened by the same key for the same purpose alone`() throws {
    for bytes in [[], [1], [UInt8](repeating: 9, count: 70_000)] as [[UInt8]] {
      let sealed = try key().sealed(bytes, for: "ring")
      #expect(sealed.count == bytes.count + 28)
      #expect(try key().opened(sealed, for: "ring") == bytes)
      #expect(throws: CryptographyError.self) { try key().opened(sealed, for: "note") }
      #expect(throws: CryptographyError.self) { try key(8).opened(sealed, for: "ring") }
    }
  }

  @Test func `no bit of what was sealed may change, and none may be missing`() throws {
    let sealed = try key().sealed(Array("a key".utf8), for: "ring")
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(throws: CryptographyError.self) { try key().opened(changed, for: "ring") }
      #expect(throws: CryptographyError.self) { try key().opened(Array(sealed[..<place]), for: "ring") }
    }
  }

  @Test func `the same bytes are never sealed the same way`() throws {
    #expect(try key().sealed([1, 2], for: "ring") != key().sealed([1, 2], for: "ring"))
  }

  @Test func `keys are derived as RFC 5869 has it`() {
    let secret = Secret([UInt8](repeating: 0x0B, count: 22))
    let key = HKDF.key(from: secret, salt: Array(0...0x0C), info: Array(0xF0...0xF9))
    let expected: [UInt8] = [
      0x3C, 0xB2, 0x5F, 0x25, 0xFA, 0xAC, 0xD5, 0x7A, 0x90, 0x43, 0x4F, 0x64, 0xD0, 0x36, 0x2F, 0x2A, 0x2D, 0x2D, 0x0A,
      0x90, 0xCF, 0x1A, 0x5A, 0x4C, 0x5D, 0xB0, 0x2D, 0x56, 0xEC, 0xC4, 0xC5, 0xBF,
    ]
    key.withBytes { #expect($0 == expected) }
  }

  @Test func `a key has 32 bytes and prints none of them`() throws {
    #expect(SealingKey(Secret([1, 2, 3])) == nil)
    var text = ""
    dump(try key(0x41), to: &text)
    #expect(!text.contains("65") && !text.contains("A"))
    #expect("\(try key())" == "…")
  }
}
