/// A body or query of type `application/x-www-form-urlencoded`; fields keep their order.
struct FormBody: Sendable, Equatable {
  private(set) var text = ""

  /// A form with these fields.
  init(_ fields: [(name: String, value: String)] = []) {
    for field in fields { add(field.name, field.value) }
  }

  /// Adds a field; a nested one is named `metadata[key]`, an element of a list `expand[]`. O(bytes).
  mutating func add(_ name: String, _ value: String) {
    if !text.isEmpty { text += "&" }
    text += Self.escaped(name) + "=" + Self.escaped(value)
  }

  /// Percent-encodes everything but letters, digits and `-._~`. O(bytes).
  static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        out.append(byte)
      default:
        let digits = Array("0123456789ABCDEF".utf8)
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
