internal import Core

/// Finds the shape of every expression of a rulebook, as far as it follows from schemas and policies.
///
/// A value keeps its shape on the way through locals that are never reassigned, loops over lists, and the parameters of
/// functions whose every call is in sight. Whatever goes another way has no shape.
struct ShapeInference {
  /// The sources that shapes are inferred from.
  let source: RulebookSource
  /// The functions of decisions.
  let decisions: [(decision: DecisionDefinition, place: RulebookSource.FunctionPlace)]
  /// What modules returned, by path.
  let modules: [String: JSON]
  /// For each file the shape of each node.
  private(set) var shapes: [[Shape]] = []

  private typealias FunctionPlace = RulebookSource.FunctionPlace
  // What arrives at each parameter, as far as calls were seen.
  private var parameters: [FunctionPlace: [Shape?]] = [:]
  private var opaque: Set<FunctionPlace> = []
  // Where calls may be that aren't in sight.
  private let openScopes: Set<String>
  // Files that may give values names which nothing written here shows.
  private let hidden: Set<Int>

  /// Shapes settle after as many rounds as calls are nested; what goes on for longer has none.
  private static let rounds = 12

  /// The shapes in `source`, in which files of `openScopes` are missing; "" stands for policies and the library.
  /// O(nodes · rounds).
  init(
    _ source: RulebookSource, _ decisions: [(decision: DecisionDefinition, place: RulebookSource.FunctionPlace)],
    modules: [String: JSON], openScopes: Set<String> = []
  ) {
    self.source = source
    // What is wrong in one plugin may call the library, which everybody may.
    self.openScopes = openScopes.isEmpty ? [] : openScopes.union([""])
    hidden = source.files(reaching: "setmetatable")
    self.decisions = decisions
    self.modules = modules
    findOpaque()
    for _ in 0..<Self.rounds {
      shapes = source.files.indices.map { pass(over: $0) }
      let next = arriving()
      if next == parameters { return }
      parameters = next
    }
    parameters = roots()
    shapes = source.files.indices.map { pass(over: $0) }
  }

  // MARK: Parameters

  private func roots() -> [FunctionPlace: [Shape?]] {
    var found: [FunctionPlace: [Shape?]] = [:]
    for (decision, place) in decisions {
      let input = Shape.fields([FieldSchema(.record(decision.input))], of: "the input of \(decision.name)")
      let known = found[place]?.first.flatMap(\.self)
      found[place] = [known?.joined(input) ?? input, .host]
    }
    return found
  }

  /// Functions that are also used otherwise than by calls in sight: what they get can't be told.
  private mutating func findOpaque() {
    for (file, content) in source.files.enumerated() where !content.path.isForSpecs {
      for (place, node) in content.tree.nodes.enumerated() {
        switch node.kind {
        case .name, .index: break
        default: continue
        }
        let parent = content.parents[place] < 0 ? nil : content.tree.nodes[content.parents[place]].kind
        if let function = source.function(place, in: file), !isPlainUse(place, parent, function) {
          opaque.insert(function)
        } else if let module = source.module(place, in: file), !isPlainUse(ofModule: place, parent, file) {
          let values = source.files[module].exports.values.joined()
          opaque.formUnion(values.compactMap { source.function($0, in: module) })
        }
      }
    }
  }

  private func isPlainUse(_ place: Int, _ parent: LuaTree.Kind?, _ function: FunctionPlace) -> Bool {
    switch parent {
    case .call(let callee, _): callee == place
    case .assignment(let targets, _): targets.contains(place)
    // A decision's own function; elsewhere in a table it goes out of sight.
    case .table: decisions.contains { $0.place == function }
    case .local: true
    default: false
    }
  }

  private func isPlainUse(ofModule place: Int, _ parent: LuaTree.Kind?, _ file: Int) -> Bool {
    switch parent {
    case .index(let base, let key): base == place && source.files[file].tree.text(of: key) != nil
    case .local, nil: true
    case .returning: source.files[file].tree.result == place
    default: false
    }
  }

  /// What the calls bring to each parameter, by the shapes of this round.
  private func arriving() -> [FunctionPlace: [Shape?]] {
    var found = roots()
    for (file, content) in source.files.enumerated() where !content.path.isForSpecs {
      for node in content.tree.nodes {
        guard case .call(let callee, let arguments) = node.kind, let function = source.function(callee, in: file) else {
          continue
        }
        let count = source.files[function.file].tree.functions[function.function].parameters.count
        var list = found[function] ?? []
        for position in 0..<count {
          while list.count <= position { list.append(nil) }
          // The last argument may be several, and what follows it is not written here.
          let shape = position < arguments.count ? shapes[file][arguments[position]] : .unknown
          list[position] = list[position]?.joined(shape) ?? shape
        }
        found[function] = list
      }
    }
    return found
  }

  // MARK: Expressions

  private func pass(over file: Int) -> [Shape] {
    let tree = source.files[file].tree
    var shapes = [Shape](repeating: .unknown, count: tree.nodes.count)
    for (place, node) in tree.nodes.enumerated() {
      switch node.kind {
      case .parentheses(let inner): shapes[place] = shapes[inner]
      case .name(_, local: let local?): shapes[place] = shape(of: local, in: file, shapes)
      case .call: shapes[place] = shape(ofModule: place, in: file)
      case .binary("or", let left, let right): shapes[place] = tree.alternative(left, right, shapes)
      case .binary("and", _, let right): shapes[place] = shapes[right]
      case .index(let base, let key):
        if let name = tree.text(of: key) {
          if case .shape(let shape) = shapes[base].member(name) { shapes[place] = shape }
        } else {
          shapes[place] = shapes[base].element
        }
      default: break
      }
    }
    return shapes
  }

  private func shape(ofModule place: Int, in file: Int) -> Shape {
    guard let module = source.module(place, in: file), !hidden.contains(file), !hidden.contains(module) else {
      return .unknown
    }
    let path = source.files[module].path.path
    return modules[path].map { .data([$0], of: path) } ?? .unknown
  }

  private func shape(of local: Int, in file: Int, _ shapes: [Shape]) -> Shape {
    let tree = source.files[file].tree
    let variable = tree.locals[local]
    guard !variable.isReassigned else { return .unknown }
    switch variable.origin {
    case .value(let place): return shapes[place]
    case .loop(let values, position: 1):
      guard values.count == 1, case .call(let callee, let arguments) = tree.nodes[values[0]].kind,
        arguments.count == 1, case .name(let name, local: nil) = tree.nodes[callee].kind,
        name == "ipairs" || name == "pairs"
      else { return .unknown }
      return shapes[arguments[0]].element
    case .parameter(of: let function, position: let position):
      return shape(ofParameter: position, of: FunctionPlace(file: file, function: function))
    default: return .unknown
    }
  }

  /// The shape of a function's parameter, counted from 0.
  func shape(ofParameter position: Int, of function: RulebookSource.FunctionPlace) -> Shape {
    let isRoot = decisions.contains { $0.place == function }
    guard let list = parameters[function], position < list.count, isRoot || !opaque.contains(function) else {
      return .unknown
    }
    let shape = list[position] ?? .unknown
    let isOpen = hidden.contains(function.file) || openScopes.contains(source.files[function.file].path.scope)
    return isOpen && shape != .host ? .unknown : shape
  }
}

extension LuaTree {
  /// The shape of `left or right`: of an empty table nothing but what is put into it later can be read.
  fileprivate func alternative(_ left: Place, _ right: Place, _ shapes: [Shape]) -> Shape {
    switch nodes[bare(right)].kind {
    case .table(let entries) where entries.isEmpty: shapes[left]
    case .constant(.null), .constant(.boolean(false)): shapes[left]
    default: shapes[left].joined(shapes[right])
    }
  }
}
