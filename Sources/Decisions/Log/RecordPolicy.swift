internal import Core

/// Which decisions without effects are kept; those with effects always are.
package enum RecordPolicy: Sendable, Equatable {
  /// Keeps the record of every decision.
  case all
  /// Keeps none of those without effects.
  case effects
  /// One in so many, at least 1.
  case sample(Int)

  /// The text that is read as this.
  package var text: String {
    switch self {
    case .all: "all"
    case .effects: "effects"
    case .sample(let every): "sample:\(every)"
    }
  }

  /// Reads `all`, `effects` or `sample:N`; nil for any other text.
  package init?(_ text: String) {
    switch text {
    case "all": self = .all
    case "effects": self = .effects
    default:
      guard let every = text.rest(behind: "sample:").flatMap({ Int($0) }), every > 0 else { return nil }
      self = .sample(every)
    }
  }
}
