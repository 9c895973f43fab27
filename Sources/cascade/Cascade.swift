import ArgumentParser
// Links nothing in the place of ICU's data.
import CStubData
import Glibc

/// The command line `cascade`, the one place that assembles concrete parts.
@main
struct Cascade: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cascade",
    abstract: "Runs, checks and tests a rulebook of Lua rules.",
    discussion: """
      Every option also has an environment form: --rulebook is CASCADE_RULEBOOK, --api is CASCADE_API.
      Exit codes: 0 fine, 1 could not load or start, 2 ran and the answer is no, 64 wrong usage.
      """,
    version: Version.text,
    subcommands: [
      Serve.self, Check.self, Test.self, Eval.self, Docs.self, RulebookCommand.self, RecordsCommand.self,
      ReplayDecision.self, BacktestCommand.self, ShadowCommand.self, ExplainCommand.self, DebugCommand.self, Bench.self,
      Reload.self,
      Rollback.self,
      Status.self, Tail.self, New.self, Types.self, TokenCommand.self, GraphCommand.self, LedgerCommand.self,
      GovernanceCommand.self, Healthcheck.self, AuditCommand.self, ConfigCommand.self, Doctor.self, Backup.self,
      Restore.self, Migrate.self, StoreCommand.self, Objectives.self,
    ])

  /// Runs the command that the arguments name, and ends with its code. Help, too, is a result that must be written.
  static func main() async {
    Output.keepPlaces()
    do {
      var command = try await asyncParseAsRoot()
      if var waiting = command as? any AsyncParsableCommand {
        try await waiting.run()
      } else {
        try command.run()
      }
    } catch {
      let code = exitCode(for: error)
      Output.say(fullMessage(for: error), isAnswer: code == .success)
      if code != .success { Self.end(code) }
    }
    Output.finish()
    Self.end(.success)
  }

  private static func end(_ code: ExitCode) -> Never { Glibc.exit(code.rawValue) }
}

/// The version of this program.
enum Version {
  static let text = "0.1.0"
}
