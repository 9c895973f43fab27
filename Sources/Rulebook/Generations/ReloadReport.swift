/// What a reload found in the rulebook's directory.
package struct ReloadReport: Sendable, Equatable {
  /// What became of the files; the raw value is the wire name.
  package enum Outcome: String, Sendable, CaseIterable {
    /// They decide from now on.
    case activated
    /// They are those that decide already.
    case unchanged
    /// A rollback set them aside, and none of them changed since.
    case setAside = "set_aside"
    /// They changed since a rollback, so they decide again.
    case rollbackEnded = "rollback_ended"
  }

  /// What became of the files.
  package var outcome: Outcome
  /// What `cascade check` says of them though they load.
  package var doubts: [RulebookError]

  /// A report of this outcome, with what is doubtful.
  package init(_ outcome: Outcome, doubts: [RulebookError] = []) {
    self.outcome = outcome
    self.doubts = doubts
  }

  /// The outcome in a sentence for people.
  package var text: String {
    switch outcome {
    case .activated: "the files decide"
    case .unchanged: "the files are those that decide already"
    case .setAside: "a rollback set these files aside, so nothing changed: they decide when one of them is changed"
    case .rollbackEnded: "the files changed since the rollback, so it is over, and they decide"
    }
  }
}
