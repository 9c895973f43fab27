import ArgumentParser

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
      Serve.self, Check.self, Test.self, Eval.self, ReplayDecision.self, Bench.self, Reload.self, Rollback.self,
      Status.self, Types.self, TokenCommand.self, GraphCommand.self, LedgerCommand.self,
    ])
}

/// The version of this program.
enum Version {
  static let text = "0.1.0"
}
