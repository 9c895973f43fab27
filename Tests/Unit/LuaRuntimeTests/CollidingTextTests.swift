internal import Core
internal import LuaRuntime
internal import TestSupport
internal import Testing

/// Where Lua puts a text follows from its bytes alone, the same in every process, so that anybody can choose texts that
/// all go to one place. Who sends them gets nothing of a lane for it.
struct CollidingTextTests {
  /// 512 texts of 36 letters, all of one hash behind a beginning of so many bytes: at each of nine levels two blocks
  /// that come to the same.
  private static func texts(behind length: Int) -> [String] {
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    func block(_ number: Int) -> [UInt8] {
      [letters[number % 62], letters[number / 62 % 62], letters[number / 3844 % 62], letters[0]]
    }
    var state = 0x436C_6221 ^ UInt32(36 + length)
    var endings: [[UInt8]] = [[]]
    for _ in 0..<9 {
      var known: [UInt32: Int] = [:]
      for number in 0..<238_328 {
        var hash = state
        for byte in block(number).reversed() { hash ^= hash << 5 &+ hash >> 2 &+ UInt32(byte) }
        guard let other = known.updateValue(number, forKey: hash) else { continue }
        endings = endings.flatMap { [block(number) + $0, block(other) + $0] }
        state = hash
        break
      }
    }
    return endings.map { String(decoding: $0, as: UTF8.self) }
  }

  static let colliding = texts(behind: 0)
  private static let beginning = "a longer name, which is kept by itself: "

  private func code(_ input: String, fuel: UInt64 = 3_000_000) throws -> String {
    try Rules("return 1").decide("{\"x\":\(input)}", limits: RunLimits(fuel: fuel, deadline: .seconds(20))).code
  }

  private func object(_ names: [String]) -> String { "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}" }

  private func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

  @Test func `names that collide cost what looking among them takes, before the first is looked for`() throws {
    #expect(Set(Self.colliding).count == 512 && Self.colliding.allSatisfy { $0.utf8.count == 36 })
    #expect(try code(object(Self.colliding), fuel: 200_000) == "fuel_exhausted")
    let longer = Self.texts(behind: Self.beginning.utf8.count).map { Self.beginning + $0 }
    #expect(try code(object(longer), fuel: 200_000) == "fuel_exhausted")
    #expect(try code(object(Self.colliding.map { Self.beginning + $0 }), fuel: 50_000) == "ok")
    #expect(try code(object((0..<512).map { "name \($0)" }), fuel: 50_000) == "ok")
  }

  @Test func `texts that collide end the decision at once, wherever they stand`() throws {
    let texts = Self.colliding.map { "\"\($0)\"" }
    for input in [list(texts), list(texts.map { "{\($0):1}" }), list(texts.map { "[[\($0)]]" })] {
      #expect(try code(input) == "deadline")
    }
  }

  @Test func `few texts that collide, and the same text many times, are as good as others`() throws {
    let texts = Array(Self.colliding.prefix(32))
    #expect(try code(object(texts)) == "ok")
    #expect(try code(list((0..<5000).map { "\"\(texts[$0 % 32])\"" })) == "ok")
    #expect(try code(list((0..<5000).map { "{\"\(texts[$0 % 32])\":1}" })) == "ok")
    #expect(try code(list((0..<20_000).map { "\"text \($0)\"" })) == "ok")
    #expect(try code(object((0..<20_000).map { "name \($0)" })) == "ok")
  }

  @Test func `a host's answer is looked at alike`() throws {
    var rules = Rules("return host.ledger.balance({ account = 'a' })")
    rules.hostCalls = ["ledger.balance"]
    rules.uses = [0]
    for (answer, code) in [(list(Self.colliding.map { "\"\($0)\"" }), "deadline"), (list(["1", "2"]), "ok")] {
      let host = ScriptedHost { _ in .value(Array(answer.utf8)) }
      #expect(try rules.machine().decide(handler: host).code == code)
    }
  }
}
