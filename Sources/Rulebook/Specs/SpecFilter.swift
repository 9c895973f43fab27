/// Which specs to run: those whose `file path name` a regular expression matches.
package struct SpecFilter: Sendable {
  private let pattern: String?

  /// Lets every spec run.
  package static let all = SpecFilter(pattern: nil)

  /// The specs that `expression` matches. Throws what is wrong with the expression.
  package init(_ expression: String) throws {
    _ = try Regex(expression)
    pattern = expression
  }

  private init(pattern: String?) { self.pattern = pattern }

  func matcher() -> (String) -> Bool {
    // A Regex can't be passed between threads, so it is made where it is used.
    guard let pattern, let regex = try? Regex(pattern) else { return { _ in true } }
    return { (try? regex.firstMatch(in: $0)) != nil }
  }
}
