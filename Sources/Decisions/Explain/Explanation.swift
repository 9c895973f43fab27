package import Core

/// Why a decision came out as it did: what its run compared, read and called.
package struct Explanation: Sendable, Equatable {
  /// A comparison that was made.
  package struct Comparison: Sendable, Hashable {
    /// The file of the rulebook, such as `plugins/access/plugin.lua`.
    package var file: String
    /// The line in it.
    package var line: Int
    /// What is the case, with the names that the source has: `level 0.4477 < below 0.618`. Of what doesn't hold this is
    /// the opposite of what was asked.
    package var text: String
    /// Whether the run found it true.
    package var isTrue: Bool
    /// By how much it doesn't hold, or holds; nil for what is no number.
    package var distance: Double?
  }

  /// A value of a policy that was read.
  package struct PolicyValue: Sendable, Hashable {
    /// The policy's file, such as `policies/access.lua`.
    package var file: String
    /// The line in it.
    package var line: Int
    /// The path to the value, such as `consciousness_tiers[3].below`.
    package var name: String
    /// The value as the source writes it, such as `0.618`.
    package var value: String
    /// The comment above it.
    package var comment: String
    /// Who may change it.
    package var owner: String
  }

  /// What the rule itself said of its reasons.
  package struct Note: Sendable, Hashable {
    /// The rulebook's file with the call.
    package var file: String
    /// The line of the call, from 1 on.
    package var line: Int
    /// Why, and the value: `beyond the cap: 12.50 USD/2`
    package var text: String
  }

  /// A line that ran, with the locals that it set.
  package struct Step: Sendable, Hashable {
    /// The file of the rulebook.
    package var file: String
    /// The line in it.
    package var line: Int
    /// The text of the line.
    package var text: String
    /// The locals that have another value behind it: name and value.
    package var values: [String]
  }

  /// A call of a rule's function or of the host.
  package struct Call: Sendable, Hashable {
    /// What it is called; a host call begins with `host.`.
    package var name: String
    /// Where it begins; of a host call, where it was made.
    package var file: String
    /// The line in that file.
    package var line: Int
    /// How deep it lies.
    package var depth: Int
    /// The arguments, as the source would write them.
    package var arguments: [String]
    /// The results, as the source would write them.
    package var results: [String]
  }

  /// The decision's name: `tier.assign`
  package var point: String
  /// Its record; nil for a question that nobody recorded.
  package var record: Identifier?
  /// What was answered, or `{"error":…}`.
  package var answer: JSON
  /// The units of fuel that the run took.
  package var fuel: UInt64
  /// In the order in which they were made first, each line once with its last outcome.
  package var comparisons: [Comparison] = []
  /// In the order in which they were said.
  package var notes: [Note] = []
  /// What the plugin's `explain` says to a citizen; nil when it offers none, or failed.
  package var words: String?
  /// How `explain` failed; nil when it did not.
  package var wordsProblem: String?
  /// In the order in which they were read.
  package var policies: [PolicyValue] = []
  /// The lines that ran, in the order in which they did.
  package var steps: [Step] = []
  /// The calls, in the order in which they were made.
  package var calls: [Call] = []
  /// What would have had to be different.
  package var counterfactuals: [Counterfactual] = []
  /// Whether the run did more than was recorded.
  package var isCut = false

  /// The comparisons that don't hold, the nearest first.
  package var nearMisses: [Comparison] {
    comparisons.filter { !$0.isTrue && $0.distance != nil }.sorted { ($0.distance ?? 0) < ($1.distance ?? 0) }
  }
}
