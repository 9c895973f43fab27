package import Core

/// One input that would have had to be different, and what would have come out.
package struct Counterfactual: Sendable, Equatable {
  /// What the input would be.
  package enum Change: Sendable, Equatable {
    /// From this number up.
    case from(JSON)
    /// Any number above this one.
    case above(JSON)
    /// Up to this number.
    case upTo(JSON)
    /// Any number below this one.
    case below(JSON)
    /// Exactly this value instead.
    case value(JSON)
  }

  /// The input as a JSON pointer.
  package var path: String
  /// What it is; nil when it was left out.
  package var now: JSON?
  /// What it would be.
  package var change: Change
  /// What would be answered otherwise: the places in the answer, with what would stand there.
  package var then: [FieldDifference]

  /// `/measurement/level from 0.618 up`
  package var condition: String {
    switch change {
    case .from(let value): "\(path) from \(value.text) up"
    case .above(let value): "\(path) above \(value.text)"
    case .upTo(let value): "\(path) up to \(value.text)"
    case .below(let value): "\(path) below \(value.text)"
    case .value(let value): "\(path) \(value.text)"
    }
  }
}
