import ArgumentParser
import Core
import Ledger
import LedgerSQLite
import Synchronization

/// `cascade ledger verify`: replays the whole ledger.
struct VerifyLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Replays the ledger and names the first bad sequence.",
    discussion: "Exits with 2 when something is wrong.")

  @OptionGroup var options: DataOptions
  @Option(help: "A file with an old checkpoint, as GET /v1/ledger/checkpoint answered it.") var checkpoint: String?

  func run() async throws {
    try await options.readingLedger(damaged: .no) { store in
      let old = try checkpoint.map(Self.checkpoint)
      let total = (try? await store.head().sequence) ?? 0
      let progress = Mutex(ProgressBar("entries", total: total))
      let report = try await store.verify(against: old) { count in progress.withLock { $0.advance(to: count) } }
      progress.withLock { $0.finish() }
      guard let problem = report.problem else {
        Output.write("\(report.entries) entries are good, head \(Hexadecimal.text(report.head))\n")
        return
      }
      Output.write("\(problem.sequence): \(problem.message)\n")
      Output.note("the first bad sequence is \(problem.sequence); \(report.entries) entries before it are good")
      throw ExitCode.no
    }
  }

  private static func checkpoint(_ path: String) throws -> Checkpoint {
    guard let checkpoint = Checkpoint(json: try InputFile.json(path)) else {
      throw ReadingError(message: #"\#(path) is no checkpoint: {"ledger","size","head","ts"}"#)
    }
    return checkpoint
  }
}
