import Core
import Testing

/// The parts of a text of JSON where they stand.
struct JSONPartsTests {
  private func parts(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var parts: [String] = []
    JSON.forEachPart(in: bytes) { part in
      parts.append(String(decoding: bytes[part], as: UTF8.self))
      return true
    }
    return parts
  }

  @Test(
    arguments: [
      ("[]", []), ("{}", []), (" [ ] ", []), ("[1]", ["1"]), ("[1, 2\n]", ["1", "2\n"]),
      (#"{"a":1,"b":[2,3]}"#, [#""a":1"#, #""b":[2,3]"#]),
      (#"[{"a":"],["},"\"",[[]]]"#, [#"{"a":"],["}"#, #""\"""#, "[[]]"]),
      (#"{"\\":"}","é":{"x":{"y":[]}}}"#, [#""\\":"}""#, #""é":{"x":{"y":[]}}"#]),
      ("[ \n\t true ,\r null]", ["true ", "null"]),
    ] as [(String, [String])])
  func `a part goes from its first byte to what ends it`(text: String, expected: [String]) {
    #expect(parts(text) == expected)
  }

  @Test func `who has seen enough is shown no more`() {
    var seen: [Range<Int>] = []
    JSON.forEachPart(in: Array("[1,2,3]".utf8)) { part in
      seen.append(part)
      return seen.count < 2
    }
    #expect(seen == [1..<2, 3..<4])
  }

  @Test func `a byte stands on the line that its line feeds make`() {
    let bytes = Array("a\nb\r\n\nc".utf8)
    #expect(bytes.indices.map { bytes.line(at: $0) } == [1, 1, 2, 2, 2, 3, 4])
    #expect(bytes.line(at: -1) == 1 && bytes.line(at: 99) == 4)
  }
}
