internal import Core
package import LuaRuntime

/// Where the values of the table that a Lua file returns stand: from the keys that lead to one to its line.
///
/// It reads table constructors and assignments to the returned local, nothing else: good to point at, never used to
/// decide. A key that is computed, `[names.ducat] = …`, is told by its value.
package struct TableLines: Sendable {
  private indirect enum Key: Sendable, Equatable {
    case value(TracedValue)
    /// Computed; the value's first literal tells it from others.
    case computed(TracedValue)
  }

  private struct Node: Sendable {
    var line: Int
    var children: [(key: Key, node: Node)] = []
  }

  private var root = Node(line: 1)

  /// The lines of `source`. O(size).
  package init(source: [UInt8]) {
    var reader = ConstructorReader(LuaTokens(source).list)
    root = reader.root() ?? root
  }

  /// The line, from 1, at which the value behind `keys` stands, whose text is `value`; of keys that aren't found, that
  /// of those that are. Nil when not even the first is. O(keys · entries).
  package func line(of keys: [TracedValue], value: TracedValue) -> Int? {
    var node = root
    var line: Int?
    for (place, key) in keys.enumerated() {
      let isLast = place == keys.count - 1
      guard let next = child(of: node, key, isLast ? value : .none) else { break }
      node = next
      line = next.line
    }
    return line
  }

  /// The keys that are texts and stand in the same table as the value behind `keys`, in their order. O(keys · entries).
  package func siblings(of keys: [TracedValue]) -> [String] {
    var node = root
    for key in keys.dropLast() {
      guard let next = child(of: node, key, .none) else { return [] }
      node = next
    }
    return node.children.compactMap { if case .value(.text(let text)) = $0.key { text } else { nil } }
  }

  private func child(of node: Node, _ key: TracedValue, _ value: TracedValue) -> Node? {
    if let found = node.children.last(where: { $0.key == .value(key) }) { return found.node }
    let computed = node.children.filter { if case .computed = $0.key { true } else { false } }
    return (computed.first { $0.key == .computed(value) } ?? computed.first)?.node
  }

  /// Reads what a file returns out of its tokens.
  private struct ConstructorReader {
    private let tokens: [LuaToken]
    private var place = 0

    init(_ tokens: [LuaToken]) { self.tokens = tokens }

    /// The table behind the last `return`, or the one that the local it names begins with and is given later.
    mutating func root() -> Node? {
      guard let start = tokens.lastIndex(where: { $0.isName("return") }), start + 1 < tokens.count else { return nil }
      if tokens[start + 1].isSign("{") {
        place = start + 1
        return constructor()
      }
      guard case .name(let local) = tokens[start + 1].kind else { return nil }
      var node = Node(line: tokens[start + 1].line)
      for index in tokens.indices where tokens[index].isName(local) && index < start {
        if index > 0, tokens[index - 1].isName("local"), at(index + 1).isSign("="), at(index + 2).isSign("{") {
          place = index + 2
          node.children += constructor().children
        } else if at(index + 1).isSign("."), case .name(let field) = at(index + 2).kind {
          let isFunction = index > 0 && tokens[index - 1].isName("function")
          guard isFunction || at(index + 3).isSign("=") else { continue }
          var child = Node(line: tokens[index].line)
          if !isFunction, at(index + 4).isSign("{") {
            place = index + 4
            child.children = constructor().children
          }
          node.children.append((.value(.text(field)), child))
        }
      }
      return node
    }

    private func at(_ index: Int) -> LuaToken {
      index < tokens.count ? tokens[index] : LuaToken(kind: .sign("end"), line: 0)
    }

    /// The constructor whose brace is the next token.
    private mutating func constructor() -> Node {
      var node = Node(line: at(place).line)
      var position = 0
      place += 1
      while place < tokens.count, !at(place).isSign("}") {
        if at(place).isSign(",") || at(place).isSign(";") {
          place += 1
          continue
        }
        let line = at(place).line
        var key = keyBeforeValue()
        let start = place
        var child = at(place).isSign("{") ? constructor() : Node(line: line)
        child.line = line
        skipExpression()
        if key == nil {
          position += 1
          key = .value(.number(String(position)))
        } else if key == .computed(.none) {
          key = .computed(tokens[start..<min(place, tokens.count)].lazy.compactMap(\.literal).first ?? .none)
        }
        if let key { node.children.append((key, child)) }
      }
      place += 1
      return node
    }

    /// Passes `name =` or `[…] =`; nil when the next is no key.
    private mutating func keyBeforeValue() -> Key? {
      if case .name(let name) = at(place).kind, at(place + 1).isSign("="), !at(place + 2).isSign("=") {
        place += 2
        return .value(.text(name))
      }
      guard at(place).isSign("[") else { return nil }
      let literal = at(place + 2).isSign("]") ? at(place + 1).literal : nil
      while place < tokens.count, !at(place).isSign("]") { place += 1 }
      place += 2
      return literal.map { .value($0) } ?? .computed(.none)
    }

    /// Passes the rest of a value: up to what separates it from the next, outside of brackets and blocks.
    private mutating func skipExpression() {
      var depth = 0
      while place < tokens.count {
        let token = at(place)
        if depth == 0, token.isSign(",") || token.isSign(";") || token.isSign("}") { return }
        depth += token.opens ? 1 : token.closes ? -1 : 0
        place += 1
      }
    }
  }
}

extension LuaToken {
  fileprivate var opens: Bool {
    switch kind {
    case .sign("{"), .sign("("), .sign("["), .name("function"), .name("if"), .name("do"), .name("repeat"): true
    default: false
    }
  }

  fileprivate var closes: Bool {
    switch kind {
    case .sign("}"), .sign(")"), .sign("]"), .name("end"), .name("until"): true
    default: false
    }
  }

  fileprivate var literal: TracedValue? {
    switch kind {
    case .text(let text): .text(text)
    case .number(let text): .number(text)
    case .name("true"): .boolean(true)
    case .name("false"): .boolean(false)
    default: nil
    }
  }
}

extension TableLines {
  /// The texts that stand in a file, in their order, then the names of keys, each as often as it stands there. O(size).
  package static func words(source: [UInt8]) -> [String] {
    let tokens = LuaTokens(source).list
    let texts = tokens.compactMap { if case .text(let text) = $0.kind { text } else { nil } }
    let names = tokens.indices.compactMap { place -> String? in
      guard case .name(let name) = tokens[place].kind, place + 1 < tokens.count, tokens[place + 1].isSign("="),
        place == 0 || !tokens[place - 1].isName("local")
      else { return nil }
      return name
    }
    return texts + names
  }
}
