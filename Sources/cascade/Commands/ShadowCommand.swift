import ArgumentParser
import Core
import Decisions
import Outbound
import Rulebook

/// `cascade shadow`: other rules decide along on a running host, and change nothing.
struct ShadowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shadow", abstract: "Lets other rules decide along on a running host, and compares.",
    subcommands: [ShadowStart.self, ShadowStatus.self, ShadowStop.self, ShadowReport.self])

  /// How a shadow stands, without its report.
  static func brief(_ json: JSON) -> JSON {
    var object = json.object ?? JSON.Object()
    object["report"] = nil
    return .object(object)
  }
}

/// `cascade shadow start`: begins a shadow.
struct ShadowStart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Lets a candidate decide along from now on.",
    discussion: """
      The candidate runs after each answer has left, on a machine of its own, with the answers that the host gave; what \
      it intends is not done. Decisions that come faster than they can be compared are counted as dropped. The shadow \
      goes on over a restart of the host and ends by itself. Exits with 2 when the host refuses.
      """)

  @Option(help: "The directory of the changed rulebook, or the number or digest of a generation that decided.")
  var candidate: String
  @Option(help: "One decision in how many: 1/10; every one when left out.") var share: String?
  @Option(help: "How long it goes on: 24h, 7d.") var until: String?
  @OptionGroup var host: RunningHost

  func validate() throws {
    if candidate.isEmpty { throw ValidationError("--candidate is empty") }
    if let until, AgeText.milliseconds(until) == nil {
      throw ValidationError("--until is \(AgeText.form), not '\(until)'")
    }
    if let share, share.rest(behind: "1/").flatMap({ Int64($0) }) ?? 0 < 1 {
      throw ValidationError("--share is one decision in how many, such as 1/10, not '\(share)'")
    }
  }

  func run() async throws {
    var body = JSON.Object([("candidate", try sent())])
    body["share"] = share.map { .string($0) }
    body["until"] = until.map { .string($0) }
    let answer = try await host.ask(.post, "/v1/shadow", asOperator: true, body: .object(body), bytes: 64 << 20)
    Output.write(ShadowCommand.brief(answer))
  }

  /// The candidate as the host is sent it: the files of a directory go along.
  private func sent() throws -> JSON {
    if candidate.begins(with: "sha256:") { return ["generation": .string(candidate)] }
    if let number = Int64(candidate) { return ["generation": .integer(number)] }
    return ["files": try RulebookSnapshot.reading(candidate).texts]
  }
}

/// `cascade shadow status`: how a shadow stands.
struct ShadowStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows how the shadow stands, or the last one stood.",
    discussion: "While nothing flipped among n pairs, `below` is 3/n: with 95 % certainty no larger share does.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    let answer = try await host.ask(.get, "/v1/shadow", asOperator: true, bytes: 64 << 20)
    Output.write(ShadowCommand.brief(answer))
  }
}

/// `cascade shadow stop`: ends a shadow.
struct ShadowStop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Ends the shadow; its report stays.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    let answer = try await host.ask(.delete, "/v1/shadow", asOperator: true, bytes: 64 << 20)
    Output.write(ShadowCommand.brief(answer))
  }
}

/// `cascade shadow report`: what a shadow found.
struct ShadowReport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Prints what the shadow found so far, in the form of a backtest's report.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    let answer = try await host.ask(.get, "/v1/shadow", asOperator: true, bytes: 64 << 20)
    guard let report = answer["report"], report != .null else {
      Output.note("error: the shadow has no report: \(answer["problem"]?.string ?? "it never ran")")
      throw ExitCode.no
    }
    Output.write(report)
  }
}
