package import Core

/// What was measured of citizens over the trust graph.
package protocol CitizenMeasurements: Sendable {
  /// The measurement of a citizen, an object with the number `level` in [0, 1]; nil when there is no data on them.
  func measurement(of citizen: String) async -> JSON?
}

/// A host that has measured nobody, so that everybody's level is 0.
package struct NoMeasurements: CitizenMeasurements {
  package init() {}

  /// Answers nil for every citizen.
  package func measurement(of citizen: String) async -> JSON? { nil }
}
