internal import Core

/// What a file is to the rulebook, told from its path.
package struct RulebookPath: Sendable, Hashable {
  /// What a file is.
  package enum Role: Sendable, Hashable {
    /// A policy, known to every plugin.
    case policy
    /// A module below `plugins/library/`, known to every plugin, policy and spec.
    case library
    /// A module of one plugin; `plugin.lua` is the main one.
    case module
    /// A file under `spec/` whose name doesn't end in `_spec.lua`: for the specs to require.
    case specSupport
    /// A file of specs: `spec/…_spec.lua`
    case spec
    /// A table of cases that specs read: a `.csv` or `.json` under `spec/`.
    case cases
  }

  /// The path relative to the rulebook.
  package let path: String
  /// What the file is for.
  package let role: Role
  /// The plugin it belongs to; empty for a policy and a module of the library.
  package let scope: String
  /// What `require` calls it: `policies.fees`, `library.rules`, `plugin`, `rates`, `spec.tiers_spec`; empty for cases.
  package let module: String

  /// The folder below `plugins/` that is no plugin: what all of them share.
  static let library = "library"
  /// Modules of the library that are none: types for editors.
  private static let editorTypes: Set<String> = ["library.cascade", "library.cascade.d"]

  /// The plugin, nil for a policy and for the library.
  package var plugin: String? { scope.isEmpty || scope == Self.library ? nil : scope }
  /// Whether it is needed by specs only.
  package var isForSpecs: Bool { role == .spec || role == .specSupport || role == .cases }

  /// Whether a file may be one of a rulebook's by the end of its name. O(1).
  static func mayCount(_ name: String) -> Bool { endings.contains { name.ends(with: $0) } }

  private static let endings = [".lua", ".csv", ".json"]

  /// Whether a file is one of types for editors, which stand in the library and count for nothing.
  static func isForEditors(_ path: String) -> Bool {
    editorTypes.contains { path.isSame(as: "plugins/\(library)/" + $0.dropFirst(library.count + 1) + ".lua") }
  }

  /// The role of the file at `path`; nil when the rulebook doesn't count it. O(length).
  package init?(_ path: String) {
    let steps = path.pieces(at: "/").map { String($0) }
    guard Self.mayCount(path), steps.allSatisfy({ !$0.isEmpty && !$0.begins(with: ".") }) else { return nil }
    self.path = path
    if !path.ends(with: ".lua") {
      guard steps.first == "plugins", steps.count >= 4, steps[2] == "spec" else { return nil }
      scope = steps[1]
      module = ""
      role = .cases
    } else if steps.first == "policies", steps.count >= 2 {
      role = .policy
      scope = ""
      module = steps.joined(separator: ".").droppingLua
    } else if steps.first == "plugins", steps.count >= 4, steps[2] == "spec" {
      scope = steps[1]
      module = steps[2...].joined(separator: ".").droppingLua
      role = path.ends(with: "_spec.lua") ? .spec : .specSupport
    } else if steps.first == "plugins", steps.count >= 3, steps[1] == Self.library {
      scope = ""
      module = steps[1...].joined(separator: ".").droppingLua
      if Self.editorTypes.contains(module) { return nil }
      role = .library
    } else if steps.first == "plugins", steps.count >= 3 {
      scope = steps[1]
      module = steps[2...].joined(separator: ".").droppingLua
      role = .module
    } else {
      return nil
    }
  }
}

extension String {
  fileprivate var droppingLua: String { String(unicodeScalars.dropLast(4)) }
}
