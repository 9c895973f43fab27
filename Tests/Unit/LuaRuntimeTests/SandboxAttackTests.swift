internal import Core
internal import LuaRuntime
internal import Testing

/// What a rule may try, and what must stop it.
struct SandboxAttackTests {
  @Test(arguments: Attack.onTime)
  func `a rule that would not end is stopped`(attack: Attack) throws { try attack.check() }

  @Test(arguments: Attack.onMemory)
  func `a rule that would use up the memory is stopped`(attack: Attack) throws { try attack.check() }

  @Test(arguments: Attack.onAuthority)
  func `a rule that reaches too far is refused`(attack: Attack) throws { try attack.check() }

  @Test func `the deadline stops a rule that has fuel left`() throws {
    let answer = try Rules("while true do end").decide(
      limits: RunLimits(fuel: 1 << 60, deadline: .milliseconds(50)))
    #expect(answer.code == "deadline")
    #expect(answer.cost.nanoseconds >= 50_000_000)
  }

  @Test func `an error's text is told, whatever a rule says in it`() throws {
    let own = try Rules("error('stack overflow')").machine()
    for _ in 1...2 {
      let answer = own.decide()
      #expect(answer.code == "runtime")
      #expect(answer.message == "plugins/rules/plugin.lua:3: rule.decide: stack overflow")
      #expect(!answer.isSpent)
    }
    #expect(
      try Rules("return select(2, pcall(error, 'C stack overflow', 0))").decide().result == #""C stack overflow""#)
    #expect(try Rules("return { pcall(assert, false, 'stack overflow (x)') }").decide().code == "ok")
    #expect(
      try Rules("return { pcall(function() local t = {} t['stack overflow']() end) }").decide().code == "ok")
  }

  @Test func `what a handler raises takes the error's place`() throws {
    let body = "return { xpcall(error, function(e) error(e .. ' and more', 0) end, 'one') }"
    #expect(try Rules(body).decide().result == #"[false,"one and more"]"#)
    #expect(
      try Rules("return { xpcall(error, function(e) return e .. '!', 2 end, 'one') }").decide().result
        == #"[false,"one!"]"#)
    #expect(try Rules("return { xpcall(select, error, 2, 'a', 'b') }").decide().result == #"[true,"b"]"#)
  }

  @Test func `what is forbidden can't be caught, and spends no machine`() throws {
    let machine = try Rules("if input.x then pcall(function() g = 1 end) end return 'fine'").machine()
    for _ in 1...3 {
      let refused = machine.decide(#"{"x":1}"#)
      #expect(refused.code == "forbidden")
      #expect(refused.message == "plugins/rules/plugin.lua:3: rule.decide: the global 'g' can't be set: use a local")
      #expect(refused.failure?.line == 3)
      #expect(!refused.isSpent)
      #expect(machine.decide().result == #""fine""#)
    }
  }

  @Test func `nothing of a rule's runs on after what is forbidden`() throws {
    let body = """
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      local y <close> = setmetatable({}, { __close = error })
      xpcall(function() string.x = 1 end, function() while true do end end)
      """
    let answer = try Rules(body).decide()
    #expect(answer.code == "forbidden")
    #expect(answer.message.hasSuffix("'x' can't be set: this table is frozen"))
  }
}
