internal import Core

/// Holds the refusals that decisions give, as far as their codes are written out, against those that they declare.
struct DeclaredRefusals {
  /// The functions that each decision reaches.
  let calls: DeclaredCalls

  private typealias FunctionPlace = RulebookSource.FunctionPlace
  private typealias Given = (code: String, offset: Int)

  /// Every refusal whose code a decision gives and doesn't declare. O(decisions · nodes).
  var findings: [SourceFinding] {
    let source = calls.inference.source
    let makers = makers
    return calls.reached.flatMap { decision, functions -> [SourceFinding] in
      guard let refusals = decision.refusals else { return [] }
      let known = refusals.map(\.code)
      return source.files.indices.flatMap { file -> [SourceFinding] in
        given(in: file, by: functions, makers).filter { given in !known.contains { $0.isSame(as: given.code) } }.map {
          let suggestion = NearestName.suggestion(for: $0.code, in: known)
          let advice = suggestion.isEmpty ? "; add \"\($0.code)\" there" : suggestion
          return SourceFinding(
            code: .undeclaredRefusal, file: source.files[file], offset: $0.offset,
            text: "\(decision.name) refuses as '\($0.code)', which its 'refusals' doesn't name" + advice)
        }
      }
    }
  }

  /// Functions that make a refusal of one of their parameters, such as `rules.refuse`, with its position.
  private var makers: [FunctionPlace: Int] {
    var found: [FunctionPlace: Int] = [:]
    let source = calls.inference.source
    for (file, content) in source.files.enumerated() where !content.path.isForSpecs {
      for (place, node) in content.tree.nodes.enumerated() {
        guard let code = code(place, in: file), case .name(_, local: let local?) = content.tree.nodes[code].kind,
          case .parameter(of: let function, position: let position) = content.tree.locals[local].origin,
          function == node.function
        else { continue }
        found[FunctionPlace(file: file, function: function)] = position
      }
    }
    return found
  }

  private func given(in file: Int, by functions: Set<FunctionPlace>, _ makers: [FunctionPlace: Int]) -> [Given] {
    let source = calls.inference.source
    let tree = source.files[file].tree
    return tree.nodes.enumerated().compactMap { place, node in
      guard functions.contains(FunctionPlace(file: file, function: node.function)) else { return nil }
      var written = code(place, in: file)
      if case .call(let callee, let arguments) = node.kind, let function = source.function(callee, in: file),
        let position = makers[function], position < arguments.count
      {
        written = arguments[position]
      }
      return written.flatMap { code in tree.text(of: code).map { ($0, tree.nodes[code].range.lowerBound) } }
    }
  }

  /// The value of `code` in a table that has a `message`, too.
  private func code(_ place: Int, in file: Int) -> Int? {
    let tree = calls.inference.source.files[file].tree
    guard case .table(let entries) = tree.nodes[place].kind else { return nil }
    let named = entries.compactMap { entry in entry.key.flatMap { tree.text(of: $0) }.map { ($0, entry.value) } }
    guard named.contains(where: { $0.0 == "message" }) else { return nil }
    return named.first { $0.0 == "code" }?.1
  }
}
