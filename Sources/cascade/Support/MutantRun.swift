import ArgumentParser
import NIOCore
import Rulebook
import Synchronization

/// `cascade test --mutants`: whether the specs notice when a rule is wrong.
struct MutantRun {
  /// The rulebook, whose specs pass as it is.
  let rulebook: CheckedRulebook
  /// The rulebook's directory, where the known survivors are explained.
  let directory: String
  /// The plugin whose rules are changed; nil for all.
  let plugin: String?

  /// Makes every mutant and runs its specs, as many at once as there are cores. Throws a usage error when there is no
  /// such plugin, and what is wrong with the lists of known survivors.
  func report() async throws -> MutantReport {
    let folders = rulebook.plugins.map(\.name) + ["library"]
    if let plugin, !folders.contains(plugin) {
      throw ValidationError("--plugin: there is no plugin '\(plugin)'; there are \(folders.joined(separator: ", "))")
    }
    let known = try KnownSurvivors(directory: directory, folders: plugin.map { [$0] } ?? folders)
    let runner = MutantRunner(rulebook: rulebook, plugin: plugin)
    let progress = Mutex((bar: ProgressBar("mutants", total: Int64(runner.mutants.count)), count: Int64(0)))
    let results = await runner.run(atOnce: System.coreCount) {
      progress.withLock { progress in
        progress.count += 1
        progress.bar.advance(to: progress.count)
      }
    }
    progress.withLock { $0.bar.finish() }
    return MutantReport(results, known: known)
  }
}
