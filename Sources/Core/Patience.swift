/// How long whoever asks can wait, for work that goes on for a while by itself: it looks now and then, and gives up.
///
/// Nobody who set none waits for an end.
package enum Patience {
  @TaskLocal private static var end: ContinuousClock.Instant?

  /// What `body` comes to, with no more time than this; nil for any.
  package static func during<Value, Failure: Error>(
    _ time: Duration?, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let time else { return try body() }
    let end = ContinuousClock.now.advanced(by: time)
    return try $end.withValue(end) { Result(catching: body) }.get()
  }

  /// Whether the time is over. Reads a clock: not for every step.
  package static var isOver: Bool { end.map { ContinuousClock.now >= $0 } ?? false }
}
