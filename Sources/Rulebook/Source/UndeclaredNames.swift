internal import Core

/// Finds written-out names of fields that no schema declares and no policy or module has: they read as nil.
struct UndeclaredNames {
  /// What is known of the values.
  let inference: ShapeInference

  /// Every such name. O(nodes).
  var findings: [SourceFinding] {
    var findings: [SourceFinding] = []
    for (file, content) in inference.source.files.enumerated() where !content.path.isForSpecs {
      let targets = content.tree.targets
      for (place, node) in content.tree.nodes.enumerated() {
        guard case .index(let base, let key) = node.kind, !targets.contains(place),
          let name = content.tree.text(of: key),
          case .absent(let names, of: let what) = inference.shapes[file][base].member(name)
        else { continue }
        let offset = content.tree.nodes[key].range.lowerBound
        let text = "\(what) has no '\(name)', so it reads as nil" + Self.advice(name, names)
        findings.append(SourceFinding(code: .undeclaredName, file: content, offset: offset, text: text))
      }
    }
    return findings
  }

  private static let shown = 8

  /// The name that was probably meant, or what there is.
  static func advice(_ name: String, _ names: [String]) -> String {
    let suggestion = NearestName.suggestion(for: name, in: names)
    if !suggestion.isEmpty { return suggestion }
    if names.isEmpty { return "; it has no names at all" }
    let unique = Set(names.map { ExactText($0) }).sorted().map(\.text)
    return "; it has " + unique.prefix(shown).joined(separator: ", ") + (unique.count > shown ? ", …" : "")
  }
}

extension RulebookSource {
  /// The files that name this global, and those that require one of them, through others or not. O(files · nodes).
  func files(reaching global: String) -> Set<Int> {
    var found = Set(files.indices.filter { !files[$0].tree.uses(of: global).isEmpty })
    if found.isEmpty { return found }
    let required = files.map { file in
      let names = file.tree.nodes.indices.compactMap { file.tree.required(by: $0) }
      return Set(names.compactMap { self.file(required: $0, in: file.path.scope) })
    }
    while case let more = files.indices.filter({ !found.contains($0) && !found.isDisjoint(with: required[$0]) }),
      !more.isEmpty
    {
      found.formUnion(more)
    }
    return found
  }
}

extension LuaTree {
  /// The nodes that name this global. O(nodes).
  func uses(of global: String) -> [Place] {
    nodes.indices.filter { if case .name(global, local: nil) = nodes[$0].kind { true } else { false } }
  }

  /// The nodes that are assigned to.
  var targets: Set<Place> {
    Set(nodes.flatMap { if case .assignment(let targets, _) = $0.kind { targets } else { [Place]() } })
  }
}
