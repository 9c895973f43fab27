internal import Core

/// The sources of a rulebook, read for what they say before anything of them runs.
struct RulebookSource {
  /// A function of one of the files.
  struct FunctionPlace: Hashable {
    var file: Int
    var function: Int
  }

  /// One parsed file of the rulebook.
  struct File {
    /// The path within the rulebook.
    var path: RulebookPath
    /// The parsed content of the file.
    var tree: LuaTree
    /// The node around each node; -1 for those that nothing but a block is around.
    var parents: [Int]
    /// What it returns by name, as the places of what is assigned to each name.
    var exports: [String: [LuaTree.Place]]
    /// The local of the table that it returns.
    var exportedLocal: Int?
  }

  /// The files that could be read, sorted by path.
  private(set) var files: [File] = []
  private var places: [String: Int] = [:]

  /// The sources of `snapshot`; a file that can't be read is left out, as nothing can be said about it. O(bytes).
  init(_ snapshot: RulebookSnapshot) {
    for path in snapshot.paths.compactMap(RulebookPath.init) where path.role != .cases {
      guard let source = snapshot.files[path.path], let tree = try? LuaParser.parse(source) else { continue }
      places[Self.key(path.scope, path.module)] = files.count
      var file = File(path: path, tree: tree, parents: tree.parents, exports: [:])
      file.findExports()
      files.append(file)
    }
  }

  private static func key(_ scope: String, _ module: String) -> String { scope + "\u{0}" + module }

  /// The file that `require(name)` gives in a file of this scope; nil when it gives none that could be read.
  func file(required name: String, in scope: String) -> Int? {
    if let file = places[Self.key("", name)] ?? places[Self.key(scope, name)] { return file }
    for prefix in ["plugins.\(scope).", "\(scope)."] {
      if let rest = name.rest(behind: prefix) { return places[Self.key(scope, String(rest))] }
    }
    return nil
  }

  /// The file that an expression is the module of; nil when it is none that can be told.
  func module(_ place: LuaTree.Place, in file: Int, depth: Int = 0) -> Int? {
    let tree = files[file].tree
    let place = tree.bare(place)
    if let name = tree.required(by: place) { return self.file(required: name, in: files[file].path.scope) }
    guard depth < Self.deepest, case .name(_, local: let local?) = tree.nodes[place].kind else { return nil }
    if local == files[file].exportedLocal { return file }
    guard !tree.locals[local].isReassigned, case .value(let value) = tree.locals[local].origin else { return nil }
    return module(value, in: file, depth: depth + 1)
  }

  /// The function that an expression is; nil when that can't be told.
  func function(_ place: LuaTree.Place, in file: Int, depth: Int = 0) -> FunctionPlace? {
    let tree = files[file].tree
    guard depth < Self.deepest else { return nil }
    switch tree.nodes[place].kind {
    case .function(let function): return FunctionPlace(file: file, function: function)
    case .parentheses(let inner): return function(inner, in: file, depth: depth + 1)
    case .name(_, local: let local?) where !tree.locals[local].isReassigned:
      switch tree.locals[local].origin {
      case .function(let function): return FunctionPlace(file: file, function: function)
      case .value(let value): return function(value, in: file, depth: depth + 1)
      default: return nil
      }
    case .index(let base, let key):
      guard let name = tree.text(of: key), let other = module(base, in: file, depth: depth),
        let values = files[other].exports[name], values.count == 1
      else { return nil }
      return function(values[0], in: other, depth: depth + 1)
    default: return nil
    }
  }

  /// The table constructor that an expression is; nil when that can't be told.
  func table(_ place: LuaTree.Place, in file: Int) -> [LuaTree.Entry]? {
    let tree = files[file].tree
    var place = tree.bare(place)
    for _ in 0..<Self.deepest {
      switch tree.nodes[place].kind {
      case .table(let entries): return entries
      case .name(_, local: let local?):
        guard !tree.locals[local].isReassigned, case .value(let value) = tree.locals[local].origin else { return nil }
        place = tree.bare(value)
      default: return nil
      }
    }
    return nil
  }

  /// The place of the value that a table gives a name; nil when it gives none.
  func value(of name: String, in entries: [LuaTree.Entry], of file: Int) -> LuaTree.Place? {
    entries.last { $0.key.flatMap { files[file].tree.text(of: $0) } == name }?.value
  }

  /// A name that means a name that means a name …
  private static let deepest = 20

  /// The functions that `plugin.lua` files give their decisions, where that can be told.
  func functions(of decisions: [DecisionDefinition]) -> [(decision: DecisionDefinition, place: FunctionPlace)] {
    decisions.compactMap { decision in
      guard let file = places[Self.key(decision.plugin, "plugin")], let result = files[file].tree.result,
        let plugin = table(result, in: file),
        let list = value(of: "decisions", in: plugin, of: file).flatMap({ table($0, in: file) }),
        let entries = value(of: decision.name, in: list, of: file).flatMap({ table($0, in: file) }),
        let decide = value(of: "decide", in: entries, of: file), let place = function(decide, in: file)
      else { return nil }
      return (decision, place)
    }
  }
}

extension RulebookSource.File {
  /// Fills ``exports``: what is assigned to names of the table that the file returns.
  fileprivate mutating func findExports() {
    guard let result = tree.result.map({ tree.bare($0) }) else { return }
    if case .name(_, local: let local?) = tree.nodes[result].kind, !tree.locals[local].isReassigned {
      exportedLocal = local
      if case .value(let value) = tree.locals[local].origin { export(tree.bare(value)) }
    } else {
      export(result)
    }
    guard let exportedLocal else { return }
    for node in tree.nodes {
      guard case .assignment(let targets, let values) = node.kind else { continue }
      for (position, target) in targets.enumerated() {
        guard case .index(let base, let key) = tree.nodes[target].kind, let name = tree.text(of: key),
          case .name(_, local: exportedLocal) = tree.nodes[base].kind, position < values.count
        else { continue }
        exports[name, default: []].append(values[position])
      }
    }
  }

  private mutating func export(_ place: LuaTree.Place) {
    guard case .table(let entries) = tree.nodes[place].kind else { return }
    for entry in entries {
      if let name = entry.key.flatMap({ tree.text(of: $0) }) { exports[name, default: []].append(entry.value) }
    }
  }
}

extension LuaTree {
  /// The node around each node; -1 where a block is what is around it. O(nodes).
  var parents: [Int] {
    var parents = [Int](repeating: -1, count: nodes.count)
    for (place, node) in nodes.enumerated() {
      for child in node.kind.operands { parents[child] = place }
    }
    return parents
  }
}

extension LuaTree.Kind {
  /// The nodes that this one is made of; what stands in the block of a function or a statement is not among them.
  var operands: [LuaTree.Place] {
    switch self {
    case .constant, .vararg, .function, .name, .loop, .other: []
    case .index(let base, let key): [base, key]
    case .call(let callee, let arguments): [callee] + arguments
    case .method(let receiver, _, let arguments): [receiver] + arguments
    case .table(let entries): entries.flatMap { [$0.key, $0.value].compactMap(\.self) }
    case .binary(_, let left, let right): [left, right]
    case .unary(_, let operand), .parentheses(let operand), .callStatement(let operand), .condition(let operand):
      [operand]
    case .local(_, let values), .returning(let values): values
    case .assignment(let targets, let values): targets + values
    }
  }
}
