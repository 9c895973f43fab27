internal import Core

/// Reads a Lua source into a ``LuaTree``.
///
/// It takes every source that Lua 5.4 compiles, but for one whose expressions or blocks are nested deeper than Lua's
/// own limit, and expects nothing else: what is wrong with a source is Lua's to say.
struct LuaParser {
  private(set) var tree: LuaTree
  private let tokens: [LuaToken]
  private var place = 0
  private var scopes: [[String: Int]] = [[:]]
  /// The functions that are open, the innermost last.
  private var open: [Int] = [0]
  private var depth = 0

  /// As deep as Lua nests C calls.
  private static let deepest = 200

  /// The tree of `source`. Throws where it can't be read. O(bytes).
  static func parse(_ source: [UInt8]) throws(LuaSyntaxError) -> LuaTree {
    var parser = LuaParser(source, try LuaLexer.tokens(of: source))
    let body = try parser.block()
    guard parser.token.kind == .end else { throw parser.trouble }
    if case .returning(let values)? = body.last.map({ parser.tree.nodes[$0].kind }), values.count == 1 {
      parser.tree.result = values[0]
    }
    return parser.tree
  }

  private init(_ source: [UInt8], _ tokens: [LuaToken]) {
    tree = LuaTree(emptyOf: source)
    tree.functions = [LuaTree.Function(parameters: [])]
    self.tokens = tokens
  }

  // MARK: Words

  private var token: LuaToken { tokens[place] }
  private var trouble: LuaSyntaxError { LuaSyntaxError(offset: token.range.lowerBound) }
  private var start: Int { token.range.lowerBound }
  /// Where the word before this one ended.
  private var end: Int { place > 0 ? tokens[place - 1].range.upperBound : 0 }

  private mutating func take(_ word: String) -> Bool {
    guard token.isWord(word) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ word: String) throws(LuaSyntaxError) {
    if !take(word) { throw trouble }
  }

  private mutating func name() throws(LuaSyntaxError) -> String {
    guard token.kind == .name else { throw trouble }
    place += 1
    return tokens[place - 1].text
  }

  private mutating func add(_ kind: LuaTree.Kind, from start: Int, mark: Range<Int> = 0..<0) -> Int {
    tree.nodes.append(
      LuaTree.Node(kind: kind, range: start..<max(start, end), function: open.last ?? 0, mark: mark))
    return tree.nodes.count - 1
  }

  private mutating func nested<Result>(
    _ body: (inout Self) throws(LuaSyntaxError) -> Result
  ) throws(LuaSyntaxError) -> Result {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw trouble }
    return try body(&self)
  }

  // MARK: Names

  private mutating func declare(_ name: String, _ origin: LuaTree.Origin) -> Int {
    tree.locals.append(LuaTree.Local(name: name, origin: origin))
    scopes[scopes.count - 1][name] = tree.locals.count - 1
    return tree.locals.count - 1
  }

  private func local(named name: String) -> Int? {
    for scope in scopes.reversed() {
      if let local = scope[name] { return local }
    }
    return nil
  }

  // MARK: Statements

  private static let endsOfBlocks: Set<String> = ["end", "else", "elseif", "until"]

  /// The statements up to the end of a block, in a scope of their own.
  private mutating func block() throws(LuaSyntaxError) -> [Int] {
    scopes.append([:])
    defer { scopes.removeLast() }
    return try statements()
  }

  private mutating func statements() throws(LuaSyntaxError) -> [Int] {
    var list: [Int] = []
    while token.kind != .end, !(token.kind == .keyword && Self.endsOfBlocks.contains(token.text)) {
      if take(";") { continue }
      let isReturn = token.isWord("return")
      list.append(try nested { parser throws(LuaSyntaxError) in try parser.statement() })
      if isReturn { break }
    }
    return list
  }

  private mutating func statement() throws(LuaSyntaxError) -> Int {
    let start = start
    guard token.kind == .keyword || token.isWord("::") else { return try expressionStatement() }
    switch token.text {
    case "if": return try conditional()
    case "while":
      try condition()
      try expect("do")
      return try closed(.loop, from: start)
    case "do":
      place += 1
      return try closed(.other, from: start)
    case "for": return try forLoop()
    case "repeat": return try repeatLoop()
    case "function": return try namedFunction()
    case "local":
      place += 1
      return try take("function") ? localFunction(from: start) : locals(from: start)
    case "return":
      place += 1
      let isEmpty = token.kind == .end || token.isWord(";") || Self.endsOfBlocks.contains(token.text)
      let values = isEmpty ? [] : try expressions()
      let node = add(.returning(values), from: start)
      _ = take(";")
      return node
    case "break":
      place += 1
      return add(.other, from: start)
    case "goto":
      place += 1
      _ = try name()
      return add(.other, from: start)
    case "::":
      place += 1
      _ = try name()
      try expect("::")
      return add(.other, from: start)
    default: throw trouble
    }
  }

  /// A block and its `end`.
  private mutating func closed(_ kind: LuaTree.Kind, from start: Int) throws(LuaSyntaxError) -> Int {
    _ = try block()
    try expect("end")
    return add(kind, from: start)
  }

  /// The word at hand, and the condition behind it.
  private mutating func condition() throws(LuaSyntaxError) {
    let word = token.range
    place += 1
    let condition = try expression()
    _ = add(.condition(condition), from: tree.nodes[condition].range.lowerBound, mark: word)
  }

  private mutating func conditional() throws(LuaSyntaxError) -> Int {
    let start = start
    repeat {
      try condition()
      try expect("then")
      _ = try block()
    } while token.isWord("elseif")
    if take("else") { _ = try block() }
    try expect("end")
    return add(.other, from: start)
  }

  private mutating func repeatLoop() throws(LuaSyntaxError) -> Int {
    let start = start
    place += 1
    scopes.append([:])
    defer { scopes.removeLast() }
    _ = try statements()
    guard token.isWord("until") else { throw trouble }
    try condition()
    return add(.loop, from: start)
  }

  private mutating func forLoop() throws(LuaSyntaxError) -> Int {
    let start = start
    place += 1
    var names = [try name()]
    if take("=") {
      let bounds = try expressions()
      scopes.append([:])
      defer { scopes.removeLast() }
      _ = declare(names[0], .unknown)
      try expect("do")
      note(loopOver: bounds, isNumeric: true, from: start)
      return try closed(.loop, from: start)
    }
    while take(",") { names.append(try name()) }
    try expect("in")
    let values = try expressions()
    scopes.append([:])
    defer { scopes.removeLast() }
    for (position, name) in names.enumerated() { _ = declare(name, .loop(values, position: position)) }
    try expect("do")
    note(loopOver: values, isNumeric: false, from: start)
    return try closed(.loop, from: start)
  }

  /// Notes a loop whose `do` was just read.
  private mutating func note(loopOver values: [Int], isNumeric: Bool, from start: Int) {
    let ranges = values.map { tree.nodes[$0].range }
    guard let (first, last) = ranges.first.flatMap({ first in ranges.last.map { (first, $0) } }) else { return }
    let isCertain = isNumeric ? values.allSatisfy(isConstant) : values.count == 1 && isWrittenOut(values[0])
    tree.loops.append(
      LuaTree.ForLoop(
        head: start..<last.upperBound, through: (isNumeric ? last : first).lowerBound..<last.upperBound,
        isNumeric: isNumeric, isCertain: isCertain, body: end))
  }

  private func isConstant(_ place: Int) -> Bool {
    if case .constant = tree.nodes[place].kind { true } else { false }
  }

  /// Whether a call is given a list whose elements are written out: `ipairs { "a", "b" }`
  private func isWrittenOut(_ place: Int) -> Bool {
    guard case .call(_, let arguments) = tree.nodes[place].kind, let list = arguments.first,
      case .table(let entries) = tree.nodes[list].kind
    else { return false }
    return entries.contains { isConstant($0.value) }
  }

  private mutating func localFunction(from start: Int) throws(LuaSyntaxError) -> Int {
    let local = declare(try name(), .unknown)
    let body = try functionBody(from: start, hasSelf: false)
    if case .function(let function) = tree.nodes[body].kind { tree.locals[local].origin = .function(function) }
    return add(.local([local], [body]), from: start)
  }

  private mutating func locals(from start: Int) throws(LuaSyntaxError) -> Int {
    var names: [String] = []
    repeat {
      names.append(try name())
      if take("<") {
        _ = try name()
        try expect(">")
      }
    } while take(",")
    let values = take("=") ? try expressions() : []
    // The values don't see the names that they are given.
    let places = names.enumerated().map { position, name in
      declare(name, position < values.count ? .value(values[position]) : .unknown)
    }
    return add(.local(places, values), from: start)
  }

  private mutating func namedFunction() throws(LuaSyntaxError) -> Int {
    let start = start
    place += 1
    let nameStart = self.start
    var target = try nameExpression()
    var hasSelf = false
    while !hasSelf, token.isWord(".") || token.isWord(":") {
      hasSelf = token.isWord(":")
      place += 1
      target = try index(target, from: nameStart)
    }
    let body = try functionBody(from: start, hasSelf: hasSelf)
    if case .name(_, local: let local?) = tree.nodes[target].kind { tree.locals[local].isReassigned = true }
    return add(.assignment([target], [body]), from: start)
  }

  private mutating func expressionStatement() throws(LuaSyntaxError) -> Int {
    let start = start
    var targets = [try suffixed()]
    if !token.isWord("="), !token.isWord(",") {
      switch tree.nodes[targets[0]].kind {
      case .call, .method: return add(.callStatement(targets[0]), from: start)
      default: throw trouble
      }
    }
    while take(",") { targets.append(try suffixed()) }
    try expect("=")
    let values = try expressions()
    for target in targets {
      switch tree.nodes[target].kind {
      case .name(_, local: let local?): tree.locals[local].isReassigned = true
      case .name, .index: break
      default: throw trouble
      }
    }
    return add(.assignment(targets, values), from: start)
  }

  // MARK: Expressions

  private mutating func expressions() throws(LuaSyntaxError) -> [Int] {
    var list: [Int] = []
    repeat { list.append(try expression()) } while take(",")
    return list
  }

  /// How tight each operator binds to its left and to its right.
  private static let strengths: [String: (left: Int, right: Int)] = [
    "or": (1, 1), "and": (2, 2), "<": (3, 3), ">": (3, 3), "<=": (3, 3), ">=": (3, 3), "~=": (3, 3), "==": (3, 3),
    "|": (4, 4), "~": (5, 5), "&": (6, 6), "<<": (7, 7), ">>": (7, 7), "..": (9, 8), "+": (10, 10), "-": (10, 10),
    "*": (11, 11), "/": (11, 11), "//": (11, 11), "%": (11, 11), "^": (14, 13),
  ]
  private static let unaryStrength = 12

  private mutating func expression(_ limit: Int = 0) throws(LuaSyntaxError) -> Int {
    try nested { parser throws(LuaSyntaxError) in try parser.operation(limit) }
  }

  private mutating func operation(_ limit: Int) throws(LuaSyntaxError) -> Int {
    let start = start
    var left: Int
    if token.isWord("not") || token.isWord("-") || token.isWord("#") || token.isWord("~") {
      let sign = token.text
      place += 1
      let operand = try expression(Self.unaryStrength)
      left = add(.unary(sign, operand), from: start)
    } else {
      left = try simple()
    }
    while token.kind == .symbol || token.kind == .keyword, let strength = Self.strengths[token.text],
      strength.left > limit
    {
      let (sign, mark) = (token.text, token.range)
      place += 1
      let right = try expression(strength.right)
      left = add(.binary(sign, left, right), from: start, mark: mark)
    }
    return left
  }

  private mutating func simple() throws(LuaSyntaxError) -> Int {
    let start = start
    let constant: LuaTree.Constant
    switch token.kind {
    case .number: constant = .number(token.text)
    case .string(let text): constant = .string(text)
    case .keyword where token.text == "nil": constant = .null
    case .keyword where token.text == "true": constant = .boolean(true)
    case .keyword where token.text == "false": constant = .boolean(false)
    case .keyword where token.text == "function":
      place += 1
      return try functionBody(from: start, hasSelf: false)
    case .symbol where token.text == "...":
      place += 1
      return add(.vararg, from: start)
    case .symbol where token.text == "{": return try table()
    default: return try suffixed()
    }
    place += 1
    return add(.constant(constant), from: start)
  }

  private mutating func nameExpression() throws(LuaSyntaxError) -> Int {
    let start = start
    let name = try name()
    return add(.name(name, local: local(named: name)), from: start)
  }

  /// `.name` behind a base, as which the name is a literal string.
  private mutating func index(_ base: Int, from start: Int) throws(LuaSyntaxError) -> Int {
    let keyStart = self.start
    let key = add(.constant(.string(try name())), from: keyStart)
    return add(.index(base: base, key: key), from: start)
  }

  private mutating func suffixed() throws(LuaSyntaxError) -> Int {
    let start = start
    var base: Int
    if take("(") {
      let inner = try expression()
      try expect(")")
      base = add(.parentheses(inner), from: start)
    } else {
      base = try nameExpression()
    }
    while true {
      if take(".") {
        base = try index(base, from: start)
      } else if take("[") {
        let key = try expression()
        try expect("]")
        base = add(.index(base: base, key: key), from: start)
      } else if take(":") {
        let name = try name()
        let arguments = try arguments()
        base = add(.method(receiver: base, name: name, arguments: arguments), from: start)
      } else if isAtArguments {
        let arguments = try arguments()
        base = add(.call(callee: base, arguments: arguments), from: start)
      } else {
        return base
      }
    }
  }

  private var isAtArguments: Bool {
    if case .string = token.kind { return true }
    return token.isWord("(") || token.isWord("{")
  }

  private mutating func arguments() throws(LuaSyntaxError) -> [Int] {
    if take("(") {
      if take(")") { return [] }
      let list = try expressions()
      try expect(")")
      return list
    }
    guard isAtArguments else { throw trouble }
    return [try simple()]
  }

  private mutating func table() throws(LuaSyntaxError) -> Int {
    let start = start
    try expect("{")
    var entries: [LuaTree.Entry] = []
    while !token.isWord("}") {
      var key: Int?
      if take("[") {
        key = try expression()
        try expect("]")
        try expect("=")
      } else if token.kind == .name, tokens[place + 1].isWord("=") {
        let keyStart = self.start
        key = add(.constant(.string(try name())), from: keyStart)
        try expect("=")
      }
      entries.append(LuaTree.Entry(key: key, value: try expression()))
      if !take(","), !take(";") { break }
    }
    try expect("}")
    return add(.table(entries), from: start)
  }

  /// Parameters and body of a function whose node begins at `start`.
  private mutating func functionBody(from start: Int, hasSelf: Bool) throws(LuaSyntaxError) -> Int {
    let function = tree.functions.count
    tree.functions.append(LuaTree.Function(parameters: []))
    open.append(function)
    scopes.append([:])
    defer { scopes.removeLast() }
    var names = hasSelf ? ["self"] : []
    try expect("(")
    while !token.isWord(")") {
      if take("...") { break }
      names.append(try name())
      if !take(",") { break }
    }
    try expect(")")
    tree.functions[function].parameters = names.enumerated().map { position, name in
      declare(name, .parameter(of: function, position: position))
    }
    _ = try block()
    try expect("end")
    open.removeLast()
    let node = add(.function(function), from: start)
    tree.functions[function].place = node
    return node
  }
}
