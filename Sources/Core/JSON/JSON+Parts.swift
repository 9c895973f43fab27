extension JSON {
  /// Goes through the members of the outermost object of a text, or the elements of its outermost list, where they
  /// stand: each from its first byte that isn't blank up to the comma or bracket behind it. Ends when `body` is false.
  /// The text must be known to be JSON. O(bytes).
  package static func forEachPart(in bytes: [UInt8], _ body: (Range<Int>) -> Bool) {
    var (depth, isText, isEscaped) = (0, false, false)
    var start: Int?
    for (place, byte) in bytes.enumerated() {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      let isEnd = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
      if depth == 1, isEnd || byte == UInt8(ascii: ",") {
        if let start, !body(start..<place) { return }
        start = nil
      } else if depth == 1, start == nil, !" \t\r\n".utf8.contains(byte) {
        start = place
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      default: if isEnd { depth -= 1 }
      }
    }
  }
}

extension [UInt8] {
  /// The line, from 1, on which the byte at `offset` of a text stands. O(offset).
  package func line(at offset: Int) -> Int { prefix(Swift.max(0, offset)).count { $0 == UInt8(ascii: "\n") } + 1 }
}
