package import Core
package import Rulebook

/// A plugin of the rulebook that serves.
package struct PluginStatus: Sendable, Hashable {
  /// The name of the plugin's folder.
  package var name: String
  /// The version the plugin gives itself.
  package var version: String
  /// The names of its decisions, sorted.
  package var decisions: [String]

  package init(name: String, version: String, decisions: [String]) {
    self.name = name
    self.version = version
    self.decisions = decisions
  }
}

/// What serves, and what became of the last reload.
package struct RulebookStatus: Sendable, Equatable {
  /// The number of the generation that decides.
  package var generation: Int
  /// The digest of its files: `sha256:…`
  package var digest: String
  /// Its plugins by name.
  package var plugins: [PluginStatus]
  /// How many lanes decide by it.
  package var lanes: Int
  /// When it was activated, milliseconds since 1970.
  package var activatedMilliseconds: Int64
  /// The numbers that a rollback can go to, newest first.
  package var retained: [Int]
  /// What was wrong with the last reload; empty when it succeeded.
  package var lastReloadProblems: [RulebookError]
  /// What the reload that this answers came to; nil where none was asked for.
  package var reload: ReloadReport?

  package init(
    generation: Int, digest: String, plugins: [PluginStatus], lanes: Int, activatedMilliseconds: Int64,
    retained: [Int], lastReloadProblems: [RulebookError], reload: ReloadReport? = nil
  ) {
    self.reload = reload
    self.generation = generation
    self.digest = digest
    self.plugins = plugins
    self.lanes = lanes
    self.activatedMilliseconds = activatedMilliseconds
    self.retained = retained
    self.lastReloadProblems = lastReloadProblems
  }
}

/// A decision as `GET /v1/decisions` tells it.
package struct DecisionDescription: Sendable {
  /// The name to ask for: `tier.assign`
  package var name: String
  /// The plugin that offers it.
  package var plugin: String
  /// One line for people.
  package var summary: String
  /// JSON Schema of the input.
  package var input: JSON
  /// JSON Schema of the result.
  package var output: JSON
  /// The host calls it declares.
  package var uses: [String]
  /// Patterns of the accounts it may debit.
  package var debits: [String]
  /// Patterns of the accounts it may credit; nil when it doesn't say.
  package var credits: [String]?
  /// The refusals that it declares; nil when it declares none.
  package var refusals: [DeclaredRefusal]?
  /// Whether only operators may ask for it over the decision port.
  package var operators: Bool

  /// A decision as its plugin declares it; nil where it declares no `credits` or `refusals`.
  package init(
    name: String, plugin: String, summary: String, input: JSON, output: JSON, uses: [String], debits: [String],
    credits: [String]? = nil, refusals: [DeclaredRefusal]? = nil, operators: Bool
  ) {
    (self.name, self.plugin, self.summary) = (name, plugin, summary)
    (self.credits, self.refusals) = (credits, refusals)
    self.input = input
    self.output = output
    self.uses = uses
    self.debits = debits
    self.operators = operators
  }
}

/// What an operator sees of a running host and may do to it; the API port's view.
package protocol HostControl: Sendable {
  /// The generation that decides, and what became of the last reload.
  var status: RulebookStatus { get }
  /// Every decision of the generation that serves, by name.
  var decisions: [DecisionDescription] { get }
  /// Why decisions are not being served, in a sentence that anybody may read; nil when they are.
  var unreadiness: String? { get }
  /// What speaks against the rules that serve, while they serve on, in a sentence that anybody may read; nil when
  /// nothing does.
  var doubt: String? { get }
  /// Reads the rulebook's files again and activates them when they are fine: when this returns, every later
  /// decision is made by them. An unchanged rulebook keeps its generation, and so does one that lost decisions that
  /// were asked for lately, unless `allowRemoval`. The status says which, and what is doubtful in the files.
  func reload(runSpecs: Bool, allowRemoval: Bool) async throws(RulebookRejected) -> RulebookStatus
  /// Makes the rulebook's files those of a draft that was made on the rulebook with the digest `base`, and decides by
  /// them, when they are fine, their specs included.
  func save(_ draft: RulebookDraft, on base: String) async throws(RulebookSavingError) -> RulebookStatus
  /// Activates the generation before the current one, under a new number.
  func rollback() async throws(RulebookRejected) -> RulebookStatus
}
