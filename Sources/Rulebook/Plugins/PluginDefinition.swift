internal import Core
package import LuaRuntime

/// A plugin as its `plugin.lua` defines it.
package struct PluginDefinition: Sendable, Equatable {
  /// The name of the plugin's folder.
  package var name: String
  /// The version the plugin gives itself.
  package var version: String
  /// One line for people; empty when it gives none.
  package var summary: String
  /// What it finds doubtful in the policies it works by, told by `cascade check`.
  package var doubts: [PolicyDoubt] = []
  /// Its decisions, sorted by name.
  package var decisions: [DecisionDefinition]
}

/// Something a plugin says of a policy though it works by it: an offer that is suspended by today's numbers.
package struct PolicyDoubt: Sendable, Equatable {
  /// The policy's name: `fees`.
  package var policy: String
  /// The keys that lead to what is meant: `packages.noble` in two.
  package var path: [String]
  /// What is doubtful and what follows.
  package var message: String

  /// The doubt as a finding, at the line of what is meant. O(size of the policy).
  func finding(in snapshot: RulebookSnapshot) -> RulebookError {
    let file = "policies/\(policy).lua"
    let line = snapshot.files[ExactText(file)].flatMap { KeyLines(source: $0).line(of: path) }
    return RulebookError(.doubtfulPolicy, file: file, line: line, message)
  }
}

/// A refusal that a decision declares.
package struct DeclaredRefusal: Sendable, Hashable {
  /// The name that clients see, such as `below_minimum`.
  package var code: String
  /// One sentence for people; empty when it gives none.
  package var summary: String

  /// A refusal of this code, with what it says of it.
  package init(code: String, summary: String = "") {
    self.code = code
    self.summary = summary
  }
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
  /// The accounts it may credit; nil when it doesn't say, and may credit any.
  package var credits: [AccountPattern]?
  /// The refusals that it declares, sorted by code; nil when it declares none, and may refuse by any.
  package var refusals: [DeclaredRefusal]?
  /// Whether it says that only operators may ask for it over the decision port.
  package var isForOperators: Bool
  /// Where its function begins.
  package var line: Int?
  /// The field of its input that it names as its subject; nil when it names none.
  package var subject: String?
  /// Whether it, or its plugin for all of its decisions, offers words to a citizen: `explain`.
  package var hasWords = false

  /// The field of its input whose text is what a decision is about: the one it names, else `citizen`.
  package var subjectField: String { subject ?? "citizen" }

  /// The file that defines it.
  package var file: String { "plugins/\(plugin)/plugin.lua" }

  /// Whether it may leave something behind: it declares a host call that does. O(uses).
  package var hasEffects: Bool { uses.contains(where: \.hasEffect) }
  /// What one run of it may cost, in service and wherever it is tried.
  package var runLimits: RunLimits { hasEffects ? .withEffects : RunLimits() }

  /// Whether only operators may ask for it over the decision port: it says so, or has effects. O(uses).
  package var needsOperator: Bool { isForOperators || hasEffects }

  /// Whether it may debit this account. O(patterns · length).
  package func mayDebit(_ account: String) -> Bool { debits.contains { $0.matches(account) } }

  /// Whether it may credit this account. O(patterns · length).
  package func mayCredit(_ account: String) -> Bool { credits?.contains { $0.matches(account) } ?? true }

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
