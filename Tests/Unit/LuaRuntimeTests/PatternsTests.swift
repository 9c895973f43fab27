internal import Core
internal import Foundation
internal import LuaRuntime
internal import Testing

/// The metered matcher against what stock Lua answers (`Fixtures/patterns.lua`).
struct PatternsTests {
  static let body = #"""
    local functions = {
      find = function(a) return table.pack(string.find(table.unpack(a))) end,
      match = function(a) return table.pack(string.match(table.unpack(a))) end,
      gsub = function(a) return table.pack(string.gsub(table.unpack(a))) end,
      gmatch = function(a)
        local rounds, step = {}, nil
        local iterator = string.gmatch(table.unpack(a))
        repeat
          step = table.pack(iterator())
          if step[1] ~= nil then rounds[#rounds + 1] = step end
        until step[1] == nil
        return rounds
      end,
    }
    local function same(got, wanted)
      if type(wanted) ~= "table" then return got == wanted and math.type(got) == math.type(wanted) end
      local count = wanted.n or #wanted
      if (got.n or #got) ~= count then return false end
      for i = 1, count do
        if not same(got[i], wanted[i]) then return false end
      end
      return true
    end
    local wrong, total = {}, 0
    for place, case in ipairs(cases) do
      total = total + 1
      local ok, got = pcall(functions[case[1]], case[2])
      local fine
      if case.error then fine = not ok and got:gsub("^[^:]+:%d+: ", "") == case.error
      else fine = ok and same(got, case[3]) end
      if not fine then
        wrong[#wrong + 1] = place .. " " .. case[1] .. ": " .. (ok and "another result" or tostring(got))
      end
    end
    return { wrong = wrong[1] and wrong or nil, total = total }
    """#

  @Test func `find, match, gmatch and gsub answer as stock Lua does`() throws {
    let fixture = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/patterns.lua")
    var rules = Rules(Self.body)
    rules.top = "local cases = require \"policies.patterns\""
    rules.modules = ["policies.patterns": try String(contentsOf: fixture, encoding: .utf8)]
    let answer = try rules.decide()
    let json = try JSON(parsing: answer.result.isEmpty ? "{}" : answer.result)
    #expect(json["wrong"] == nil, "\(answer.message) \(answer.result)")
    #expect((json["total"]?.integer ?? 0) > 200)
  }
}
