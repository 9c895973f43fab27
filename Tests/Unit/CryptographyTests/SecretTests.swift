import Cryptography
import Testing

struct SecretTests {
  @Test func `printing a secret shows nothing`() {
    let secret = Secret("hunter2".utf8)
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped] {
      #expect(!text.contains("hunter2") && !text.contains("104"))
      #expect(text.contains("…"))
    }
  }

  @Test func `secrets and byte strings compare by length and bytes`() {
    #expect(Secret([1, 2]) == Secret([1, 2]))
    #expect(Secret([1, 2]) != Secret([1, 2, 0]))
    #expect(constantTimeEquals([UInt8](), [UInt8]()))
    #expect(!constantTimeEquals([1], [2]))
  }

  @Test func `random bytes come in the count asked for and differ`() {
    #expect(SecureRandom.bytes(0).isEmpty)
    #expect(Set((0..<100).map { _ in SecureRandom.bytes(16) }).count == 100)
    #expect(SecureRandom.word() != SecureRandom.word())
  }
}
