/// The limits on requests to Venice.
package struct VeniceLimits: Sendable {
  /// The deadline for connecting.
  package var connect = Duration.seconds(5)
  /// The deadline for the whole response.
  package var total = Duration.seconds(10)
  /// The most connections at a time; further requests wait for one.
  package var connections = 10
  /// The most requests under way or waiting; further ones fail at once.
  package var questions = 200
  /// The most bytes of a response.
  package var bodyBytes = 1 << 20
  /// The lifetime of a cached answer.
  package var cache = Duration.seconds(300)
  /// The most cached answers.
  package var cachedAnswers = 10_000
  /// The failures in a row that open the circuit.
  package var failures = 5
  /// The time an open circuit waits before one request tries again.
  package var pause = Duration.seconds(15)

  package init() {}

  /// The most relationships in one response of Venice; as many mean that there may be more.
  static let listedRelationships = 100
}
