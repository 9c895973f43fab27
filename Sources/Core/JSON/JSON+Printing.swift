extension JSON {
  /// The value as UTF-8 without white space, members in their order. O(size).
  package var bytes: [UInt8] {
    var out: [UInt8] = []
    print(into: &out)
    return out
  }

  /// The value as text without white space. O(size).
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The value over several lines for people, indented by two spaces, without a newline at the end.
  package var prettyText: String {
    var out: [UInt8] = []
    print(into: &out, indentation: 0)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the value to `out`; over several lines when there is an indentation.
  package func print(into out: inout [UInt8], indentation: Int? = nil) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): out.append(contentsOf: String(value).utf8)
    case .double(let value): out.append(contentsOf: (value.isFinite ? Self.text(value) : "null").utf8)
    case .string(let value): Self.print(string: value, into: &out)
    case .array(let elements):
      Self.print(elements, in: ("[", "]"), into: &out, indentation) { element, out, inner in
        element.print(into: &out, indentation: inner)
      }
    case .object(let object):
      Self.print(object.members, in: ("{", "}"), into: &out, indentation) { member, out, inner in
        Self.print(string: member.name, into: &out)
        out.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
        member.value.print(into: &out, indentation: inner)
      }
    }
  }

  private static func print<Item>(
    _ items: [Item], in brackets: (Unicode.Scalar, Unicode.Scalar), into out: inout [UInt8],
    _ indentation: Int?, _ print: (Item, inout [UInt8], Int?) -> Void
  ) {
    let inner = items.isEmpty ? nil : indentation.map { $0 + 1 }
    func breakLine(_ level: Int?) {
      if let level { out.append(contentsOf: ("\n" + String(repeating: "  ", count: level)).utf8) }
    }
    out.append(UInt8(ascii: brackets.0))
    for (index, item) in items.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      breakLine(inner)
      print(item, &out, inner)
    }
    breakLine(inner.map { $0 - 1 })
    out.append(UInt8(ascii: brackets.1))
  }

  private static func print(string: String, into out: inout [UInt8]) {
    var string = string
    out.append(UInt8(ascii: "\""))
    string.withUTF8 { text in
      // Copy each stretch that needs no escape at once.
      var start = 0
      for (index, byte) in text.enumerated() {
        guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
        out.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
        print(escaped: byte, into: &out)
        start = index + 1
      }
      out.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func print(escaped byte: UInt8, into out: inout [UInt8]) {
    switch byte {
    case 0x08: out.append(contentsOf: "\\b".utf8)
    case 0x0C: out.append(contentsOf: "\\f".utf8)
    case 0x0A: out.append(contentsOf: "\\n".utf8)
    case 0x0D: out.append(contentsOf: "\\r".utf8)
    case 0x09: out.append(contentsOf: "\\t".utf8)
    case 0..<0x20: out.append(contentsOf: ("\\u00" + Hexadecimal.text([byte])).utf8)
    default: out.append(contentsOf: [UInt8(ascii: "\\"), byte])
    }
  }
}
