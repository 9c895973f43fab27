package import Core

/// The options of a measurement; rules choose the numbers.
package struct MetricsOptions: Sendable, Equatable {
  /// The most nodes of the window, including the citizen.
  package var window: Int
  /// The trust of a pair without a recorded one, in [0, 100].
  package var neutral: Double
  /// A triangle is crystallised when the mean of its trusts exceeds this, in [0, 100].
  package var crystalMean: Double
  /// The number of most trusted neighbours to report.
  package var top: Int
  /// The margin by which the sum of a crystallised triangle's trusts must exceed three times `crystalMean`.
  package var tolerance: Double

  /// Options, checked against the limits of ``GraphQuery``; throws `invalid_options`.
  package init(
    window: Int, neutral: Double, crystalMean: Double, top: Int, tolerance: Double = 1e-9
  ) throws(GraphError) {
    do throws(HostCallProblem) {
      try GraphQuery.check(window: window, neutral: neutral)
      try GraphQuery.check(crystalMean: crystalMean, top: top)
    } catch {
      throw GraphError(.invalidOptions, error.message)
    }
    guard tolerance.isFinite else { throw GraphError(.invalidOptions, "tolerance must be finite") }
    self.window = window
    self.neutral = neutral
    self.crystalMean = crystalMean
    self.top = top
    self.tolerance = tolerance
  }

  /// What a rule asks with; throws `invalid_options`.
  package init(_ asked: GraphQuery.Measuring) throws(GraphError) {
    try self.init(
      window: asked.window, neutral: asked.neutral, crystalMean: asked.crystalMean, top: asked.top)
  }
}
