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
    var reader = ConstructorReader(PlacedToken.tokens(of: source))
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
    private let tokens: [PlacedToken]
    private var place = 0

    init(_ tokens: [PlacedToken]) { self.tokens = tokens }

    /// The table behind the last `return`, or the one that the local it names begins with and is given later.
    mutating func root() -> Node? {
      guard let start = tokens.lastIndex(where: { $0.isWord("return") }), start + 1 < tokens.count else { return nil }
      if tokens[start + 1].isWord("{") {
        place = start + 1
        return constructor()
      }
      guard let local = tokens[start + 1].name else { return nil }
      var node = Node(line: tokens[start + 1].line)
      for index in tokens.indices where tokens[index].name?.isSame(as: local) == true && index < start {
        if index > 0, tokens[index - 1].isWord("local"), at(index + 1).isWord("="), at(index + 2).isWord("{") {
          place = index + 2
          node.children += constructor().children
        } else if at(index + 1).isWord("."), let field = at(index + 2).name {
          let isFunction = index > 0 && tokens[index - 1].isWord("function")
          guard isFunction || at(index + 3).isWord("=") else { continue }
          var child = Node(line: tokens[index].line)
          if !isFunction, at(index + 4).isWord("{") {
            place = index + 4
            child.children = constructor().children
          }
          node.children.append((.value(.text(field)), child))
        }
      }
      return node
    }

    private func at(_ index: Int) -> PlacedToken { index < tokens.count ? tokens[index] : .end }

    /// The constructor whose brace is the next token.
    private mutating func constructor() -> Node {
      var node = Node(line: at(place).line)
      var position = 0
      place += 1
      while place < tokens.count, !at(place).isWord("}") {
        if at(place).isWord(",") || at(place).isWord(";") {
          place += 1
          continue
        }
        let line = at(place).line
        var key = keyBeforeValue()
        let start = place
        var child = at(place).isWord("{") ? constructor() : Node(line: line)
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
      if let name = at(place).name, at(place + 1).isWord("=") {
        place += 2
        return .value(.text(name))
      }
      guard at(place).isWord("[") else { return nil }
      let literal = at(place + 2).isWord("]") ? at(place + 1).literal : nil
      while place < tokens.count, !at(place).isWord("]") { place += 1 }
      place += 2
      return literal.map { .value($0) } ?? .computed(.none)
    }

    /// Passes the rest of a value: up to what separates it from the next, outside of brackets and blocks.
    private mutating func skipExpression() {
      var depth = 0
      while place < tokens.count {
        let token = at(place)
        if depth == 0, token.isWord(",") || token.isWord(";") || token.isWord("}") { return }
        depth += token.opens ? 1 : token.closes ? -1 : 0
        place += 1
      }
    }
  }
}

/// A word of a source with its line.
private struct PlacedToken: Sendable {
  static let end = PlacedToken(token: LuaToken(kind: .end, text: "", range: 0..<0), line: 0)

  let token: LuaToken
  /// Where it begins, from 1.
  let line: Int

  /// The words of `source`; none when it is no Lua. O(size).
  static func tokens(of source: [UInt8]) -> [PlacedToken] {
    guard let tokens = try? LuaLexer.tokens(of: source) else { return [] }
    var line = 1
    var place = 0
    return tokens.map { token in
      line += source[place..<token.range.lowerBound].lazy.filter { $0 == UInt8(ascii: "\n") }.count
      place = token.range.lowerBound
      return PlacedToken(token: token, line: line)
    }
  }

  func isWord(_ text: String) -> Bool { token.isWord(text) }

  var name: String? { token.kind == .name ? token.text : nil }

  var string: String? { if case .string(let text) = token.kind { text } else { nil } }

  var opens: Bool { ["{", "(", "[", "function", "if", "do", "repeat"].contains { isWord($0) } }

  var closes: Bool { ["}", ")", "]", "end", "until"].contains { isWord($0) } }

  var literal: TracedValue? {
    if token.kind == .number { return .number(token.text) }
    if isWord("true") || isWord("false") { return .boolean(isWord("true")) }
    return string.map { .text($0) }
  }
}

extension TableLines {
  /// The texts that stand in a file, in their order, then the names of keys, each as often as it stands there. O(size).
  package static func words(source: [UInt8]) -> [String] {
    let tokens = PlacedToken.tokens(of: source)
    let texts = tokens.compactMap(\.string)
    let names = tokens.indices.compactMap { place -> String? in
      guard let name = tokens[place].name, place + 1 < tokens.count, tokens[place + 1].isWord("="),
        place == 0 || !tokens[place - 1].isWord("local")
      else { return nil }
      return name
    }
    return texts + names
  }
}
