internal import Core

/// Finds policies whose tables answer by a metatable: numbers that nobody reads in the file.
struct PolicyMetatables {
  /// The sources that are searched.
  let source: RulebookSource

  /// Every such place. O(nodes).
  var findings: [SourceFinding] {
    source.files.filter { $0.path.role == .policy }.flatMap { file in
      file.tree.uses(of: "setmetatable").map { place in
        SourceFinding(
          code: .invalidPolicy, file: file, offset: file.tree.nodes[place].range.lowerBound,
          text: "a policy is data, and a metatable answers what nobody reads in it; write the values out, or move it "
            + "to plugins/\(RulebookPath.library)/")
      }
    }
  }
}
