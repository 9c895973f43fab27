internal import Core

/// Finds written-out names of fields that no schema declares and no policy or module has: they read as nil.
struct UndeclaredNames {
  /// What is known of the values.
  let inference: ShapeInference

  /// Every such name. O(nodes).
  var findings: [SourceFinding] {
    var findings: [SourceFinding] = []
    // A metatable can give names that nothing written here shows.
    if inference.source.mentions("setmetatable") { return [] }
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
  /// Whether a file that isn't for specs names this global.
  func mentions(_ global: String) -> Bool {
    files.contains { file in
      !file.path.isForSpecs
        && file.tree.nodes.contains { if case .name(global, local: nil) = $0.kind { true } else { false } }
    }
  }
}

extension LuaTree {
  /// The nodes that are assigned to.
  var targets: Set<Place> {
    Set(nodes.flatMap { if case .assignment(let targets, _) = $0.kind { targets } else { [Place]() } })
  }
}
