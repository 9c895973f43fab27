internal import Core

/// Finds names that are no local and nothing of the sandbox's: using one fails when its line runs.
struct UnknownGlobals {
  /// The sources that are searched.
  let source: RulebookSource

  /// What every file of a rulebook can use without a `require`.
  static let functions: Set<String> = [
    "account", "amount", "assert", "error", "getmetatable", "ipairs", "next", "note", "pairs", "pcall", "require",
    "select", "setmetatable", "tonumber", "tostring", "type", "xpcall",
  ]
  /// The libraries, with what each has.
  static let libraries: [String: Set<String>] = [
    "string": [
      "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep", "reverse",
      "sub", "unpack", "upper",
    ],
    "table": ["concat", "insert", "move", "pack", "remove", "sort", "unpack"],
    "math": [
      "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger",
      "min", "mininteger", "modf", "pi", "rad", "sin", "sqrt", "tan", "tointeger", "type", "ult",
    ],
    "utf8": ["char", "charpattern", "codepoint", "codes", "len", "offset"],
  ]
  /// What the libraries of spec files have.
  static let specLibraries: [String: Set<String>] = [
    "assert": [
      "equal", "has_error", "has_no_error", "is_false", "is_nil", "is_not_nil", "is_true", "near", "not_equal",
      "refused",
      "same",
    ],
    "generate": ["boolean", "integer", "number", "one_of", "string"],
  ]
  /// What spec files have beside that.
  static let specWords = Set(EditorTypes.specGlobals)

  /// Every such name, and every name that a library doesn't have. O(nodes).
  var findings: [SourceFinding] {
    source.files.flatMap { file -> [SourceFinding] in
      file.tree.nodes.enumerated().compactMap { place, node in
        switch node.kind {
        case .name(let name, local: nil): Self.global(name, at: place, in: file)
        case .index(let base, let key):
          if case .name(let library, local: nil) = file.tree.nodes[base].kind, let name = file.tree.text(of: key) {
            Self.member(name, of: library, at: key, in: file)
          } else {
            nil
          }
        default: nil
        }
      }
    }
  }

  private static func global(_ name: String, at place: LuaTree.Place, in file: RulebookSource.File) -> SourceFinding? {
    var known = functions.union(libraries.keys)
    if file.path.role == .spec { known.formUnion(specWords) }
    // Specs in a file of another name are told by that.
    guard !known.contains(name), file.path.role == .spec || !specWords.contains(name) else { return nil }
    let parent = file.parents[place]
    let isAssigned = parent >= 0 && file.tree.nodes[parent].kind.isAssignment(to: place)
    let text: String
    if isAssigned {
      text = "the global '\(name)' can't be set; write local \(name) where it begins"
    } else {
      let near = NearestName.suggestion(for: name, in: Array(known) + file.tree.locals.map(\.name))
      let advice = SandboxAdvice.instead(of: name).map { "; " + $0 } ?? near
      text = "there is no '\(name)'" + advice
    }
    return SourceFinding(
      code: .unknownGlobal, file: file, offset: file.tree.nodes[place].range.lowerBound, text: text)
  }

  private static func member(
    _ name: String, of library: String, at key: LuaTree.Place, in file: RulebookSource.File
  ) -> SourceFinding? {
    let all = file.path.role == .spec ? libraries.merging(specLibraries) { $1 } : libraries
    guard let known = all[library], !known.contains(name) else { return nil }
    let advice =
      SandboxAdvice.instead(of: library + "." + name).map { "; " + $0 }
      ?? NearestName.suggestion(for: name, in: known.sorted())
    return SourceFinding(
      code: .unknownGlobal, file: file, offset: file.tree.nodes[key].range.lowerBound,
      text: "'\(library)' has no '\(name)'" + advice)
  }
}

extension LuaTree.Kind {
  fileprivate func isAssignment(to place: LuaTree.Place) -> Bool {
    if case .assignment(let targets, _) = self { targets.contains(place) } else { false }
  }
}
