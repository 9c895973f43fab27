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

  /// Checks the options against ``GraphLimits``; throws `invalid_options`.
  package init(
    window: Int, neutral: Double, crystalMean: Double, top: Int, tolerance: Double = 1e-9
  ) throws(GraphError) {
    try Self.check(window: window, neutral: neutral)
    guard top >= 0, top <= GraphLimits.windowNodes else {
      throw GraphError(.invalidOptions, "top must be 0 to \(GraphLimits.windowNodes), not \(top)")
    }
    guard crystalMean.isFinite, tolerance.isFinite else {
      throw GraphError(.invalidOptions, "crystal_mean and tolerance must be finite")
    }
    self.window = window
    self.neutral = neutral
    self.crystalMean = crystalMean
    self.top = top
    self.tolerance = tolerance
  }

  /// Reads a rule's options `{window, neutral, crystal_mean, top}`, all required; throws `invalid_options`.
  package init(_ json: JSON) throws(GraphError) {
    self = try MetricsOptions(
      window: Int(json.required("window", \.wholeNumber)), neutral: json.required("neutral", \.number),
      crystalMean: json.required("crystal_mean", \.number), top: Int(json.required("top", \.wholeNumber)))
  }

  static func check(window: Int, neutral: Double) throws(GraphError) {
    guard (1...GraphLimits.windowNodes).contains(window) else {
      throw GraphError(.invalidOptions, "window must be 1 to \(GraphLimits.windowNodes), not \(window)")
    }
    guard TrustScale.range.contains(neutral) else {
      throw GraphError(.invalidOptions, "neutral must be 0 to 100, not \(neutral)")
    }
  }
}

extension JSON {
  /// The value of an integer, or of a double without a fraction: Lua prints `47.0` for a computed 47.
  var wholeNumber: Int64? { integer ?? number.flatMap(Int64.init(exactly:)) }

  func required<Value>(_ name: String, _ value: (JSON) -> Value?) throws(GraphError) -> Value {
    guard let member = self[name] else { throw GraphError(.invalidOptions, "the option '\(name)' is missing") }
    guard let result = value(member) else {
      throw GraphError(.invalidOptions, "the option '\(name)' is no such number")
    }
    return result
  }

  func optional<Value>(_ name: String, _ value: (JSON) -> Value?) throws(GraphError) -> Value? {
    guard let member = self[name], member != .null else { return nil }
    return try required(name, value)
  }
}
