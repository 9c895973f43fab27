import Core
import TestSupport
import Testing

@testable import Rulebook

/// The example rulebooks, each complete, hold what the shipped one holds.
@Suite struct ExampleTests {
  static let names = ["eligibility", "rewards", "shipping"]

  private static func rulebook(_ name: String) throws -> CheckedRulebook {
    try RulebookLoader.load(
      directory: Checkout.directory + "/Tests/Fixtures/rulebooks/" + name, runSpecs: false)
  }

  /// What authors wrote for it; the calendar is the shipped one.
  private static func own(_ rulebook: CheckedRulebook) -> [ExactText: [UInt8]] {
    rulebook.snapshot.files.filter { !$0.key.text.hasPrefix("plugins/library/") }
  }

  @Test(arguments: names)
  func `an example loads without a doubt, and its specs pass`(name: String) async throws {
    let rulebook = try Self.rulebook(name)
    #expect(rulebook.doubts.map(\.message) == [])
    let run = await LoadingThread.run { SpecRunner(rulebook: rulebook).run() }
    #expect(run.isSuccess, "\(SpecReport.pretty(run, colour: false, verbose: false))")
    #expect(run.count(.passed) >= 7)
  }

  @Test(arguments: names)
  func `an example is under 150 lines with its specs`(name: String) throws {
    let lines = try Self.own(Self.rulebook(name)).values.flatMap { $0 }.count { $0 == UInt8(ascii: "\n") }
    #expect(lines < 150, "\(lines)")
  }

  /// Every fifth of them; what is about the bounds of fields alone may go unnoticed.
  @Test(arguments: names)
  func `an example's specs notice when its rules are wrong`(name: String) async throws {
    let rulebook = try Self.rulebook(name)
    let runner = MutantRunner(rulebook: rulebook)
    let mutants = runner.mutants.filter { !$0.file.hasPrefix("plugins/library/") }
    var survivors: [String] = []
    var count = 0
    for place in stride(from: 0, to: mutants.count, by: 5) {
      let mutant = mutants[place]
      let result = await LoadingThread.run { runner.run(mutant) }
      count += 1
      if result.fate == .survived { survivors.append(mutant.title) }
    }
    #expect(survivors.count * 10 <= count, "\(survivors.joined(separator: "\n"))")
  }
}
