package import Core
package import LuaRuntime

/// A checked rulebook that was activated under a number. Immutable; a decision pins the one it began with.
package struct Generation: Sendable {
  /// From 1; never used twice, also after a restart.
  package let number: Int
  /// What it decides by.
  package let rulebook: CheckedRulebook
  /// When it was activated, milliseconds since 1970.
  package let activatedMilliseconds: Int64

  /// `rulebook`, activated as `number`.
  package init(number: Int, rulebook: CheckedRulebook, activatedMilliseconds: Int64) {
    self.number = number
    self.rulebook = rulebook
    self.activatedMilliseconds = activatedMilliseconds
  }

  /// The rulebook's name: `sha256:…`
  package var digest: String { rulebook.digest }
  /// The files that it was loaded from.
  package var snapshot: RulebookSnapshot { rulebook.snapshot }
  /// The plugins, sorted by name.
  package var plugins: [PluginDefinition] { rulebook.plugins }
  /// The decisions of all plugins, sorted by name; a decision's place is its number in every machine.
  package var decisions: [DecisionDefinition] { rulebook.decisions }

  /// The number of the decision of this name, nil when no plugin offers it. O(length).
  package func number(of decision: String) -> Int? { rulebook.number(of: decision) }
  /// The decision of this name, nil when no plugin offers it. O(length).
  package func decision(named name: String) -> DecisionDefinition? { rulebook.decision(named: name) }
  /// See ``CheckedRulebook/makeMachine(countsLines:)``.
  package func makeMachine(countsLines: Bool = false) throws(LuaFailure) -> VirtualMachine {
    try rulebook.makeMachine(countsLines: countsLines)
  }
}
