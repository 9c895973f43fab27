import Core
import Cryptography
import Foundation
import Testing

/// The texts that tokens are made of: base64url and JSON.
struct TextTests {
  @Test(arguments: 0...70)
  func `base64url is what Foundation writes, without padding and in its own alphabet`(count: Int) {
    for bytes in [SecureRandom.bytes(count), Array(repeating: 0xFF, count: count), Array(repeating: 0, count: count)] {
      let expected = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        .replacing("=", with: "")
      #expect(Base64URL.text(bytes) == expected)
      #expect(Base64URL.text(AnySequence(bytes)) == expected)
      #expect(Base64URL.bytes(expected) == bytes)
      #expect(Base64URL.bytes(AnySequence(Array(expected.utf8))) == bytes)
      var appended: [UInt8] = [1]
      Base64URL.append(bytes, to: &appended)
      #expect(appended == [1] + Array(expected.utf8))
    }
  }

  @Test func `every byte string has one text in base64url`() {
    for text in ["A", "AAAAA", "AB", "AAB", "AA=", "AA==", " AA", "AA\n", "A+", "A/", "AÄ", "AA.A", "\u{0}AAA"] {
      #expect(Base64URL.bytes(text) == nil, "\(text)")
    }
    for byte in UInt8.min...UInt8.max {
      let isLetter = "-_".utf8.contains(byte) || Character(UnicodeScalar(byte)).isASCIIAlphanumeric
      #expect((Base64URL.bytes([0x41, 0x41, 0x41, byte]) != nil) == isLetter, "\(byte)")
    }
  }

  @Test func `a text with any characters is printed as JSON and read back`() throws {
    let texts =
      (0..<0x80).map { String(UnicodeScalar(UInt8($0))) } + [
        "", "a\"b\\c", "\"", "\n\n", "Zoë 🜁", "é\u{1}é", "\u{2028}",
      ]
    for text in texts {
      let printed = JSON.string(text).bytes
      let limits = JSON.ParsingLimits(takesZeroBytes: true)
      #expect(try JSON(parsing: printed, limits: limits) == .string(text), "\(printed)")
      #expect(printed.allSatisfy { $0 >= 0x20 })
      #expect(try JSONSerialization.jsonObject(with: Data(printed), options: .fragmentsAllowed) as? String == text)
    }
    #expect(JSON.string("a\u{8}\u{C}\n\r\t\u{1}\"\\/").text == #""a\b\f\n\r\t\u0001\"\\/""#)
  }

  @Test func `a name that stands twice is refused among few and among many`() {
    for count in 1...40 {
      let members = (0..<count).map { "\"m\($0)\":0" }
      #expect(throws: Never.self) { try JSON(parsing: "{" + members.joined(separator: ",") + "}") }
      for twice in [0, count / 2, count - 1] {
        let text = "{" + (members + ["\"m\(twice)\":1"]).joined(separator: ",") + "}"
        #expect(throws: JSON.ParsingError.self, "\(text)") { try JSON(parsing: text) }
      }
    }
  }

  @Test func `bytes that are no UTF-8 are refused in a text`() {
    for bytes: [UInt8] in [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x61, 0x80], [0xF5, 0x80, 0x80, 0x80],
    ] {
      #expect(throws: JSON.ParsingError.self, "\(bytes)") { try JSON(parsing: [0x22] + bytes + [0x22]) }
    }
  }
}

extension Character {
  fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
