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
  /// Steps of a series that operators are told at once: a quarter of an hour.
  package static let toldSteps = 60
  /// Surprises that are kept, and told.
  package static let surprises = 32
  /// Decisions, routes and host calls of which is known when they were last asked for.
  package static let sights = 2_000
  /// Steps outside its interval in a row that make a series surprise.
  package static let surprising = 3
}
