import ArgumentParser
import CascadeHost
import CascadeServer
import Core
import Tokens

/// `cascade token`: keys and tokens of a data directory, and checking tokens against a key set.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Enrols citizens' keys; prints the operator's token; verifies tokens.",
    subcommands: [EnrolKey.self, PrintOperatorToken.self, VerifyTokens.self])
}

/// `cascade token operator`
struct PrintOperatorToken: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Prints the token that lets an operator reload and roll back.")

  @OptionGroup var options: DataOptions

  func run() throws {
    do throws(OperatorTokenError) {
      Output.write(try OperatorToken.load(orCreateIn: options.data).secret + "\n")
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}

/// `cascade token verify`
struct VerifyTokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Reads one token a line and prints one JSON object a line.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case json }

  @Option(help: "The file with the key set.") var jwks: String
  @Flag(help: "Checks the signature only, and takes any payload.") var signatureOnly = false
  @Option(help: "How results are written.") var format = Format.json

  func run() throws {
    let file: [UInt8]
    do {
      file = try InputFile.read(jwks)
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    let keys = TokenReport.keys(parsing: file)
    var allAreValid = true
    var lines = InputLines()
    while let line = lines.next() {
      let report = TokenReport(
        line: line, keys: keys, signatureOnly: signatureOnly, now: IdentifierGenerator.nowMilliseconds())
      allAreValid = allAreValid && report.isValid
      Output.write(report.json.text + "\n")
    }
    if !allAreValid { throw ExitCode.no }
  }
}
