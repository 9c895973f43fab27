/// What a file is to the rulebook, told from its path.
package struct RulebookPath: Sendable, Hashable {
  /// What a file is.
  package enum Role: Sendable, Hashable {
    /// A policy, known to every plugin.
    case policy
    /// A module of one plugin; `plugin.lua` is the main one.
    case module
    /// A file under `spec/` whose name doesn't end in `_spec.lua`: for the specs to require.
    case specSupport
    /// `spec/…_spec.lua`
    case spec
  }

  /// The path relative to the rulebook.
  package let path: String
  /// What it is.
  package let role: Role
  /// The plugin it belongs to; empty for a policy.
  package let scope: String
  /// What `require` calls it: `policies.fees`, `plugin`, `rates`, `spec.tiers_spec`.
  package let module: String

  /// The plugin, nil for a policy.
  package var plugin: String? { scope.isEmpty ? nil : scope }
  /// Whether it is needed by specs only.
  package var isForSpecs: Bool { role == .spec || role == .specSupport }

  /// The role of the file at `path`; nil when the rulebook doesn't count it. O(length).
  package init?(_ path: String) {
    let steps = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard path.hasSuffix(".lua"), steps.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return nil }
    self.path = path
    if steps.first == "policies", steps.count >= 2 {
      role = .policy
      scope = ""
      module = steps.joined(separator: ".").droppingLua
    } else if steps.first == "plugins", steps.count >= 3 {
      scope = steps[1]
      module = steps[2...].joined(separator: ".").droppingLua
      if steps[2] == "spec", steps.count >= 4 {
        role = path.hasSuffix("_spec.lua") ? .spec : .specSupport
      } else {
        role = .module
      }
    } else {
      return nil
    }
  }
}

extension String {
  fileprivate var droppingLua: String { String(dropLast(4)) }
}
