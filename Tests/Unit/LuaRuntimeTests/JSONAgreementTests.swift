import Core
import Testing

/// One JSON, two readers and two printers: the machine's in C and the host's in Swift. What one takes, the other takes
/// as the same value and prints as the same text; what one refuses, the other refuses.
struct JSONAgreementTests {
  private let machine: RuleMachine

  init() throws { machine = try Rules("return input.x").machine() }

  /// What the machine prints of `{"x":…}`, nil when it refuses.
  private func echoed(_ bytes: [UInt8]) -> String? {
    let answer = machine.decide(Array(#"{"x":"#.utf8) + bytes + Array("}".utf8))
    return answer.failure == nil ? answer.result : nil
  }

  /// What the host prints, with the members in the machine's order; nil when it refuses. The machine has no null except
  /// for what isn't there.
  private func printed(_ bytes: [UInt8]) -> String? {
    let limits = JSON.ParsingLimits(depth: 63, takesWideIntegers: false)
    guard let json = try? JSON(parsing: bytes, limits: limits) else { return nil }
    return Self.settled(json)?.text
  }

  /// A value as Lua has it; nil for a list with a null in it.
  private static func settled(_ json: JSON) -> JSON? {
    switch json {
    case .array(let elements):
      var settled: [JSON] = []
      for element in elements {
        guard element != .null, let element = Self.settled(element) else { return nil }
        settled.append(element)
      }
      return .array(settled)
    case .object(let object):
      var members: [(name: String, value: JSON)] = []
      for member in object.members {
        guard let value = Self.settled(member.value) else { return nil }
        if value != .null { members.append((member.name, value)) }
      }
      return .object(JSON.Object(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
    default: return json
    }
  }

  @Test(arguments: [
    "[]", "{}", "[[]]", #"{"a":[]}"#, #"{"a":{}}"#, "null", "[null]", #"{"a":null}"#, #"{"a":null,"a":1}"#,
    #"{"a":1,"a":2}"#, #"{"é":1,"é":2}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}", "{\"K\":1,\"\u{212A}\":2}",
    #"{"\u00e9":1,"é":2}"#, #"{"":0}"#, "1", "-0", "-0.0", "0.0", "1.0", "1e2", "1E+2", "100000.0", "1e5", "1000000.0",
    "1e6", "12e6", "0.0001", "0.00012", "1e-5", "1.5e-5", "123456789012345680.0", "9007199254740993.0", "1e15", "1e16",
    "1e17", "1e21", "1e22", "1e23", "4.9e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "1e-400", "1e400",
    "-1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1234567890123456789012345678901234567890", "01", "+1", ".5", "1.",
    "1e", "0x1", "--1", "NaN", "Infinity", "tru", "truex", "nul", "\"\"", #""\u0000""#, #""a\u0000b""#, #""\u001f""#,
    #""\ud83d\ude00""#, #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\ud83dx""#, #""\uD83D\uDE00""#, #""\uZZZZ""#,
    #""\x41""#, #""\/""#, #""\b\f\n\r\t""#, "\"\t\"", "\"\u{7F}\u{80}\u{2028}\u{FEFF}\"", "\u{FEFF}1", " 1 ", "\u{A0}1",
    "1 2",
    "[1,]", "[,1]", #"{"a":1,}"#, #"{"a"}"#, #"{a:1}"#, "[", "]", "{", #"{"a":"#, "\"", "", " ", "// c", "[1 2]",
    #"{"x":1,"y":[1,2.5,"é",{"z":false}]}"#, "\"\u{1F468}\u{200D}\u{1F469}\"", "\"\u{FFFE}\u{FFFF}\u{FFFD}\"",
  ])
  func `both take the same, as the same value and text, or both refuse`(text: String) {
    let (machine, host) = (echoed(Array(text.utf8)), printed(Array(text.utf8)))
    if host == "null" {
      #expect(machine == "null" || machine == nil, "\(text)")
    } else {
      #expect(machine == host, "\(text)")
    }
  }

  @Test func `both go as deep, and no deeper`() {
    for depth in 60...66 {
      for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
        let text =
          String(repeating: open, count: depth) + (open == "[" ? "" : "1") + String(repeating: close, count: depth)
        #expect(echoed(Array(text.utf8)) == printed(Array(text.utf8)), "\(depth) levels of \(open)")
      }
    }
  }

  @Test func `bytes that are no UTF-8 are refused by both`() {
    let sequences: [[UInt8]] = [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE0, 0xA0], [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xC2, 0x41], [0xE2, 0x28, 0xA1],
    ]
    for sequence in sequences {
      let text = [0x22] + sequence + [0x22]
      #expect(echoed(text) == nil && printed(text) == nil, "\(sequence)")
      #expect(echoed([0x7B, 0x22] + sequence + [0x22, 0x3A, 0x31, 0x7D]) == nil, "\(sequence) as a name")
    }
  }

  @Test(arguments: 1...8)
  func `random and damaged documents agree`(seed: UInt64) {
    print("seed \(seed)")
    var source = RandomJSON(seed: seed)
    for _ in 0..<1500 {
      var bytes = source.document()
      if source.below(3) == 0 { source.damage(&bytes) }
      let (machine, host) = (echoed(bytes), printed(bytes))
      if host == "null" { continue }
      #expect(machine == host, "\(String(decoding: bytes, as: UTF8.self))")
      if machine != host { return }
    }
  }

  @Test(arguments: 1...4)
  func `doubles of all sizes have one text`(seed: UInt64) {
    print("seed \(seed)")
    var source = RandomJSON(seed: seed)
    for _ in 0..<4000 {
      let value = source.double()
      let text = JSON.double(value).text
      let printed = echoed(Array("\(value)".utf8)) ?? "refused"
      #expect(printed == text && Double(text) == value)
      if printed != text { return }
    }
  }
}

/// Documents by chance, the same for the same seed.
private struct RandomJSON {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Also those that are whole, tiny, huge or near a power of two or ten.
  mutating func double() -> Double {
    while true {
      let value: Double
      switch below(5) {
      case 0: value = Double(bitPattern: next())
      case 1: value = Double(Int64(bitPattern: next()) >> Int64(below(63)))
      case 2: value = Double("\(1 + below(9999))e\(below(60) - 30)") ?? 0
      case 3: value = Double(sign: .plus, exponent: below(160) - 80, significand: 1)
      default: value = Double(below(1_000_000)) / 1000
      }
      if value.isFinite { return value }
    }
  }

  mutating func document(_ depth: Int = 0) -> [UInt8] {
    switch below(depth > 5 ? 6 : 9) {
    case 0: return Array("\(Int64(bitPattern: next()) >> Int64(below(63)))".utf8)
    case 1: return Array("\(double())".utf8)
    case 2: return Array(["true", "false", "0", "-0", "1e3", "\(next())"][below(6)].utf8)
    case 3, 4, 5: return string()
    case 6:
      let elements = (0..<below(4)).map { _ in document(depth + 1) }
      return Array("[".utf8) + elements.joined(separator: ",".utf8) + Array("]".utf8)
    default:
      let members = (0..<below(5)).map { _ in string() + Array(":".utf8) + document(depth + 1) }
      return Array("{".utf8) + members.joined(separator: " ,".utf8) + Array("}".utf8)
    }
  }

  private mutating func string() -> [UInt8] {
    let pieces = [
      "a", "b", "é", "e\u{301}", "K", "\u{212A}", "\\n", "\\\"", "\\u00e9", "\\ud83d\\ude00", "😀", "\u{2028}", "\\\\",
      "/", "\u{7F}",
    ]
    return Array(("\"" + (0..<below(3)).map { _ in pieces[below(pieces.count)] }.joined() + "\"").utf8)
  }

  /// Changes, takes away or adds a byte.
  mutating func damage(_ bytes: inout [UInt8]) {
    if bytes.isEmpty { return }
    let place = below(bytes.count)
    let odd = Array("\"\\{}[]:,0.e-+\u{0}\n tné".utf8) + [0xFF, 0x80]
    switch below(3) {
    case 0: bytes[place] = odd[below(odd.count)]
    case 1: bytes.remove(at: place)
    default: bytes.insert(odd[below(odd.count)], at: place)
    }
  }
}
