internal import Core
internal import LuaRuntime
internal import Testing

/// Memory that runs short at any moment is a failure with a code, and never more.
struct MachineAllocationTests {
  static let most: UInt64 = 20_000

  static var rules: Rules {
    var rules = Rules(
      """
      local t = {}
      for i = 1, 20 do t[i] = { i, ("x"):rep(i), { n = i } } end
      local caught = { pcall(function() return table.concat(t[1], ",") .. tostring(input.x) end) }
      for k in pairs(t[1]) do t[k] = k end
      return { t, caught[1], host.ledger.balance({ account = "a" }), policy.list, ("a,b"):gsub("%a", "%0%0") }
      """)
    rules.top = "local policy = require \"policies.fees\" local own = require \"own\""
    rules.modules = ["policies.fees": "return { list = { 1, 2 } }", "own": "return { f = function() end }"]
    rules.hostCalls = ["ledger.balance"]
    rules.uses = [0]
    return rules
  }

  @Test func `every allocation that fails while a machine is made is told`() throws {
    var failed = 0
    for n in 1...Self.most {
      do throws(LuaFailure) {
        _ = try AllocationFailures.ofNewMachines(after: n) { () throws(LuaFailure) in
          try VirtualMachine(VirtualMachine.Configuration(hostCalls: ["ledger.balance"]))
        }
        break
      } catch {
        #expect(error.code == .memoryExhausted)
        failed += 1
      }
    }
    #expect(failed > 100 && failed < Self.most)
  }

  @Test func `every allocation that fails while rules are loaded is told`() throws {
    var failed = 0
    for n in 1...Self.most {
      do throws(LuaFailure) {
        _ = try AllocationFailures.ofNewMachines(after: n) { () throws(LuaFailure) in try Self.rules.machine() }
        break
      } catch {
        #expect(error.code == .memoryExhausted, "allocation \(n): \(error.message)")
        failed += 1
      }
    }
    #expect(failed > 300 && failed < Self.most)
  }

  @Test func `every allocation that fails while a rule decides is told`() throws {
    var failed = 0
    for n in 1...Self.most {
      let machine = try Self.rules.machine()
      machine.machine.failAllocations(after: n)
      let answer = machine.decide(#"{"x":3}"#, handler: ScriptedHost(json: #"{"minor":1}"#))
      if answer.code == "ok" { break }
      #expect(answer.code == "memory_exhausted", "allocation \(n): \(answer.message)")
      #expect(answer.isSpent)
      failed += 1
    }
    #expect(failed > 50 && failed < Self.most)
  }
}
