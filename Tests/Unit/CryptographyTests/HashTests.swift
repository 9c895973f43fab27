import Cryptography
import Testing

struct HashTests {
  @Test func `the empty text and abc hash as FIPS 180-4 says`() {
    #expect(
      hexadecimal(SHA256.hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      hexadecimal(SHA256.hash("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func `pieces hash as the whole does, contiguous or not`() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for cut in 0...bytes.count {
      var hasher = SHA256Hasher()
      hasher.update(bytes[..<cut])
      hasher.update(bytes[cut...].lazy.map { $0 })
      #expect(hasher.finish() == SHA256.hash(bytes))
    }
  }

  @Test func `a hasher that is dropped leaks nothing and stops nothing`() {
    for _ in 0..<100 {
      var hasher = SHA256Hasher()
      hasher.update([1, 2, 3])
    }
  }

  @Test func `codes are those of RFC 4231`() {
    let key = Secret("Jefe".utf8)
    let message = "what do ya want for nothing?".utf8
    #expect(
      hexadecimal(HMACSHA256.code(message, key: key))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(hexadecimal(HMACKey(key, .sha384).code(message)).hasPrefix("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a0"))
    #expect(hexadecimal(HMACKey(key, .sha512).code(message)).hasPrefix("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e83"))
  }

  @Test func `a code is valid for its text and key only`() {
    let key = Secret(Array(repeating: 7, count: 32))
    var code = HMACSHA256.code([1, 2], key: key)
    #expect(HMACSHA256.isValid(code, for: [1, 2], key: key))
    #expect(!HMACSHA256.isValid(code, for: [1, 3], key: key))
    #expect(!HMACSHA256.isValid(code.dropLast(), for: [1, 2], key: key))
    #expect(!HMACSHA256.isValid([], for: [1, 2], key: Secret([])))
    code[31] ^= 1
    #expect(!HMACSHA256.isValid(code, for: [1, 2], key: key))
  }

  @Test func `one key serves many tasks at once`() async {
    let key = HMACKey(Secret([1, 2, 3]), .sha256)
    let expected = key.code([9])
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { (0..<200).allSatisfy { _ in key.code([9]) == expected } } }
      for await same in group { #expect(same) }
    }
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { (($0 < 16 ? "0" : "") + String($0, radix: 16)) }.joined()
  }
}
