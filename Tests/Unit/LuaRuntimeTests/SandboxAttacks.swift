internal import Core
internal import LuaRuntime
internal import TestSupport
internal import Testing

/// A rule that harms, and how its decision must end.
struct Attack: Sendable, CustomTestStringConvertible {
  var name: String
  var body: String
  var top = ""
  /// The codes it may end with; `ok` is a result.
  var codes: Set<String>
  var limits = RunLimits.patient
  /// The most it may use of a processor. Generous: a slow computer must not fail it, a hang must.
  var ceiling = Duration.seconds(5)

  init(
    _ name: String, _ codes: String..., top: String = "", limits: RunLimits = .patient,
    ceiling: Duration = .seconds(5), body: String
  ) {
    self.name = name
    self.codes = Set(codes)
    self.top = top
    self.limits = limits
    self.ceiling = ceiling
    self.body = body
  }

  var testDescription: String { name }

  /// Runs the rule on a fresh machine and checks how it ends, and that what ended it is not in the next one's way.
  func check() throws {
    var rules = Rules(body)
    rules.top = top
    let machine = try rules.machine()
    var answer: Answer?
    let elapsed = processorTime { answer = machine.decide(limits: limits) }
    let ended = try #require(answer)
    #expect(codes.contains(ended.code), "\(name): \(ended.code): \(ended.message) \(ended.result)")
    #expect(elapsed < ceiling, "\(name) took \(elapsed)")
    let isStopped = ["fuel_exhausted", "memory_exhausted", "deadline"].contains(ended.code)
    #expect(ended.isSpent == isStopped, "\(name)")
    if ended.isSpent {
      #expect(machine.decide().message.contains("spent"))
    }
    #expect(try Rules("return 1").decide().result == "1", "\(name): the next decision")
  }
}

extension Attack {
  /// Rules that would run for ever, or keep the host from stopping them.
  static let onTime = [
    Attack("a loop", "fuel_exhausted", body: "while true do end"),
    Attack("a loop of jumps", "fuel_exhausted", body: "::again:: goto again"),
    Attack(
      "pcall swallows what stops it", "fuel_exhausted",
      body: "while true do pcall(function() while true do end end) end"),
    Attack(
      "xpcall's handler loops", "fuel_exhausted",
      body: "xpcall(function() while true do end end, function() while true do end end)"),
    Attack(
      "a handler of a harmless error loops", "fuel_exhausted",
      body: "xpcall(error, function() while true do end end)"),
    Attack(
      "closing a variable loops", "fuel_exhausted",
      body: "local x <close> = setmetatable({}, { __close = function() while true do end end }) error('out')"),
    Attack(
      "fifty closings that loop, after a loop", "fuel_exhausted",
      body: """
        local function nest(n)
          if n == 0 then while true do end end
          local x <close> = setmetatable({}, { __close = function() while true do end end })
          nest(n - 1)
        end
        nest(50)
        """),
    Attack("coroutines", "runtime", body: "coroutine.wrap(function() while true do end end)()"),
    Attack("nothing, repeated for ever", "ok", body: "return string.rep('', 1 << 40)"),
    Attack("moving 2^40 items", "fuel_exhausted", body: "table.move({}, 1, 1 << 40, 2)"),
    Attack(
      "inserting into a list that lies about its length", "ok",
      body: "table.insert(setmetatable({}, { __len = function() return 1 << 40 end }), 1, 'x')"),
    Attack(
      "removing from a list that lies about its length", "ok",
      body: "table.remove(setmetatable({}, { __len = function() return 1 << 40 end }), 1)"),
    Attack(
      "joining items that are computed without end", "runtime",
      body: "table.concat(setmetatable({}, { __index = string.rep }), '', 1, 1 << 40)"),
    Attack("joining what isn't there", "runtime", body: "table.concat({}, '', 1, 1 << 40)"),
    Attack(
      "a quadratic search", "fuel_exhausted", body: "return (('a'):rep(100000)):find('.-b')"),
    Attack("a cubic search", "fuel_exhausted", body: "return (('a'):rep(3000)):find('.-.-b')"),
    Attack(
      "a search of many turns", "fuel_exhausted", body: "return (('a'):rep(50000)):find(('.-'):rep(8) .. 'b')"),
    Attack(
      "an exponential search", "fuel_exhausted",
      body: "return (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30) .. 'b')"),
    Attack(
      "gsub of a quadratic pattern", "fuel_exhausted", body: "return (('a'):rep(100000)):gsub('.-b', '')"),
    Attack(
      "gmatch of a quadratic pattern", "fuel_exhausted",
      body: "for _ in (('a'):rep(100000)):gmatch('.-b') do end"),
    Attack(
      "sorting again and again", "fuel_exhausted",
      body: "local t = {} for i = 1, 20000 do t[i] = -i end while true do table.sort(t) end"),
    Attack(
      "a comparator that lies", "ok",
      body: "local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return true end)"),
    Attack(
      "a comparator that loops", "fuel_exhausted", body: "table.sort({ 3, 2, 1 }, function() while true do end end)"),
    Attack(
      "a long text every turn", "fuel_exhausted", body: "for i = 1, 1e9 do local s = ('x'):rep(1 << 20) end"),
    Attack(
      "a list spread every turn", "fuel_exhausted",
      body: """
        local t = {} for i = 1, 250 do t[i] = i end
        local function count(...) return select("#", ...) end
        while true do count(table.unpack(t)) end
        """),
    Attack(
      "comparing texts of zeros", "deadline", "fuel_exhausted", limits: RunLimits(),
      body: "local a, b = ('\\0'):rep(1 << 20), ('\\0'):rep(1 << 20) .. '' while true do local _ = a < b end"),
    Attack(
      "sorting one long text many times over", "fuel_exhausted",
      body: "local s, t = ('\\0'):rep(1 << 19), {} for i = 1, 200 do t[i] = s end table.sort(t)"),
    Attack(
      "keys that collide", "deadline", "fuel_exhausted", "ok", limits: RunLimits(),
      body: "local t = {} for i = 1, 40000 do t[i * 32767] = i end"),
    Attack(
      "walking sorted keys for ever", "fuel_exhausted",
      body: "local t = {} for i = 1, 1000 do t['k' .. i] = i end while true do for _ in pairs(t) do end end"),
    Attack("utf8 without end", "fuel_exhausted", body: "local s = ('é'):rep(1 << 18) while true do utf8.len(s) end"),
    Attack(
      "a loop in __index", "fuel_exhausted",
      body: "return setmetatable({}, { __index = function() while true do end end }).x"),
    Attack(
      "a loop in __tostring", "fuel_exhausted",
      body: "return tostring(setmetatable({}, { __tostring = function() while true do end end }))"),
    Attack(
      "an error value whose text loops", "runtime",
      body: "error(setmetatable({}, { __tostring = function() while true do end end }))"),
  ]

  /// Rules that would use up memory or the stack.
  static let onMemory = [
    Attack("doubling a text", "memory_exhausted", body: "local s = 'x' while true do s = s .. s end"),
    Attack(
      "doubling a text under pcall", "memory_exhausted",
      body: "local s = 'x' while true do pcall(function() s = s .. s end) end"),
    Attack("a text of 1 GiB", "memory_exhausted", body: "return ('x'):rep(1 << 30)"),
    Attack(
      "a text of 1 GiB under pcall", "memory_exhausted", body: "while true do pcall(string.rep, 'x', 1 << 30) end"),
    Attack("repeating beyond 64 bits", "memory_exhausted", body: "return ('xy'):rep(math.maxinteger, ',')"),
    Attack("packing 1 GB", "memory_exhausted", body: "return string.pack('c1000000000', '')"),
    Attack(
      "a replacement that grows", "memory_exhausted", "fuel_exhausted",
      body: """
        local s = 'xx' while true do s = s:gsub('.', '%0%0%0%0') end
        """),
    Attack(
      "joining to a long text", "memory_exhausted",
      body: """
        local t = {} for i = 1, 100 do t[i] = ('x'):rep(1 << 16) end return table.concat(t)
        """),
    Attack(
      "a format that grows", "memory_exhausted",
      body: """
        local s = ('x'):rep(1 << 19) return string.format('%s%s%s', s, s, s)
        """),
    Attack(
      "tables without end", "memory_exhausted", limits: RunLimits(fuel: 1 << 40, deadline: .seconds(20)),
      body: "local t = {} while true do t[#t + 1] = { {}, {} } end"),
    Attack(
      "closures without end", "memory_exhausted", limits: RunLimits(fuel: 1 << 40, deadline: .seconds(20)),
      body: """
        local t = {} while true do local n = #t t[n + 1] = function() return n end end
        """),
    Attack("recursion without end", "memory_exhausted", body: "local function f() return 1 + f() end return f()"),
    Attack(
      "recursion under pcall", "memory_exhausted",
      body: """
        local function f() return 1 + f() end while true do pcall(f) end
        """),
    Attack("recursion through pcall", "memory_exhausted", body: "local function f() pcall(f) end f()"),
    Attack(
      "recursion through gsub", "memory_exhausted",
      body: """
        local n = 0
        local function f() n = n + 1 return (string.gsub("a", ".", f)) end
        return pcall(f) and 1 or n
        """),
    Attack(
      "recursion through sort", "memory_exhausted",
      body: """
        local function f() table.sort({ 2, 1 }, f) return true end f()
        """),
    Attack(
      "recursion through __index", "memory_exhausted",
      body: """
        local t = setmetatable({}, {})
        getmetatable(t).__index = function(_, k) return t[k] end
        return t.x
        """),
    Attack(
      "recursion through __tostring", "memory_exhausted",
      body: """
        local t = setmetatable({}, {})
        getmetatable(t).__tostring = function() return tostring(t) end
        return tostring(t)
        """),
    Attack("spreading 10 million values", "runtime", body: "return select('#', table.unpack({}, 1, 1e7))"),
    Attack("spreading a long text", "runtime", body: "return select('#', ('x'):rep(1 << 20):byte(1, -1))"),
    Attack(
      "a result that is too long", "invalid_output",
      body: """
        local s, t = ('x'):rep(1 << 18), {} for i = 1, 8 do t[i] = s end return t
        """),
    Attack(
      "a result 300 000 deep", "invalid_output",
      body: """
        local t = {} for i = 1, 300000 do t = { t } end return t
        """),
    Attack("a result that holds itself", "invalid_output", body: "local t = {} t.t = t return t"),
  ]

  /// Rules that reach for what they may not have.
  static let onAuthority = [
    Attack("a finaliser", "forbidden", body: "setmetatable({}, { __gc = function() while true do end end })"),
    Attack("a finaliser to be", "forbidden", body: "setmetatable({}, { __gc = true })"),
    Attack(
      "a finaliser set later", "ok",
      body: """
        local m = {} setmetatable({}, m) m.__gc = function() while true do end end
        """),
    Attack("a weak table", "forbidden", body: "setmetatable({}, { __mode = 'k' })"),
    Attack("a metatable of its own lock", "forbidden", body: "setmetatable({}, { __metatable = 1 })"),
    Attack("a forbidden metatable under pcall", "forbidden", body: "pcall(setmetatable, {}, { __gc = true }) return 1"),
    Attack("changing all strings", "runtime", body: "getmetatable('').__index = function() end"),
    Attack("another metatable for strings", "runtime", body: "setmetatable('', {})"),
    Attack("a global", "forbidden", body: "answer = 42"),
    Attack("a global, and pcall", "forbidden", body: "pcall(function() answer = 42 end) return 1"),
    Attack("a library's function replaced", "forbidden", body: "string.rep = function() end"),
    Attack("a library's function removed by table.remove", "forbidden", body: "table.remove(string)"),
    Attack("another metatable for a library", "forbidden", body: "setmetatable(math, {})"),
    Attack("the environment's metatable", "forbidden", body: "setmetatable(_ENV, {})"),
    Attack("the host changed", "forbidden", body: "host.random = nil"),
    Attack("the host changed by table.insert", "runtime", "forbidden", body: "table.insert(host, 1)"),
    Attack("an unknown global", "runtime", body: "return undefined_name"),
    Attack("an unknown part of the host", "runtime", body: "return host.filesystem"),
    Attack("loading text", "runtime", body: "return load('return 1')()"),
    Attack("loading files", "runtime", body: "dofile('/etc/passwd')"),
    Attack("the operating system", "runtime", body: "return os.time()"),
    Attack("files", "runtime", body: "return io.open('/etc/passwd')"),
    Attack("the debugger", "runtime", body: "return debug.getregistry()"),
    Attack("the collector", "runtime", body: "collectgarbage()"),
    Attack("raw access", "runtime", body: "rawset(string, 'rep', nil)"),
    Attack("a function's bytes", "runtime", body: "return string.dump(function() end)"),
    Attack("random numbers of the library", "runtime", body: "return math.random()"),
    Attack("an error value that raises", "runtime", body: "error(setmetatable({}, { __tostring = error }))"),
    Attack("an error of nothing", "runtime", body: "error(nil)"),
    Attack("arithmetic on text", "runtime", body: "return '10' + 5"),
    Attack("an address by format", "runtime", body: "return string.format('%p', {})"),
    Attack("an address by a longer format", "runtime", body: "return string.format('%10p', {})"),
    Attack("a function as the result", "invalid_output", body: "return function() end"),
    Attack("text that is no UTF-8", "invalid_output", body: "return '\\xff'"),
    Attack("a name that ends early", "invalid_output", body: "return 'alice\\0evil'"),
  ]
}
