internal import Core
internal import LuaRuntime
internal import TestSupport
internal import Testing

/// Compiling, requiring and counting lines.
struct MachineLoadingTests {
  /// What compiling `text` fails with.
  private func failure(compiling text: String, deadline: Duration = .seconds(20)) throws -> LuaFailure? {
    let machine = try VirtualMachine(VirtualMachine.Configuration())
    do throws(LuaFailure) {
      _ = try machine.compile(path: "plugins/p/plugin.lua", source: Array(text.utf8), deadline: deadline)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a file that doesn't compile is told by its line`() throws {
    let failure = try #require(try failure(compiling: "local a = 1\nreturn = 2\n"))
    #expect(failure.code == .runtime)
    #expect(failure.file == "plugins/p/plugin.lua" && failure.line == 2)
    #expect(failure.message == "plugins/p/plugin.lua:2: unexpected symbol near '='")
  }

  @Test func `only text of at most 256 KiB is loaded`() throws {
    #expect(try failure(compiling: "\u{1B}Lua")?.code == .forbidden)
    let longest = "--" + String(repeating: "x", count: (256 << 10) - 2)
    #expect(try failure(compiling: longest) == nil)
    #expect(try failure(compiling: longest + "x")?.code == .invalidInput)
  }

  @Test func `what the compiler can't hold is an error`() throws {
    #expect(try failure(compiling: String(repeating: "local a = 1 ", count: 300))?.code == .runtime)
    #expect(try failure(compiling: "return " + String(repeating: "(", count: 10_000)) != nil)
    #expect(try failure(compiling: "return " + String(repeating: "a..", count: 300) + "a") != nil)
  }

  @Test func `locals without a value are at most a hundred one after another, and told by their line`() throws {
    func locals(_ count: Int) -> String { "local " + (1...count).map { "a\($0)" }.joined(separator: ", ") }
    #expect(try failure(compiling: locals(100)) == nil)
    let failure = try #require(
      try failure(compiling: "local f = function()\n  return\nend\nlocal b = 1\n" + locals(101) + "\nb = 2\n"))
    #expect(failure.code == .runtime && failure.line == 5)
    #expect(
      failure.message == "plugins/p/plugin.lua:5: over 100 locals without a value one after another")
    let inner = "local function f(x)\n" + locals(150).replacing(", a", with: "\nlocal a") + "\nend"
    #expect(try self.failure(compiling: inner)?.message.contains("over 100 locals") == true)
  }

  @Test func `a text that takes long to compile is stopped in time`() throws {
    let text = "return " + String(repeating: "x or ", count: 52_000) + "x"
    var stopped: LuaFailure?
    let elapsed = try processorTime {
      stopped = try failure(compiling: text, deadline: .milliseconds(20))
    }
    #expect(stopped?.code == .deadline)
    #expect(elapsed < .seconds(5))
  }

  @Test func `require reaches policies and the plugin's own modules`() throws {
    var rules = Rules("return { fees.rate, own.name, require(\"policies.fees\") == fees }")
    rules.top = "local fees, own = require \"policies.fees\", require \"own\""
    rules.modules = [
      "policies.fees": "return { rate = 3 }", "own": "return { name = require(\"policies.fees\").rate }",
    ]
    #expect(try rules.decide().result == "[3,3,true]")
  }

  @Test func `require reaches nothing else`() throws {
    for (top, modules) in [
      ("require \"absent\"", [:]), ("require \"string\"", [:]), ("require \"../secret\"", [:]),
      ("require \"a\"", ["a": "return require \"b\"", "b": "return require \"a\""]),
      ("require \"a\"", ["a": "local x = 1"]),
      ("require \"policies.a\"", ["policies.a": "return require \"own\"", "own": "return {}"]),
    ] {
      var rules = Rules("return 1")
      rules.top = top
      rules.modules = modules
      #expect(throws: LuaFailure.self, "\(top)") { try rules.machine() }
    }
  }

  @Test func `a module that wasn't loaded can't be during a decision`() throws {
    var rules = Rules("return require \"own\"")
    rules.modules = ["own": "return {}"]
    let answer = try rules.decide()
    #expect(answer.code == "runtime", "\(answer.message)")
  }

  @Test(arguments: ["while true do end", "error(\"no\")", "x = 1", "local a = host.now"])
  func `a file whose top level fails is refused`(top: String) throws {
    var rules = Rules("return 1")
    rules.top = top
    #expect(throws: LuaFailure.self) { try rules.machine() }
  }

  @Test func `lines that hold code, and how often they ran, are known`() throws {
    var rules = Rules("local n = 0\nfor i = 1, 3 do\n  n = n + i\nend\nif n == 0 then\n  n = 1\nend\nreturn n")
    rules.countsLines = true
    let machine = try rules.machine()
    #expect(machine.decide().result == "6")
    #expect(machine.decide().result == "6")
    let hits = try #require(machine.machine.lineHits[Rules.path])
    #expect(hits[5] == 6)
    #expect(hits[8] == nil)
    #expect(hits[10] == 2)
    let active = Set(machine.bytecode.activeLines)
    #expect(active.isSuperset(of: [3, 4, 5, 7, 8, 10]))
    #expect(active.isSuperset(of: hits.keys))
  }

  @Test func `a decision that asks for what isn't at hand ends and runs again`() throws {
    var rules = Rules(
      """
      local ok, balance = pcall(host.ledger.balance, "a")
      local second = host.ledger.balance("b")
      return { ok, balance, second }
      """)
    rules.hostCalls = ["ledger.balance"]
    rules.uses = [0]
    let machine = try rules.machine()
    var held = 0
    let host = ScriptedHost { _ in .fetch }
    let first = machine.decide(handler: host)
    #expect(first.isFetch && !first.isSpent)
    #expect(host.asked == [#"["a"]"#])
    let second = machine.decide(
      handler: ScriptedHost { _ in
        held += 1
        return held > 1 ? .fetch : .value(Array("1".utf8))
      })
    #expect(second.isFetch && !second.isSpent)
    let last = machine.decide(handler: ScriptedHost(json: "7"))
    #expect(last.result == "[true,7,7]")
  }

  @Test func `an undeclared host call ends the decision`() throws {
    var rules = Rules("pcall(host.ledger.post, {}) return 1")
    rules.hostCalls = ["ledger.balance", "ledger.post"]
    rules.uses = [0]
    let host = ScriptedHost(json: "1")
    let answer = try rules.machine().decide(handler: host)
    #expect(answer.code == "forbidden")
    #expect(answer.message.hasSuffix("host.ledger.post is not declared in 'uses'"))
    #expect(host.asked.isEmpty)
  }
}
