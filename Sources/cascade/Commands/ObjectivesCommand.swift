import ArgumentParser
import Core
import LuaRuntime
import Observability
import Rulebook

/// `cascade objectives`: writes Prometheus' rules for what the rulebook promises.
struct Objectives: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes Prometheus' rules for the objectives in policies/objectives.lua.",
    discussion: """
      Rules that record how much of each promise is broken over each window, and alerts for budgets that burn too fast.
      Prometheus reads them as one of its rule_files, over the metrics of the API port.
      """)

  @OptionGroup var options: RulebookOptions

  private static let point = "awareness.objectives"

  func run() throws {
    let runner = DecisionRunner(rulebook: try options.load(), countsLines: false)
    let answer = runner.decide(Self.point, input: Array("{}".utf8), fakes: Fakes())
    switch answer.result {
    case .failure(let failure): throw ReadingError(message: "\(Self.point): \(failure.message)")
    case .success(let bytes):
      do throws(UsageError) {
        let json = (try? JSON(parsing: bytes)) ?? .null
        Output.write(ObjectiveRules(try ServiceObjectives(json)).text)
      } catch {
        throw ReadingError(message: "policies/objectives.lua: \(error.description)")
      }
    }
  }
}
