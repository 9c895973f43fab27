import Core
import LuaRuntime
import Testing

/// A machine keeps within its memory, and what ends for memory is alive.
@Suite struct SandboxMemoryTests {
  /// Texts of one size, 3.2 MB of them, of another size in each round.
  private static let batch = """
    local t, total, size = {}, 0, round * 7919 % 60000 + 100
    while total < 3200000 do t[#t + 1] = ('x'):rep(size + #t % 50) total = total + size + 100 end
    """

  /// Puts things of any kind and size in the places of others, as long as 90 in 100 of `input.x` bytes are held.
  private static let churn = """
    local seed, most = input.x, input.x * 90 // 100
    local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed // 65536 % n end
    local function make()
      local power = 4 + random(13)
      local size = (1 << power) + random(1 << power)
      local kind, t = random(6), {}
      if kind == 0 then for i = 1, size // 16 do t[i] = i end return t, 4 << power end
      if kind == 1 then return ('x'):rep(size), size + 64 end
      if kind == 2 then for i = 1, size // 128 do t[i] = { i } end return t, size * 2 + 200 end
      if kind == 3 then return ('ab'):rep(size // 2):gsub('b', 'c'), size + 64 end
      if kind == 4 then for i = 1, size // 64 do t['k' .. i] = i end return t, (4 << power) + 200 end
      return table.concat({ ('x'):rep(size // 2), ('y'):rep(size // 2) }), size + 64
    end
    local slots, sizes, held = {}, {}, 0
    local function free(place)
      held = held - (sizes[place] or 0)
      slots[place], sizes[place] = nil, nil
    end
    for i = 1, 3000 do
      local place = random(400) + 1
      free(place)
      local made, size = make()
      while held + size > most do free(random(400) + 1) end
      slots[place], sizes[place], held = made, size, held + size
      if i % 100 == 0 then host.probe.look() end
    end
    return 1
    """

  /// Fills a machine of 4 MiB and leaves gaps, and looks meanwhile; in some, what is alive needs more than is left.
  private static let shapes = [
    // One small table a page is kept, and texts are held while they are made, one within the other.
    """
    local t = {}
    for i = 1, 24000 do t[i] = { i } end
    for i = 1, #t do if i % 36 ~= 0 then t[i] = false end end
    local part = ('y'):rep(60000)
    local function nest(n)
      return (('ab'):gsub('.', function(c)
        if c == 'a' then return part end
        if n > 0 then nest(n - 1) else host.probe.look() end
        return ''
      end))
    end
    for n = 1, 60 do nest(n) end
    return 1
    """,
    // Something small is kept between texts whose size grows, so that the gaps never fit the next.
    """
    local kept, size = {}, 4096
    while size <= 500000 do
      local t = {}
      for i = 1, 3600000 // size do
        t[i] = ('x'):rep(size - #kept % 2)
        if i % 4 == 0 or size > 30000 then kept[#kept + 1] = { i } end
      end
      host.probe.look()
      size = size * 3 // 2
    end
    return 1
    """,
    // Every second of small things, then every second of larger ones.
    """
    local all = {}
    for power = 4, 16 do
      local t = {}
      for i = 1, 800000 >> power do t[i] = ('x'):rep((1 << power) + i % 3) end
      for i = 1, #t, 2 do t[i] = false end
      all[#all + 1] = t
      host.probe.look()
    end
    return 1
    """,
    // Texts that fail while they are made, and a list that doubles among them.
    """
    local list = {}
    for i = 1, 600 do
      pcall(string.gsub, 'ab', '.', function(c)
        if c == 'a' then return ('x'):rep(50000 + i * 97) end
        host.probe.look()
        error('no')
      end)
      for k = 1, 200 do list[#list + 1] = i end
    end
    return 1
    """,
    "for round = 1, 60 do \(batch) host.probe.look() end return 1",
    churn,
  ]

  @Test(arguments: shapes)
  func `a machine's memory is within half as much again as its cap while it decides, whatever the gaps`(
    body: String
  ) throws {
    var rules = Rules(body)
    (rules.memory, rules.hostCalls, rules.uses) = (4 << 20, ["probe.look"], [0])
    let machine = try rules.machine()
    var most = 0
    let host = ScriptedHost { _ in
      most = max(most, machine.machine.residentMemory)
      return .value([UInt8(ascii: "1")])
    }
    let answer = machine.decide(#"{"x":4194304}"#, limits: Self.endless, handler: host)
    #expect(["ok", "memory_exhausted"].contains(answer.code), "\(answer.message)")
    #expect(host.asked.count > 2 && most > 2 << 20, "\(host.asked.count) times, \(most)")
    #expect(max(most, machine.machine.residentMemory) <= 6 << 20)
  }

  @Test func `things of any size in the places of others end no decision while they fit`() throws {
    var rules = Rules(Self.churn)
    (rules.memory, rules.hostCalls, rules.uses) = (4 << 20, ["probe.look"], [0])
    let machine = try rules.machine()
    let host = ScriptedHost(json: "1")
    for number in 0..<4 {
      let answer = machine.decide(#"{"x":\#(4_194_304 - number)}"#, limits: Self.endless, handler: host)
      try #require(answer.code == "ok", "\(number): \(answer.message)")
    }
  }

  @Test func `a text that fails while it is made leaves nothing behind`() throws {
    let body = """
      for i = 1, 2000 do
        pcall(string.gsub, 'ab', '.', function(c)
          if c == 'a' then return ('x'):rep(100000) end
          error('no')
        end)
      end
      return 1
      """
    var rules = Rules(body)
    rules.memory = 4 << 20
    #expect(try rules.decide(limits: Self.endless).code == "ok")
  }

  private static let endless = RunLimits(fuel: 1 << 40, deadline: .seconds(60))

  @Test func `a machine's memory is within half as much again as its cap, whatever is asked of it`() throws {
    let sizes = [16, 40, 100, 300, 700, 2000, 5000, 20000, 90000]
    let bodies =
      sizes.map {
        "local t = {} while #t * \($0 + 60) < 3000000 do t[#t + 1] = ('x'):rep(\($0) + #t % 7) end return 1"
      }
      + [
        "local t = {} for i = 1, 40000 do t[i] = { i } end for i = 1, 40000, 2 do t[i] = nil end return 1",
        "local t = {} for i = 1, 100 do local u = {} for k = 1, 2000 do u[k] = k end t[i % 5] = u end return 1",
        "local s = '' for i = 1, 3000 do s = s .. 'x' end return #s",
        "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end return f(10000)",
      ]
    var rules = Rules("return decide_by[input.x]()")
    rules.memory = 8 << 20
    rules.top =
      "local decide_by = { "
      + bodies.map { "function() \($0) end" }.joined(separator: ", ") + " }"
    let machine = try rules.machine()
    for round in 0..<200 {
      let answer = machine.decide(
        "{\"x\":\(round * 7 % bodies.count + 1)}", limits: RunLimits(fuel: 1 << 40, deadline: .seconds(20)))
      try #require(answer.code == "ok", "\(round): \(answer.message)")
      #expect(machine.machine.residentMemory <= 12 << 20, "\(round): \(machine.machine.residentMemory)")
    }
  }

  @Test(arguments: [
    "local s for i = 1, 2000 do s = ('x'):rep(100000) .. i end return #s",
    "local t for i = 1, 2000 do t = {} for k = 1, 1000 do t[k] = k end end return #t",
    "local s for i = 1, 2000 do s = table.concat({ ('x'):rep(50000), ('y'):rep(50000) }) end return #s",
    "local s for i = 1, 1000 do s = ('x'):rep(50000):gsub('x', 'yy', 100) end return #s",
    "local s for i = 1, 1000 do s = string.format('%s%s', ('x'):rep(50000), ('y'):rep(50000)) end return #s",
    "local kept = ('k'):rep(500000) for i = 1, 3000 do local s = ('x'):rep(20000):upper() end return #kept",
    "local kept = {} for i = 1, 3000 do kept[i % 8] = ('x'):rep(20000 + i * 7) end return 1",
    """
    for i = 1, 60 do local t = {} for k = 1, 3000 do t[k] = { k } end end
    for i = 1, 50 do local s = ('x'):rep(900000) end return 1
    """,
    "for round = 1, 60 do \(batch) end return 1",
  ])
  func `garbage is never what a decision ends for`(body: String) throws {
    var rules = Rules(body)
    rules.memory = 4 << 20
    let answer = try rules.decide(limits: RunLimits(fuel: 1 << 40, deadline: .seconds(20)))
    #expect(answer.code == "ok", "\(answer.message)")
  }

  @Test(arguments: [
    "rise(250000)", "through()", "for i = 1, 4 do rise(60000 * i) end", "pcall(string.gsub, 'a', 'a', through)",
    "pcall(fall, 250000)",
    "for i = 1, 4 do pcall(fall, 50000 * i) end", "pcall(function() rise(150000) error('no') end)",
  ])
  func `calls that have returned are never what a decision ends for`(body: String) throws {
    let fills = [
      "for i = 1, 230000 do t[i] = { i } end", "for i = 1, 28 do t[i] = ('x'):rep(1000000) .. i end",
      "for i = 1, 150000 do t[i] = { i } end for i = 1, 20 do rise(20000 + i) end",
    ]
    for fill in fills {
      var rules = Rules("\(body) local t = {} \(fill) return 1")
      rules.top = """
        local function rise(n) if n == 0 then return 0 end return 1 + rise(n - 1) end
        local function fall(n) if n == 0 then error('no') end return 1 + fall(n - 1) end
        local function through() return rise(180000) end
        """
      let machine = try rules.machine()
      for _ in 0..<3 {
        let answer = machine.decide(limits: Self.endless)
        #expect(answer.code == "ok", "\(fill): \(answer.message)")
        #expect(machine.machine.residentMemory <= rules.memory * 3 / 2)
      }
    }
  }
}
