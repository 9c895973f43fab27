import Core
@testable import Decisions
import Testing

/// What is recognised as JSON without being parsed is JSON, and its members are where it says.
struct PlainJSONTests {
  private static let texts: [String] = [
    #"{"input":{"citizen":"anna","level":0.618,"list":[1,-2,3.5e-7,true,false,null],"nested":{"a":{"b":[{}]}}}}"#,
    #" { "a" : "b\"\\\/\b\f\n\r\t" , "c" : [ ] , "d" : { } } "#, #"{"name":"Andrè ☂ 🜁"}"#, "[[],[[]]]", "-0.5E+10",
    #"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10}"#, #""text""#, "true", "0",
  ]

  private static let declined: [String] = [
    "", " ", "{", "}", "[1,]", "[,1]", #"{"a":1,"a":2}"#, #"{"\u0061":1}"#, #""\u0000""#, "01", "1.", ".5", "1e", "+1",
    "tru", "nul", "\"\n\"", "{'a':1}", #"{"a" 1}"#, #"{"a":1}}"#, "[1] 2", "12345678901234567890", "1e999", "NaN",
    #"{"a":1,}"#, #"{a:1}"#, "\u{FEFF}1",
  ]

  @Test(arguments: texts) func `plain texts are recognised`(text: String) throws {
    var plain = PlainJSON()
    #expect(Array(text.utf8).withUnsafeBytes { plain.recognise($0) })
    let value = try JSON(parsing: text)
    #expect(plain.members.count == value.object?.members.count ?? 0)
    for (member, parsed) in zip(plain.members, value.object?.members ?? []) {
      let bytes = Array(text.utf8)
      #expect(String(decoding: bytes[member.name], as: UTF8.self) == parsed.name)
      #expect(try JSON(parsing: bytes[member.value]) == parsed.value)
    }
  }

  @Test(arguments: declined) func `what is no JSON, or needs more than a look, is declined`(text: String) {
    var plain = PlainJSON()
    #expect(!Array(text.utf8).withUnsafeBytes { plain.recognise($0) })
  }

  @Test func `whatever is recognised is JSON`() {
    var random = SystemRandomNumberGenerator()
    let seed = random.next()
    var state = seed
    func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let letters = Array("{}[]\":,\\0123eE.-+ \tuntrfalse\u{E9}\n".utf8)
    var (recognised, plain) = (0, PlainJSON())
    for _ in 0..<60_000 {
      var bytes = Array(Self.texts[next(Self.texts.count)].utf8)
      for _ in 0..<next(4) {
        let place = next(bytes.count + 1)
        switch next(3) {
        case 0: bytes.insert(letters[next(letters.count)], at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case _ where place < bytes.count: bytes[place] = letters[next(letters.count)]
        default: break
        }
      }
      guard bytes.withUnsafeBytes({ plain.recognise($0) }) else { continue }
      recognised += 1
      if (try? JSON(parsing: bytes, limits: RecordLimits.parsing)) == nil {
        Issue.record("'\(String(decoding: bytes, as: UTF8.self))' is no JSON, seed \(seed)")
      }
    }
    #expect(recognised > 10_000)
  }
}
