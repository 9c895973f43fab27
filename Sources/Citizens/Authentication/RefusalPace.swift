/// When a refused proof is answered: never as soon as it is known, but at the next full step since it was asked for. So
/// the time of the answer doesn't tell whether a key is enrolled here, a name known to Venice, or nobody's.
package struct RefusalPace: Sendable {
  private let now: @Sendable () -> ContinuousClock.Instant
  private let sleep: @Sendable (Duration) async -> Void

  /// By the continuous clock; tests give their own.
  package init(
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    sleep: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
  ) {
    self.now = now
    self.sleep = sleep
  }

  /// Runs `body`. What it throws is thrown at a multiple of `step` after the begin, and not before one of them.
  func evenly<Value, Failure: Error>(
    _ step: Duration, _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let begin = now()
    do throws(Failure) {
      return try await body()
    } catch {
      let spent = begin.duration(to: now())
      await sleep(step * (Int((spent / step).rounded(.down)) + 1) - spent)
      throw error
    }
  }
}
