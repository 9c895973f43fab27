internal import Core

/// Makes every mutant of a file: one small change each, of the sort that people make by mistake.
///
/// Constants, comparisons, arithmetic and strings are changed, conditions fixed, statements, fields and returns
/// dropped, arguments swapped. What is written for people alone (summaries, descriptions, notes, the version) stays,
/// and so do declarations without which a decision may only do more.
struct MutantFinder {
  private let path: String
  private let source: [UInt8]
  private let tree: LuaTree
  private let parents: [Int]
  private let lines: [ArraySlice<UInt8>]
  private var mutants: [Mutant] = []

  /// The mutants of the file at `path`, in the order of their places; none where it can't be read. O(bytes · mutants).
  static func mutants(of path: String, source: [UInt8]) -> [Mutant] {
    guard let tree = try? LuaParser.parse(source) else { return [] }
    var finder = MutantFinder(path, source, tree)
    for place in tree.nodes.indices { finder.mutate(place) }
    var seen: Set<String> = []
    return finder.mutants.sorted { ($0.range.lowerBound, $0.after) < ($1.range.lowerBound, $1.after) }.filter {
      seen.insert("\($0.range) \($0.after)").inserted
    }
  }

  private init(_ path: String, _ source: [UInt8], _ tree: LuaTree) {
    self.path = path
    self.source = source
    self.tree = tree
    parents = tree.parents
    lines = LuaLines.of(source)
  }

  private mutating func change(_ range: Range<Int>, to after: String) {
    let position = tree.position(of: range.lowerBound)
    let line = String(decoding: lines[position.line - 1], as: UTF8.self)
    mutants.append(
      Mutant(
        file: path, line: position.line, column: position.column, before: Self.oneLine(text(range)), after: after,
        text: Self.oneLine(line), range: range))
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }
  private func text(_ place: Int) -> String { text(tree.nodes[place].range) }

  private static func oneLine(_ text: String) -> String {
    text.unicodeScalars.split { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }.map { String($0) }
      .joined(separator: " ")
  }

  private static let comparisons = [
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["~="], "~=": ["=="],
  ]
  private static let operations = [
    "+": "-", "-": "+", "*": "/", "/": "*", "//": "*", "%": "*", "^": "*", "and": "or", "or": "and", "&": "|",
    "|": "&", "<<": ">>", ">>": "<<",
  ]

  private mutating func mutate(_ place: Int) {
    let node = tree.nodes[place]
    if isNoted(place) { return }
    switch node.kind {
    case .constant(let constant): mutate(constant, at: place)
    case .binary(let sign, let left, _):
      if sign == ".." { change(node.range, to: text(left)) }
      for other in Self.comparisons[sign] ?? Self.operations[sign].map({ [$0] }) ?? [] { change(node.mark, to: other) }
    case .unary(let sign, let operand): if sign != "#" { change(node.range, to: text(operand)) }
    case .condition(let condition):
      if case .constant = tree.nodes[condition].kind { return }
      for value in ["true", "false"] { change(node.range, to: value) }
    case .callStatement(let call): if !isNote(call) { change(node.range, to: "") }
    case .loop: change(node.range, to: "")
    case .assignment(_, let values):
      if !values.contains(where: isFunction) { change(node.range, to: "") }
    case .returning(let values):
      if node.function > 0, !values.isEmpty, !isEndWithoutValue(values, node) { change(node.range, to: "") }
    case .call(let callee, let arguments): if !isSymmetric(callee) { swap(arguments) }
    case .method(_, _, let arguments): swap(arguments)
    case .table(let entries): for entry in entries { drop(entry) }
    case .vararg, .function, .name, .index, .parentheses, .local, .other: break
    }
  }

  /// Whether it is the `return nil` at the end of a function, which returns nothing without it, too.
  private func isEndWithoutValue(_ values: [Int], _ node: LuaTree.Node) -> Bool {
    guard values.allSatisfy({ tree.nodes[$0].kind == .constant(.null) }),
      let function = tree.functions[node.function].place
    else { return false }
    let rest = text(node.range.upperBound..<tree.nodes[function].range.upperBound)
    return Self.oneLine(rest) == "end"
  }

  private func isFunction(_ place: Int) -> Bool { if case .function = tree.nodes[place].kind { true } else { false } }

  private mutating func mutate(_ constant: LuaTree.Constant, at place: Int) {
    let range = tree.nodes[place].range
    switch constant {
    case .null, .string(nil): break
    case .boolean(let value): change(range, to: value ? "false" : "true")
    case .number(let number):
      if let integer = Int64(number) {
        change(range, to: "\(integer.adding(saturating: 1))")
        if integer > 1 { change(range, to: "\(integer - 1)") }
      } else {
        change(range, to: "(\(number) + 1)")
      }
    case .string:
      // A name behind a dot or before `=` is written without quotes, and is no literal to its author.
      guard [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(source[range.lowerBound]), !isForPeople(place),
        !isRequired(place)
      else { return }
      change(range, to: otherString(range))
    }
  }

  /// A string literal with another end: neither holds the other, so a spec that looks for a part can tell.
  private func otherString(_ range: Range<Int>) -> String {
    let scalars = text(range).unicodeScalars
    guard let quote = scalars.last else { return "" }
    let body = scalars.dropLast()
    let kept = body.count > 1 && !body.contains("\\") ? body.dropLast() : body
    return String(String.UnicodeScalarView(kept)) + "~" + String(quote)
  }

  private static let forPeople: Set<String> = ["summary", "description", "version"]
  private static let narrowing: Set<String> = ["credits", "refusals"]

  /// Whether it is a call of `note`.
  private func isNote(_ place: Int) -> Bool {
    guard case .call(let callee, _) = tree.nodes[place].kind else { return false }
    return tree.nodes[callee].kind == .name("note", local: nil)
  }

  /// Whether it is a call of `note`, or stands in one: nothing is decided by what a note says. O(depth).
  private func isNoted(_ place: Int) -> Bool {
    var node = place
    while node >= 0 {
      if isNote(node) { return true }
      node = parents[node]
    }
    return false
  }

  /// Whether a literal is only read by people.
  private func isForPeople(_ place: Int) -> Bool {
    guard parents[place] >= 0, case .table(let entries) = tree.nodes[parents[place]].kind,
      let entry = entries.first(where: { $0.value == place }), let key = entry.key
    else { return false }
    if tree.text(of: key).map({ Self.forPeople.contains($0) }) == true { return true }
    // What `refusals` says of each code.
    let outer = parents[parents[place]]
    guard outer >= 0, case .table(let list) = tree.nodes[outer].kind,
      let declared = list.first(where: { $0.value == parents[place] })?.key
    else { return false }
    return tree.text(of: declared) == "refusals"
  }

  private func isRequired(_ place: Int) -> Bool {
    parents[place] >= 0 && tree.required(by: parents[place]) != nil
  }

  /// Whether a function gives the same for its arguments in any order.
  private func isSymmetric(_ callee: Int) -> Bool {
    guard case .index(let base, let key) = tree.nodes[callee].kind,
      case .name("math", local: nil) = tree.nodes[base].kind
    else { return false }
    return tree.text(of: key) == "min" || tree.text(of: key) == "max"
  }

  private mutating func swap(_ arguments: [Int]) {
    for (left, right) in zip(arguments, arguments.dropFirst()) where text(left) != text(right) {
      let (first, second) = (tree.nodes[left].range, tree.nodes[right].range)
      let between = text(first.upperBound..<second.lowerBound)
      change(first.lowerBound..<second.upperBound, to: text(right) + between + text(left))
    }
  }

  private mutating func drop(_ entry: LuaTree.Entry) {
    let name = entry.key.flatMap { tree.text(of: $0) } ?? ""
    if Self.forPeople.contains(name) || Self.narrowing.contains(name) { return }
    switch tree.nodes[entry.value].kind {
    case .constant(.null), .function: break
    default: change(tree.nodes[entry.value].range, to: "nil")
    }
  }
}
