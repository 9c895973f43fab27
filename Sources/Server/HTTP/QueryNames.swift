internal import Core

/// The names of a query's parameters, as both ports read them.
enum QueryNames {
  /// The names in `query`, what stands behind the question mark, in their order; as they are where they can't be
  /// decoded. O(length).
  static func of(_ query: some StringProtocol) -> [String] {
    String(query).pieces(at: "&").filter { !$0.isEmpty }.map { parameter in
      let name = parameter.pieces(at: "=").first ?? ""
      return PercentDecoding.text(name) ?? String(name)
    }
  }
}

extension ProblemDocument {
  /// That a query has parameters which the path doesn't take: they would be left out without a word.
  static func unknownQuery(_ names: [String], known: [String]) -> Self {
    let quoted = Set(names).sorted().map { "'\(VisibleText.line($0))'" }.joined(separator: ", ")
    let taken = known.isEmpty ? "this path takes none" : "it takes \(known.joined(separator: ", "))"
    return Self(.invalidInput, "unknown query parameter \(quoted); \(taken)")
  }
}
