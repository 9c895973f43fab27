internal import Core

/// Holds the tables that decisions return, as far as they are written out, against the output that they declare.
struct ReturnedValues {
  /// What is known of the values.
  let inference: ShapeInference

  /// Every result that can't be one, and every refusal that is none. O(decisions · nodes).
  var findings: [SourceFinding] {
    inference.decisions.flatMap { decision, place -> [SourceFinding] in
      let file = inference.source.files[place.file]
      return file.tree.nodes.flatMap { node -> [SourceFinding] in
        guard node.function == place.function, case .returning(let values) = node.kind else { return [] }
        return troubles(values, of: decision, in: file.tree).map { offset, text in
          SourceFinding(code: .invalidResult, file: file, offset: offset, text: "\(decision.name): " + text)
        }
      }
    }
  }

  private typealias Trouble = (offset: Int, text: String)

  private func troubles(_ values: [Int], of decision: DecisionDefinition, in tree: LuaTree) -> [Trouble] {
    guard let first = values.first else { return [] }
    switch tree.nodes[first].kind {
    case .table(let entries): return result(entries, at: first, decision.output, in: tree)
    case .constant(.null) where values.count > 1: return refusal(values[1], in: tree)
    case .constant(.null):
      return [(tree.nodes[first].range.lowerBound, "a refusal needs its reason: return nil, { code = …, message = … }")]
    case .constant(.string), .constant(.number), .constant(.boolean):
      return [(tree.nodes[first].range.lowerBound, "a result is a table of its output's fields")]
    default: return []
    }
  }

  private func result(
    _ entries: [LuaTree.Entry], at table: Int, _ output: RecordSchema, in tree: LuaTree
  ) -> [Trouble] {
    let names = output.fields.map(\.name)
    var troubles: [Trouble] = []
    var given: [String] = []
    for entry in entries {
      guard let key = entry.key else {
        troubles.append((tree.nodes[entry.value].range.lowerBound, "this value of the result has no name"))
        continue
      }
      // What isn't written out may be any of them.
      guard let name = tree.text(of: key) else { return [] }
      given.append(name)
      let offset = tree.nodes[key].range.lowerBound
      guard let field = output.fields.first(where: { $0.name.isSame(as: name) }) else {
        troubles.append((offset, "its output declares no '\(name)'" + NearestName.advice(for: name, in: names)))
        continue
      }
      if let text = Literal(entry.value, in: tree)?.clash(with: field.schema.value) {
        troubles.append((tree.nodes[entry.value].range.lowerBound, "the result's '\(name)' is \(text)"))
      }
    }
    let required = output.fields.filter { !$0.schema.isOptional && $0.schema.defaultValue == nil }
    for field in required where !given.contains(where: { $0.isSame(as: field.name) }) {
      let offset = tree.nodes[table].range.lowerBound
      // A misspelled name has been told already.
      if troubles.isEmpty {
        troubles.append((offset, "the result lacks '\(field.name)'; give it, or declare it optional"))
      }
    }
    return troubles
  }

  private func refusal(_ place: Int, in tree: LuaTree) -> [Trouble] {
    let offset = tree.nodes[place].range.lowerBound
    let form = "a refusal is a table: { code = \"too_late\", message = \"…\" }"
    switch tree.nodes[place].kind {
    case .constant: return [(offset, form)]
    case .table(let entries):
      let names = entries.compactMap { $0.key.flatMap { tree.text(of: $0) } }
      return names.contains("code") && names.contains("message") ? [] : [(offset, form)]
    default: return []
    }
  }
}
