import ArgumentParser
import Core
import Tokens

/// `cascade token`: the keys and tokens of a data directory, and verification against a key set.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Signs, revokes and verifies tokens; shows and rotates keys; enrols citizens' keys.",
    discussion: "Whoever can read the data directory acts as an operator. All commands also work beside a host.",
    subcommands: [
      PrintOperatorToken.self, ListTokens.self, RevokeToken.self, ListKeys.self, RotateKeys.self, EnrolKey.self,
      SignToken.self, VerifyTokens.self,
    ])
}

/// `cascade token verify`: verifies tokens against a key set.
struct VerifyTokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Reads one token a line and prints one JSON object a line.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case json }

  @Option(help: "The file with the key set.") var jwks: String
  @Flag(help: "Checks the signature only and accepts any payload.") var signatureOnly = false
  @Option(help: "How results are written.") var format = Format.json

  func run() throws {
    var allAreValid = true
    do {
      let keys = TokenReport.keys(parsing: try InputFile.read(jwks))
      var lines = InputLines()
      while let line = try lines.next() {
        let report = TokenReport(
          line: line, keys: keys, signatureOnly: signatureOnly, now: WallClock.milliseconds())
        allAreValid = allAreValid && report.isValid
        Output.write(report.json)
      }
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    if !allAreValid { throw ExitCode.no }
  }
}
