internal import Core

/// Finds files of cases that no spec reads.
struct UnreadCases {
  /// The sources that are searched.
  let source: RulebookSource
  /// The files that the rulebook has.
  let snapshot: RulebookSnapshot

  /// Each file beside specs of which none reads it. O(nodes + files).
  var findings: [RulebookError] {
    let files = snapshot.paths.compactMap(RulebookPath.init).filter { $0.role == .cases }
    if files.isEmpty { return [] }
    let read = read
    return files.compactMap { file in
      // A name that is made up as the spec runs may be any.
      if read.anything.contains(file.scope) || read.paths.contains(ExactText(file.path)) { return nil }
      let name = String(file.path.pieces(at: "/").last ?? "")
      return RulebookError(
        .neverRuns, file: file.path, line: 1,
        "no spec reads these cases; read them with each(cases(\"\(name)\"), function(case) … end), or delete the file")
    }
  }

  private var read: (paths: Set<ExactText>, anything: Set<String>) {
    var (paths, anything): (Set<ExactText>, Set<String>) = ([], [])
    for file in source.files where file.path.role == .spec {
      for (place, node) in file.tree.nodes.enumerated() {
        guard case .call(let callee, _) = node.kind, case .name("cases", local: nil) = file.tree.nodes[callee].kind
        else {
          continue
        }
        if let path = file.cases(readAt: place) {
          paths.insert(ExactText(path))
        } else {
          anything.insert(file.path.scope)
        }
      }
    }
    return (paths, anything)
  }
}
