import ArgumentParser
import Core
import LuaRuntime
import Rulebook

/// `cascade bench`: repeats one decision and reports its speed.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measures how fast a decision is made, in process.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

  @Argument(help: "The decision: tier.assign") var point: String
  @OptionGroup var options: RulebookOptions
  @Option(name: .shortAndLong, help: "The file with the bare input.") var input: String
  @Option(help: "How long to measure.") var seconds = 2.0
  @OptionGroup var clock: ClockOptions
  @Option(help: "A JSON file with the host's answers.") var fakes: String?
  @Option(help: "How the figures are written.") var format = Format.pretty

  func validate() throws {
    if !(seconds > 0 && seconds <= 3600) { throw ValidationError("--seconds is above 0 and at most 3600") }
  }

  func run() throws {
    let rulebook = try options.load()
    let (bytes, given) = try InputFile.question(input, fakes: self.fakes)
    let fakes = clock.setting(given)
    // The first run shows whether the decision succeeds at all.
    let first = DecisionRunner(rulebook: rulebook).decide(point, input: bytes, fakes: fakes)
    if case .failure(let failure) = first.result {
      Output.write(["error": failure.json] as JSON)
      throw ExitCode.no
    }
    guard let number = rulebook.number(of: point), let cost = first.cost else { throw ExitCode.no }
    let machine: VirtualMachine
    do throws(LuaFailure) {
      machine = try rulebook.makeMachine(isPatient: true)
    } catch {
      Output.note("error: \(error.message)")
      throw ExitCode.couldNotStart
    }
    let figures = Measurement(machine, number, bytes, fakes, rulebook.decisions[number], seconds: seconds)
    if let failure = figures.failure {
      Output.note("the decision failed after \(figures.count) that succeeded; nothing was measured beyond")
      Output.write(["error": failure.json] as JSON)
      throw ExitCode.no
    }
    Output.write(figures.report(format == .json, fuel: cost.fuel, allocations: cost.allocations) + "\n")
  }
}

/// The durations of many runs of one decision, in nanoseconds.
private struct Measurement {
  private var samples: [Double] = []
  /// How many decisions were made.
  private(set) var count = 0
  /// Why one failed; the measurement ended with it.
  private(set) var failure: LuaFailure?
  private var elapsed = Duration.zero

  /// Runs the decision for `seconds`, or until it fails. Measures slices of 100 runs, so that reading the clock costs
  /// little.
  init(
    _ machine: VirtualMachine, _ number: Int, _ input: [UInt8], _ fakes: Fakes, _ decision: DecisionDefinition,
    seconds: Double
  ) {
    let clock = ContinuousClock()
    let slice = 100
    let request = RunRequest(
      decision: number, nowMilliseconds: fakes.nowMilliseconds, id: Identifier(high: 0x7000, low: 1 << 63),
      limits: decision.runLimits.untimed)
    let handler = decision.uses.isEmpty ? nil : FakeHostOfMany(fakes: fakes, decision: decision)
    input.withUnsafeBytes { input in
      /// Why one of so many runs failed, the last then; nil when none did.
      func run(_ runs: Int) -> LuaFailure? {
        for _ in 0..<runs {
          if case .failure(let failure) = machine.decide(request, input: input, handler: handler).ending {
            return failure
          }
        }
        return nil
      }
      failure = run(1000)
      if failure != nil { return }
      let begin = clock.now
      repeat {
        let start = clock.now
        failure = run(slice)
        if failure != nil { return }
        let spent = clock.now - start
        if samples.count < 1_000_000 { samples.append(spent / .nanoseconds(1) / Double(slice)) }
        count += slice
        elapsed = clock.now - begin
      } while elapsed < .seconds(seconds)
    }
    samples.sort()
  }

  /// The figures as one JSON object, or as a line for people.
  func report(_ asJSON: Bool, fuel: UInt64, allocations: UInt64) -> String {
    let perSecond = Double(count) / (elapsed / .seconds(1))
    let (median, late) = (samples[samples.count / 2], samples[samples.count * 99 / 100])
    if asJSON {
      let object: JSON = [
        "decisions_per_second": .double(perSecond.rounded()),
        "nanoseconds": ["p50": .double(median), "p99": .double(late)],
        "fuel": .integer(Int64(clamping: fuel)), "allocations": .integer(Int64(clamping: allocations)),
      ]
      return object.text
    }
    return "\(Int(perSecond)) decisions a second; \(Int(median)) ns median, \(Int(late)) ns p99; "
      + "\(fuel) fuel, \(allocations) allocations each"
  }
}
