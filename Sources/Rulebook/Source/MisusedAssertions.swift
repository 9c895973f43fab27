internal import Core

/// Finds assertions that want a function and are given what a call has made: the call fails before they see it.
struct MisusedAssertions {
  /// The sources that are searched.
  let source: RulebookSource

  /// Which argument, from 0, of which word is the function.
  private static let functions = ["has_error": 0, "has_no_error": 0, "refused": 1]

  /// Every such assertion. O(nodes).
  var findings: [SourceFinding] {
    source.files.filter { $0.path.role == .spec }.flatMap { file in
      file.tree.nodes.compactMap { node -> SourceFinding? in
        guard case .call(let callee, let arguments) = node.kind,
          case .index(let base, let key) = file.tree.nodes[callee].kind,
          case .name("assert", local: nil) = file.tree.nodes[base].kind,
          let word = file.tree.text(of: key), let position = Self.functions[word], position < arguments.count,
          case .call(let called, _) = file.tree.nodes[arguments[position]].kind,
          case .name("decide", local: nil) = file.tree.nodes[called].kind
        else { return nil }
        return SourceFinding(
          code: .assertionMisuse, file: file, offset: file.tree.nodes[arguments[position]].range.lowerBound,
          text: "assert.\(word) takes a function that it can call: function() decide(…) end")
      }
    }
  }
}
