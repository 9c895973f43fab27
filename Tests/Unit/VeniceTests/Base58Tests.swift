import Core
import Testing

struct Base58Tests {
  // Known answers of the Internet-Draft msporny-base58, and Solana's system program.
  @Test(arguments: [
    ("Hello World!", "2NEpo7TZRRrLZSi2U"),
    ("The quick brown fox jumps over the lazy dog.", "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"),
    ("\0\0(\u{7F}", "1145k"), ("\0\0\0", "111"), ("", ""),
  ])
  func `known texts are read and written`(plain: String, text: String) {
    #expect(Base58.text(Array(plain.utf8)) == text)
    #expect(Base58.bytes(text) == Array(plain.utf8))
  }

  @Test func `every byte string comes back`() {
    let seed = UInt64.random(in: .min ... .max)
    print("seed \(seed)")
    var state = seed
    for length in 0..<64 {
      let bytes = (0..<length).map { index -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return index < length / 8 ? 0 : UInt8(truncatingIfNeeded: state >> 33)
      }
      #expect(Base58.bytes(Base58.text(bytes)) == bytes)
    }
  }

  @Test(arguments: ["0", "O", "I", "l", "a b", "é", "+", String(repeating: "2", count: 129)])
  func `other characters and long texts are refused`(text: String) {
    #expect(Base58.bytes(text) == nil)
  }
}
