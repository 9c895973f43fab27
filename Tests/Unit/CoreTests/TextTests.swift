import Core
import HostileTexts
import Testing

struct TextTests {
  private static let (one, other) = ("Jos\u{E9}", "Jose\u{301}")

  @Test func `names of other bytes are other keys, whatever a reader sees`() {
    #expect(Self.one == Self.other, "to Swift they are one")
    #expect(ExactText(Self.one) != ExactText(Self.other))
    #expect(Set([ExactText(Self.one), ExactText(Self.other), ExactText(Self.one)]).count == 2)
    #expect(Set([ExactText("K"), ExactText("\u{212A}")]).count == 2)
    var keys: [ExactText: Int] = [:]
    keys[Self.one] = 1
    keys[Self.other] = 2
    #expect(keys[Self.one] == 1 && keys[Self.other] == 2 && keys["Jose"] == nil)
    keys[Self.one] = nil
    #expect(keys.count == 1)
    #expect(
      [ExactText("\u{E9}"), ExactText("e\u{301}"), ExactText("z")].sorted().map(\.text).first?.utf8.first == 0x65)
  }

  @Test func `members of other bytes are other members, in the parser and in an object`() throws {
    let json = try JSON(parsing: "{\"\(Self.one)\":1,\"\(Self.other)\":2}")
    #expect(json[Self.one] == 1 && json[Self.other] == 2)
    #expect(json.text == "{\"\(Self.one)\":1,\"\(Self.other)\":2}")
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: "{\"\(Self.one)\":1,\"\(Self.one)\":2}") }
    var many = (0..<20).map { "\"n\($0)\":0" }
    many += ["\"\(Self.one)\":1", "\"\(Self.other)\":2"]
    #expect(try JSON(parsing: "{\(many.joined(separator: ","))}")[Self.other] == 2)
    many.append("\"\(Self.other)\":3")
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: "{\(many.joined(separator: ","))}") }
    #expect(JSON.string(Self.one) != JSON.string(Self.other))
    #expect(JSON.array([.string(Self.one)]) != JSON.array([.string(Self.other)]))
    #expect(JSON.Object([(name: Self.one, value: 1)]) != JSON.Object([(name: Self.other, value: 1)]))
  }

  @Test func `a zero byte is refused but where the host keeps what it was sent`() throws {
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: #""a\u0000b""#) }
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: #"{"a\u0000b":1}"#) }
    let kept = try JSON(parsing: #""a\u0000b""#, limits: JSON.ParsingLimits(takesZeroBytes: true))
    #expect(kept.string == "a\0b" && kept.text == #""a\u0000b""#)
  }

  @Test func `texts are taken apart at bytes, also where a mark makes another character of them`() {
    #expect("a,\u{301}b".pieces(at: ",").map { Array($0.utf8) } == [[0x61], [0xCC, 0x81, 0x62]])
    #expect("a\r\nb\nc".pieces(at: "\n") == ["a\r", "b", "c"])
    #expect("a\r\nb\nc\r".byteLines.map { Array($0.utf8) } == [[0x61], [0x62], [0x63, 0x0D]])
    #expect("a=b=c".pieces(at: "=", most: 1) == ["a", "b=c"])
    #expect("  a  b ".words() == ["a", "b"] && "".words().isEmpty && "".pieces(at: ",") == [""])
    #expect("a:\u{301}1".place(of: ":") != nil && "a:b:\u{301}c".lastPlace(of: ":") != "a:b:\u{301}c".place(of: ":"))
    #expect(".\u{301}x".begins(with: ".") && !".\u{301}x".hasPrefix("."))
    #expect("x.lua".ends(with: ".lua") && !"lua".ends(with: ".lua") && !"\u{E9}".ends(with: "\u{301}"))
    #expect("token:\u{301}x".rest(behind: "token:").map { Array($0.utf8) } == [0xCC, 0x81, 0x78])
    #expect(" \t\r\n x y\n".trimmed == "x y" && "\u{A0}x".trimmed == "\u{A0}x" && " \n".trimmed.isEmpty)
  }

  @Test(arguments: HostileTexts.all + HostileTexts.mixed(seed: 1, count: 200))
  func `what is shown is one line that drives no terminal, and twice is the same`(text: String) {
    let line = VisibleText.line(text)
    #expect(!line.unicodeScalars.contains(where: VisibleText.isControl))
    #expect(!line.utf8.contains { $0 < 0x20 || $0 == 0x7F })
    #expect(VisibleText.line(line).isSame(as: line))
    #expect(VisibleText.lines("a\n" + text).pieces(at: "\n").count == 1 + text.pieces(at: "\n").count)
    let json = JSON.string(text).text
    #expect((try? JSON(parsing: VisibleText.json(json))) == .string(text))
    #expect(!VisibleText.json(json).unicodeScalars.contains(where: VisibleText.isControl))
  }

  @Test(arguments: HostileTexts.all + HostileTexts.mixed(seed: 2, count: 200))
  func `a field of CSV is one field that no spreadsheet runs, and comes back`(text: String) {
    let field = CommaSeparatedText.field(text)
    var content = Substring(field)
    if field.begins(with: "\"") {
      content = Substring(String(String.UnicodeScalarView(field.unicodeScalars.dropFirst().dropLast())))
      let quotes = content.utf8.count { $0 == 0x22 }
      #expect(quotes.isMultiple(of: 2))
    } else {
      #expect(!field.utf8.contains { "\",\r\n".utf8.contains($0) })
    }
    let bare = content.pieces(at: "\"").enumerated().filter { !($0.offset % 2 == 1 && $0.element.isEmpty) }
      .map(\.element).joined(separator: "\"")
    #expect(!(bare.utf8.first.map { "=+-@\t\r\n".utf8.contains($0) } ?? false))
    #expect(CommaSeparatedText.text(ofField: bare).isSame(as: text))
  }

  @Test(arguments: ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "\t"])
  func `a field of CSV that a spreadsheet would run is a text`(beginning: String) {
    for text in ["\(beginning)1+1", beginning, "'\(beginning)1", "''\(beginning)"] {
      #expect(CommaSeparatedText.field(text) == "'\(text)")
      #expect(CommaSeparatedText.text(ofField: "'\(text)") == text)
    }
    for text in ["a\(beginning)1", "'a\(beginning)", "1\(beginning)"] {
      #expect(CommaSeparatedText.field(text) == text && CommaSeparatedText.text(ofField: text) == text)
    }
  }

  @Test func `days and minutes are of digits alone`() {
    #expect(CalendarDay("2026-11-29")?.text == "2026-11-29")
    #expect(MinuteText.milliseconds("2026-11-29T05:04") == 1_795_928_640_000)
    for text in ["2026-+1-29", "2026-11-+9", "2026-11-29T+5:04", "2026-11-29T05:-1", "2026-11-31", "2026-00-10"] {
      #expect(MinuteText.milliseconds(text) == nil, "\(text)")
    }
  }

  @Test func `sums at the end of the range stay there`() {
    #expect(Int64.max.adding(saturating: 1) == .max && Int64.min.adding(saturating: -1) == .min)
    #expect(Int64.min.subtracting(saturating: 1) == .min && Int64(0).subtracting(saturating: .min) == .max)
    #expect(Int64.max.multiplied(saturating: -2) == .min && Int64.min.multiplied(saturating: -1) == .max)
    #expect(Int64(3).adding(saturating: 4) == 7 && Int64(3).multiplied(saturating: 4) == 12)
  }
}
