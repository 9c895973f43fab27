import ArgumentParser
import Core
import Rulebook

/// The option that sets the clock of a rule that runs here, for all commands that run one.
struct ClockOptions: ParsableArguments {
  @Option(help: "The clock the rule sees: 2026-11-29T10:00:00Z, or milliseconds since 1970.") var now: String?

  func validate() throws {
    if let now, MinuteText.milliseconds(now) == nil {
      throw ValidationError("--now is a moment such as 2026-11-29T10:00:00Z, or milliseconds since 1970; not '\(now)'")
    }
  }

  /// These answers of a host, by this clock where one is given.
  func setting(_ fakes: Fakes) -> Fakes {
    var fakes = fakes
    if let now { fakes.nowMilliseconds = MinuteText.milliseconds(now) }
    return fakes
  }
}
