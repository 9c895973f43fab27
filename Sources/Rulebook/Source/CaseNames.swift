internal import Core

/// Finds written-out names that no case of a file has, where a spec goes through its cases: they read as nil, and an
/// assertion that compares two of them holds.
struct CaseNames {
  /// The sources that are searched.
  let source: RulebookSource
  /// The cases by the paths of their files.
  let cases: [ExactText: CaseFile]

  /// Every such name. O(nodes).
  var findings: [SourceFinding] {
    if cases.isEmpty { return [] }
    return source.files.filter { $0.path.role == .spec }.flatMap { file in
      let shapes = shapes(in: file)
      return file.tree.nodes.enumerated().compactMap { place, node -> SourceFinding? in
        guard case .index(let base, let key) = node.kind, let name = file.tree.text(of: key),
          case .absent(let names, of: let what) = shapes[base].member(name)
        else { return nil }
        return SourceFinding(
          code: .undeclaredName, file: file, offset: file.tree.nodes[key].range.lowerBound,
          text: "\(what) has no '\(name)', so it reads as nil" + UndeclaredNames.advice(name, names))
      }
    }
  }

  /// The shapes of cases and of what they hold; all else has none.
  private func shapes(in file: RulebookSource.File) -> [Shape] {
    let tree = file.tree
    let sources = sourcesOfParameters(tree)
    var shapes = [Shape](repeating: .unknown, count: tree.nodes.count)
    for (place, node) in tree.nodes.enumerated() {
      switch node.kind {
      case .parentheses(let inner): shapes[place] = shapes[inner]
      case .call:
        if let path = file.cases(readAt: place), let cases = cases[ExactText(path)] {
          shapes[place] = .data([.array(cases.rows)], of: path)
        }
      case .name(_, local: let local?) where !tree.locals[local].isReassigned:
        switch tree.locals[local].origin {
        case .value(let value): shapes[place] = shapes[value]
        case .parameter(of: let function, position: 0):
          if let rows = sources[function] { shapes[place] = shapes[rows].element }
        case .loop(let values, position: 1):
          if values.count == 1, let rows = tree.argument(of: "ipairs", at: values[0]) {
            shapes[place] = shapes[rows].element
          }
        default: break
        }
      case .index(let base, let key):
        if let name = tree.text(of: key), case .shape(let shape) = shapes[base].member(name) { shapes[place] = shape }
      default: break
      }
    }
    return shapes
  }

  /// For each function that `each` calls, the rows that it is called with.
  private func sourcesOfParameters(_ tree: LuaTree) -> [Int: LuaTree.Place] {
    var sources: [Int: LuaTree.Place] = [:]
    for (place, node) in tree.nodes.enumerated() {
      guard case .call(_, let arguments) = node.kind, arguments.count == 2,
        let rows = tree.argument(of: "each", at: place), case .function(let function) = tree.nodes[arguments[1]].kind
      else { continue }
      sources[function] = rows
    }
    return sources
  }
}

extension LuaTree {
  /// The first argument of a call of this global; nil when the node is none.
  fileprivate func argument(of global: String, at place: Place) -> Place? {
    guard case .call(let callee, let arguments) = nodes[place].kind, case .name(global, local: nil) = nodes[callee].kind
    else { return nil }
    return arguments.first
  }
}

extension RulebookSource.File {
  /// The path of the file of cases that a call of `cases` reads; nil when the node is none that says so.
  func cases(readAt place: LuaTree.Place) -> String? {
    guard let argument = tree.argument(of: "cases", at: place), let name = tree.text(of: argument) else { return nil }
    return path.folderPath + name
  }
}

extension RulebookPath {
  /// The path of the folder that the file stands in, with a slash at its end.
  var folderPath: String { path.lastPlace(of: "/").map { String(path[...$0]) } ?? "" }
}
