/// What the platform's model of itself is bounded by.
package enum SelfModelLimits {
  /// How often the model makes a step.
  package static let interval = Duration.seconds(15)
  /// Steps that are kept of a series, and probes of a component: an hour.
  package static let steps = 240
  /// Days of claims that are kept, the current one included.
  package static let claimDays: Int64 = 7
  /// Sorts of claims that are scored at once; of more, the most frequent.
  package static let claimRows = 2_000
  /// Components, series and calls that a model takes.
  package static let names = 256
  /// Steps outside its interval in a row that make a series surprise.
  package static let surprising = 3
}
