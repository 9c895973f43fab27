/// Odd rules, each from a number: the same number is always the same rule.
struct Program {
  /// The plugin's file.
  var source: String
  /// The decision's input.
  var input: String
  /// Another one.
  var otherInput: String

  /// The rule of this number.
  init(_ number: UInt64) {
    var author = Author(number)
    let top = author.one(of: Grammar.tops)
    let body = (0..<author.below(9) + 2).map { _ in author.write("S", depth: 0) }.joined(separator: "\n  ")
    source = """
      \(top)
      local function decide(input, host)
        local a, b, c, t, u = 1, 2.5, "text", { 1, 2, 3 }, {}
        \(body)
        return { \(author.write("tostring(E), tostring(E), tostring(E)", depth: 0)), #t }
      end
      return { decisions = { probe = { decide = decide } } }
      """
    input = #"{"x":\#(author.json(depth: 0))}"#
    otherInput = #"{"x":\#(author.json(depth: 0))}"#
  }
}

/// Pieces of Lua. In them `S` stands for a statement, `E` for an expression, `N` for a number, `D` for a few digits,
/// `T` for a table and `R` for a count of rounds.
private enum Grammar {
  static let tops = [
    "local kept, count, limits = nil, 0, { rate = 1, list = { 1, 2 } }",
    "local kept, count, limits = {}, 1.0, setmetatable({ rate = 2 }, { __index = function(_, k) return k end })",
    "local A = {} local kept, count, limits = A, 0.0, { [A] = 'named', rate = 0 / 0 }",
    "local _ENV = setmetatable({ n = 0 }, { __index = _ENV }) local kept, count, limits = n, 0, {}",
    "local kept, count, limits = nil, 0, {} local function later() count = count + 1 return count end kept = later",
    "local kept, count, limits = math.floor, 2 ^ 53, { list = {}, rate = -0.0 }",
  ]

  static let numbers = [
    "0", "-0.0", "1", "1.0", "2", "-7", "0.1", "1e300", "1e-300", "0/0", "-(0/0)", "1/0", "math.maxinteger",
    "math.mininteger", "2^53", "D", "D.5", "a", "b", "#t", "input.x", "count",
  ]

  static let tables = ["t", "u", "{}", "input", "limits", "{ E, E }", "{ [t] = 1, [1.5] = 2, k = E }"]

  static let expressions = [
    "N", "N", "N", "c", "(E + E)", "(E - N)", "(E * E)", "(E / N)", "(E % N)", "(E // N)", "(E ^ N)", "(E .. E)",
    "(E < E)", "(E == E)", "(E and E)", "(E or E)", "math.exp(E)", "math.sin(E)", "math.cos(N)", "math.tan(N)",
    "math.atan(N, N)", "math.log(N)", "math.log(N, N)", "math.sqrt(N)", "math.floor(N)", "math.fmod(N, N)",
    "math.acos(N)", "math.asin(N)", "tostring(E)", "((E) .. '')", "string.format('%d', E)", "string.format('%g', N)",
    "string.format('%.14g', N)", "string.format('%a', N)", "string.format('%s', E)", "string.format('%q', E)",
    "string.format('%5.1f', N)", "string.format('%9s%.3s', E, c)", "string.unpack('d', string.pack('d', N))",
    "string.unpack('d', 'XXXXXX\\248\\127')", "math.max(N, N)", "math.modf(N)", "math.tointeger(N)", "math.ult(D, D)",
    "#limits", "utf8.char(D, D)", "utf8.codepoint(c, 1, -1)", "amount('D.00 USD/2'):ratio(amount('3.00 USD/2'))",
    "account('a', c)", "string.format('%x', N)", "{ E, N, n = E }", "t[E]", "u[T]", "u[host]",
    "select('#', table.unpack(T))", "next(T)", "c:upper()", "c:rep(D)", "c:find('.-x')", "c:gsub('.', '%0%0')",
    "c:byte(1, -1)", "c:match('%w+')", "c:reverse()", "limits.rate", "limits.list", "pcall(error, E)",
    "pcall(setmetatable, T, T)", "pcall(string.rep, c, N)", "pcall(kept, E)", "amount('D.00 USD/2')",
    "host.random(1, 1 + D)", "host.now", "table.concat(t, ',')", "string.pack('d', N)", "string.pack('i8', N)",
    "string.pack('z', c)", "#t", "#u", "#c", "tonumber('0x1p4')", "tonumber(c)", "tonumber(c, 36)", "utf8.len(c)",
    "type(E)", "getmetatable(T)", "table.pack(E, nil, E).n", "(function(...) return select(2, ...) end)(E, E)",
  ]

  static let statements = [
    "a = E", "b = E", "a, b = b, a", "b = a < b and N or (a ~= a)",
    "for i = 1, R do t[i] = E end", "for i = 1, R do t[-i] = i end", "for i = 1, R do t[i * 2] = i end",
    "for i = 1, R do t['k' .. i] = i end", "for i = 1, R do t[#t + 1] = i end", "for i = 1, R do t[i + 0.5] = i end",
    "for i = 1, R do t[i * 131071] = i end", "for i = 1, R do t[i] = nil end", "for i = 1, R do t['k' .. i] = nil end",
    "for i = 1, R do local key = {} u[key] = i end", "for i = 1, R do local key = {} u[key] = i u[key] = nil end",
    "for i = 1, R do t[i * 511] = i end", "u = { [t] = 1 } for i = 1, R do u[i * 511] = i end",
    "u = { [t] = 1, table.unpack(t) }", "for i = 1, R do local x = u[i * 511] end", "u[t] = nil",
    "for i = 1, R do u[function() return i end] = i u[i] = i end", "for i = 1, R do local s = E end",
    "if E then S else S end", "if a == N then return nil, 'no' end", "if a == N then return nil, { code = 'no' } end",
    "pcall(function() S end)", "xpcall(function() S end, function(e) S return e end)",
    "local x <close> = setmetatable({}, { __close = pairs })",
    "local x <close> = setmetatable({}, { __close = error })",
    "local x <close> = setmetatable({}, { __close = function() S end })",
    "for k, v in pairs(T) do a = k b = v end", "for k in pairs(t) do t[k] = nil end",
    "for k, v in pairs(T) do u[v] = k end",
    "for i, v in ipairs(T) do a = v end", "table.sort(t)", "table.sort(t, function() return true end)",
    "table.sort(t, function(x, y) return tostring(x) > tostring(y) end)", "c = c .. c", "c = c .. a", "c = tostring(a)",
    "c = ('x'):rep(D * D)", "c = ('\\0'):rep(D * D)", "c = c:sub(2, 90)", "kept = E", "count = E", "limits.rate = E",
    "limits = E", "count = count + 0", "count = count + 0.0", "count = count + 1", "count = -count",
    "local m = {} setmetatable(u, m) m.__mode = 'k'", "local m = {} setmetatable(u, m) m.__gc = error",
    "local m = {} setmetatable(u, m) m.__index = t", "local m = {} setmetatable(u, m) m.__len = pairs",
    "local m = {} setmetatable(u, m) m.__tostring = error", "local m = {} setmetatable(t, m) m.__eq = next",
    "setmetatable(t, { __index = u })", "setmetatable(t, { __index = function(_, k) return k end })",
    "local function f(n) if n == 0 then S else f(n - 1) end end f(R)", "table.insert(t, N)", "table.remove(t, 1)",
    "table.insert(t, 1, a)", "table.move(t, 1, 3, D - 500)", "table.move(t, 1, R, 2, u)", "input.x = E", "input.y = E",
    "for w in c:gmatch('%a') do a = w end", "for w in c:gmatch('.-') do a = w end", "error(T)", "error(E)",
    "error(nil)", "pcall(error, c, R)", "for i = 1, 30 do pcall(error, c, R) end",
    "table.move(t, 1, 6148914691236517206, 1)", "pcall(table.move, t, N, N, N)", "table.move(t, N, N, D, u)",
    "for i, v in utf8.codes(c) do a = v end", "kept = c:gmatch('.')", "kept = pairs(t)", "setmetatable(limits, T)",
    "for k, v in pairs(limits) do a = v end", "t = table.pack(c:unpack(c))", "c = (c .. 'z'):pack(a, b, c)",
    "error({ code = 'x', message = 'y' })", "error('stack overflow')", "local _ENV = { t = t } t = 1", "undefined = 1",
    "string.rep = nil", "goto out ::out::", "while true do a = 1 end", "while true do t = { t } end",
    "local function g(...) S return ... end g(table.unpack(t))",
  ]

  static let rounds = ["3", "3", "30", "30", "300", "3000", "100000"]
}

/// Writes Lua from numbers that look random.
private struct Author {
  private var state: UInt64

  init(_ number: UInt64) { state = number &* 0x9E37_79B9_7F4A_7C15 ^ 0x5851_F42D_4C95_7F2D }

  /// SplitMix64 (Steele, Lea, Flood).
  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ z >> 31) % UInt64(limit))
  }

  mutating func one(of choices: [String]) -> String { choices[below(choices.count)] }

  /// The piece with what stands in it for others filled in. A letter that belongs to a longer word is itself.
  mutating func write(_ piece: String, depth: Int) -> String {
    let characters = Array(piece.utf8)
    var text: [UInt8] = []
    for (place, character) in characters.enumerated() {
      let isWord = { (byte: UInt8) in byte == 0x5F || byte > 0x40 && byte < 0x5B || byte > 0x60 && byte < 0x7B }
      let before = place > 0 && isWord(characters[place - 1])
      let after = place + 1 < characters.count && isWord(characters[place + 1])
      if before || after { text.append(character) } else { text += filled(character, depth: depth).utf8 }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func filled(_ character: UInt8, depth: Int) -> String {
    let isDeep = depth > 3
    switch Character(UnicodeScalar(character)) {
    case "S": return write(isDeep ? "a = N" : one(of: Grammar.statements), depth: depth + 1)
    case "E": return write(isDeep ? "N" : one(of: Grammar.expressions), depth: depth + 1)
    case "N": return write(one(of: Grammar.numbers), depth: depth + 1)
    case "T": return write(isDeep ? "t" : one(of: Grammar.tables), depth: depth + 1)
    case "R": return one(of: Grammar.rounds)
    case "D": return "\(below(1000))"
    default: return String(UnicodeScalar(character))
    }
  }

  mutating func json(depth: Int) -> String {
    switch below(depth > 2 ? 6 : 9) {
    case 0: return "\(below(100) - 50)"
    case 1: return "\(below(100)).\(below(1000))e\(below(20) - 10)"
    case 2: return "\"\(one(of: ["", "a", "zwölf", "a b c", String(repeating: "x", count: 300)]))\""
    case 3: return "true"
    case 4: return "-0.0"
    case 5: return "9007199254740993"
    case 6: return "[\((0..<below(6)).map { _ in json(depth: depth + 1) }.joined(separator: ","))]"
    default: return "{\((0..<below(5)).map { "\"k\($0)\":\(json(depth: depth + 1))" }.joined(separator: ","))}"
    }
  }
}
