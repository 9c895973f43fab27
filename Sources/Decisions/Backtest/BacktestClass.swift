/// What a change does to one recorded decision. The raw values are the names on the wire.
package enum BacktestClass: String, Sendable, CaseIterable {
  /// Nothing: the same answer, effects and cost.
  case same
  /// Only what the run costs.
  case costOnly = "cost_only"
  /// The result differs from the recorded one.
  case changed
  /// Refused before, answered now.
  case loosened
  /// Answered before, refused now.
  case tightened
  /// Refused or failed both times, for another reason.
  case reasonChanged = "reason_changed"
  /// The same result with other effects.
  case effectsChanged = "effects_changed"
  /// Fails now with an error other than a refusal.
  case nowFails = "now_fails"
  /// Failed before, and does no more.
  case noLongerFails = "no_longer_fails"
  /// The decision is gone, or takes this input no more.
  case schemaGone = "schema_gone"
  /// Nobody can say: it asks the host what it was not asked then.
  case unknown
  /// The record doesn't come out as it was recorded, so nothing can be held against it.
  case unreplayable

  /// Whether somebody gets something else.
  package var isFlip: Bool {
    switch self {
    case .same, .costOnly, .unknown, .unreplayable: false
    default: true
    }
  }
}
