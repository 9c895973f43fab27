internal import Core

/// What the sources of a rulebook say that can't be meant, found before anything of them runs.
struct SourceReview {
  private let snapshot: RulebookSnapshot
  private let inference: ShapeInference
  private let cases: [ExactText: CaseFile]
  /// Whether all files are known.
  private let isWhole: Bool

  /// Reads the sources of a rulebook, with what its modules returned by path; `unknown` are the files that can't be
  /// read, or did not load, or aren't what they must be. O(bytes).
  init(
    _ snapshot: RulebookSnapshot, plugins: [PluginDefinition], modules: [String: JSON],
    cases: [ExactText: CaseFile] = [:], unknown: [RulebookPath] = []
  ) {
    self.snapshot = snapshot
    self.cases = cases
    isWhole = unknown.isEmpty
    let source = RulebookSource(snapshot)
    inference = ShapeInference(
      source, source.functions(of: plugins.flatMap(\.decisions)), modules: modules,
      openScopes: Set(unknown.filter { !$0.isForSpecs }.map(\.scope)))
  }

  /// What keeps the rulebook from being taken: names that read as nil and decide wrongly in silence. O(nodes).
  var faults: [RulebookError] { sorted(UndeclaredNames(inference: inference).findings) }

  /// What `cascade check` says beside that; a host takes the rulebook nevertheless. O(decisions · nodes).
  var doubts: [RulebookError] {
    let source = inference.source
    var doubts = Comparisons(inference: inference).findings
    doubts += DuplicateKeys(source: source).findings
    doubts += HostMisuse(inference: inference).findings
    doubts += ReturnedValues(inference: inference).findings
    doubts += MisusedAssertions(source: source).findings
    doubts += UnknownGlobals(source: source).findings
    doubts += UnrunSpecs(source: source).findings
    doubts += PolicyMetatables(source: source).findings
    // What follows is about what isn't there, and that may stand in a file that isn't known.
    if !isWhole { return sorted(doubts) }
    doubts += CaseNames(source: source, cases: cases).findings
    let calls = DeclaredCalls(inference: inference)
    doubts += calls.findings
    doubts += DeclaredRefusals(calls: calls).findings
    return sorted(doubts) + calls.declarations(in: snapshot) + UnreadCases(source: source, snapshot: snapshot).findings
  }

  private func sorted(_ findings: [SourceFinding]) -> [RulebookError] {
    findings.sorted { ($0.file.path.path, $0.offset) < ($1.file.path.path, $1.offset) }.map(\.error)
  }
}

/// Something found at a place of a source.
struct SourceFinding {
  /// Of which kind it is.
  var code: RulebookError.Code
  /// The file that the finding is in.
  var file: RulebookSource.File
  /// The byte in that file.
  var offset: Int
  /// What is wrong and what to do.
  var text: String

  /// The same as everybody else reports what is wrong with a rulebook.
  var error: RulebookError {
    let position = file.tree.position(of: offset)
    return RulebookError(code, file: file.path.path, line: position.line, column: position.column, text)
  }
}
