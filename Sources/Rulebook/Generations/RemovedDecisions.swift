internal import Core

/// Decisions that a rulebook gives up on purpose: `policies/removed.lua` returns `{ decisions = { "a.b" } }`.
enum RemovedDecisions {
  /// The policy that lists them.
  static let path = "policies/removed.lua"

  /// Their names, of the policy's table. Throws when it has another form.
  static func names(_ table: JSON) throws(RulebookRejected) -> Set<String> {
    let elements = table["decisions"]?.array ?? []
    let names = elements.compactMap(\.string)
    guard table.object?.members.count == 1, !names.isEmpty, names.count == elements.count else {
      throw RulebookRejected([
        RulebookError(
          .invalidPolicy, file: path, line: 1, "it must return { decisions = { \"plugin.decision\", … } } and no more")
      ])
    }
    return Set(names)
  }
}

/// Which decisions a reload may not lose.
package struct RemovalPolicy: Sendable, Equatable {
  /// Whether any may go.
  package var isAllowed: Bool
  /// Those that were asked for lately.
  package var asked: Set<String>

  /// Any may go when `isAllowed`, else none of `asked`, nor all at once.
  package init(isAllowed: Bool = false, asked: Set<String> = []) {
    self.isAllowed = isAllowed
    self.asked = asked
  }

  /// Throws when `next` lacks decisions of `names` that it must not lose. O(decisions).
  func check(_ next: CheckedRulebook, after names: [String]) throws(RulebookRejected) {
    if isAllowed { return }
    let lost = names.filter { next.decision(named: $0) == nil && !next.removed.contains($0) }
    let missed = next.decisions.isEmpty ? lost : lost.filter(asked.contains)
    if missed.isEmpty { return }
    let what =
      next.decisions.isEmpty
      ? "the rulebook offers no decision any more, and had \(names.count)"
      : "the rulebook no longer offers what was asked for within the hour: \(missed.joined(separator: ", "))"
    throw RulebookRejected([
      RulebookError(
        .removesDecisions,
        message: what + "; if that is meant, name them in \(RemovedDecisions.path) or reload with --allow-removal")
    ])
  }
}
