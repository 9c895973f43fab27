import ArgumentParser
import Core
import Rulebook

/// `cascade doctor`: looks at everything a host needs, and says what to do about what isn't well.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks at what a host needs and says what to do; exits with 2 when something isn't well.",
    discussion: """
      It changes nothing, and may be asked beside a running host or before the first start. It doesn't read the whole \
      history: `cascade ledger verify` and `cascade replay --all` do.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @OptionGroup var data: DataOptions
  @OptionGroup var rulebook: RulebookOptions
  @Option(help: "Where the API port listens, or shall.") var api = Environment.value("API") ?? Address.defaultAPI
  @Option(help: "Where the decision port listens, or shall.")
  var decisions = Environment.value("DECISIONS") ?? Address.defaultDecisions
  @Option(help: "How findings are written.") var format = Format.text

  func validate() throws {
    _ = try Address(api, option: "--api")
    _ = try Address(decisions, option: "--decisions")
  }

  func run() async throws {
    let findings = try await findings()
    switch format {
    case .text: for finding in findings { Output.writeLine(finding.text) }
    case .json:
      let json: JSON = [
        "ok": .bool(findings.allSatisfy(\.isGood)), "checks": .array(findings.map(\.json)),
      ]
      Output.write(json)
    }
    if !findings.allSatisfy(\.isGood) { throw ExitCode.no }
  }

  /// All findings, in the order in which one would look.
  private func findings() async throws -> [Finding] {
    let folder = DataFolder(data.data)
    let ports = [
      (option: "--api", address: try Address(api, option: "--api")),
      (option: "--decisions", address: try Address(decisions, option: "--decisions")),
    ]
    var findings = [
      folder.clock, Machine.disk(under: folder.path), Machine.descriptors, Machine.memory, folder.permissions,
    ]
    let host = await HostAnswer(at: ports[0].address, runs: folder.hasHost)
    findings += [host.version] + host.ports(ports)
    if let shared = try data.sharedAddress() {
      findings += [SharedFindings.store(shared), SharedFindings.keys(data)]
    } else {
      findings += [await folder.store, folder.keys]
    }
    findings.append(rulebookFinding)
    return findings
  }

  private var rulebookFinding: Finding {
    do throws(RulebookRejected) {
      let loaded = try RulebookLoader.load(directory: rulebook.rulebook, runSpecs: false)
      return .good("rulebook", "\(rulebook.rulebook) offers \(loaded.decisions.count) decisions")
    } catch {
      let first = error.errors.first.map { RulebookRejected.line($0) } ?? "it can't be loaded"
      return .bad(
        "rulebook", "\(rulebook.rulebook): \(first)",
        "mend it, or name another by --rulebook; `cascade check` has all \(error.errors.count) problems")
    }
  }
}
