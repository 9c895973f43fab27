package import Core

/// Why a decision came out as it did: what its run compared, read and called.
package struct Explanation: Sendable, Equatable {
  /// A comparison that was made.
  package struct Comparison: Sendable, Hashable {
    /// `plugins/access/plugin.lua`
    package var file: String
    /// The line in it.
    package var line: Int
    /// What is the case, with the names that the source has: `level 0.4477 < below 0.618`. Of what doesn't hold this is
    /// the opposite of what was asked.
    package var text: String
    /// Whether it holds.
    package var isTrue: Bool
    /// By how much it doesn't hold, or holds; nil for what is no number.
    package var distance: Double?
  }

  /// A value of a policy that was read.
  package struct PolicyValue: Sendable, Hashable {
    /// `policies/access.lua`
    package var file: String
    /// The line in it.
    package var line: Int
    /// `consciousness_tiers[3].below`
    package var name: String
    /// `0.618`
    package var value: String
    /// The comment above it.
    package var comment: String
    /// Who may change it.
    package var owner: String
  }

  /// A line that ran, with the locals that it set.
  package struct Step: Sendable, Hashable {
    /// The file.
    package var file: String
    /// The line in it.
    package var line: Int
    /// Its text.
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
    /// The line there.
    package var line: Int
    /// How deep it lies.
    package var depth: Int
    /// What it got.
    package var arguments: [String]
    /// What it gave.
    package var results: [String]
  }

  /// The decision.
  package var point: String
  /// Its record; nil for a question that nobody recorded.
  package var record: Identifier?
  /// What was answered, or `{"error":…}`.
  package var answer: JSON
  /// What it cost.
  package var fuel: UInt64
  /// In the order in which they were made first, each line once with its last outcome.
  package var comparisons: [Comparison] = []
  /// In the order in which they were read.
  package var policies: [PolicyValue] = []
  /// In their order.
  package var steps: [Step] = []
  /// In their order.
  package var calls: [Call] = []
  /// What would have had to be different.
  package var counterfactuals: [Counterfactual] = []
  /// Whether the run did more than is taken down.
  package var isCut = false

  /// The comparisons that don't hold, the nearest first.
  package var nearMisses: [Comparison] {
    comparisons.filter { !$0.isTrue && $0.distance != nil }.sorted { ($0.distance ?? 0) < ($1.distance ?? 0) }
  }
}
