package import LuaRuntime

/// A plugin as its `plugin.lua` defines it.
package struct PluginDefinition: Sendable, Equatable {
  /// The name of the plugin's folder.
  package var name: String
  /// The version the plugin gives itself.
  package var version: String
  /// One line for people; empty when it gives none.
  package var summary: String
  /// Its decisions, sorted by name.
  package var decisions: [DecisionDefinition]
}

/// A decision as its plugin defines it.
package struct DecisionDefinition: Sendable, Equatable {
  /// The name to ask for: `tier.assign`
  package var name: String
  /// The plugin that offers it.
  package var plugin: String
  /// One line for people; empty when it gives none.
  package var summary: String
  /// The schema of its input.
  package var input: RecordSchema
  /// The schema of its result.
  package var output: RecordSchema
  /// The host calls it declares.
  package var uses: [HostCallName]
  /// The accounts it may debit.
  package var debits: [AccountPattern]
  /// Whether it says that only operators may ask for it over the decision port.
  package var isForOperators: Bool
  /// Where its function begins.
  package var line: Int?
  /// The field of its input that it names as its subject; nil when it names none.
  package var subject: String?

  /// The field of its input whose text is what a decision is about: the one it names, else `citizen`.
  package var subjectField: String { subject ?? "citizen" }

  /// The file that defines it.
  package var file: String { "plugins/\(plugin)/plugin.lua" }

  /// Whether it may leave something behind: it declares a host call that does. O(uses).
  package var hasEffects: Bool { uses.contains(where: \.hasEffect) }

  /// Whether only operators may ask for it over the decision port: it says so, or has effects. O(uses).
  package var needsOperator: Bool { isForOperators || hasEffects }

  /// Whether it may debit this account. O(patterns · length).
  package func mayDebit(_ account: String) -> Bool { debits.contains { $0.matches(account) } }

  /// The decision in the form a machine binds. O(fields).
  package var binding: DecisionBinding {
    var schemas = SchemaNodes()
    let input = schemas.add(input)
    let output = schemas.add(output)
    return DecisionBinding(
      scope: plugin, module: "plugin", name: name, nodes: schemas.nodes, input: input, output: output,
      hostCalls: uses.map(\.number))
  }
}
