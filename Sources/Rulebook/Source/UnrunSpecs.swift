internal import Core

/// Finds files beside the specs that declare specs and never run, for their name.
struct UnrunSpecs {
  /// The sources that are searched.
  let source: RulebookSource

  private static let words: Set<String> = ["describe", "it", "property", "pending"]

  /// The first declaration of each such file. O(nodes).
  var findings: [SourceFinding] {
    source.files.compactMap { file in
      guard file.path.role == .specSupport || file.path.role == .module else { return nil }
      for node in file.tree.nodes {
        guard case .call(let callee, _) = node.kind, case .name(let word, local: nil) = file.tree.nodes[callee].kind,
          Self.words.contains(word)
        else { continue }
        return SourceFinding(
          code: .neverRuns, file: file, offset: node.range.lowerBound,
          text: "these specs never run, as the file is none of spec/…_spec.lua; rename it to "
            + "plugins/\(file.path.scope)/spec/\(Self.name(file.path.path))")
      }
      return nil
    }
  }

  /// The name that the file should have.
  private static func name(_ path: String) -> String {
    let last = path.pieces(at: "/").last ?? ""
    let bare = String(last.unicodeScalars.dropLast(4))
    return bare.ends(with: "_spec") ? bare + ".lua" : bare + "_spec.lua"
  }
}
