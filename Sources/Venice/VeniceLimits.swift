/// How long, how much and how often Venice is asked at most.
package struct VeniceLimits: Sendable {
  /// Until a connection stands.
  package var connect = Duration.seconds(5)
  /// Until the whole answer is there.
  package var total = Duration.seconds(10)
  /// Connections at a time; further requests wait for one.
  package var connections = 10
  /// Questions that are being asked or wait at a time; further ones are not asked.
  package var questions = 200
  /// Bytes of an answer.
  package var bodyBytes = 1 << 20
  /// How long an answer is kept.
  package var cache = Duration.seconds(300)
  /// Answers kept.
  package var cachedAnswers = 10_000
  /// Failures in a row after which Venice is left alone.
  package var failures = 5
  /// How long it is left alone, until one question tries again.
  package var pause = Duration.seconds(15)

  /// The usual limits.
  package init() {}

  /// Relationships that Venice tells at once at most: as many mean that there may be more.
  static let listedRelationships = 100
}
