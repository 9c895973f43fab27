import ArgumentParser
import Core
import Outbound
import Tokens

/// The options that `reload`, `rollback` and `status` share: the host's address, and the data that sign the operator's
/// token.
struct RunningHost: ParsableArguments {
  @Option(help: "Where the API port listens: HOST:PORT, or unix:PATH.") var api =
    Environment.value("API") ?? Address.defaultAPI
  @OptionGroup var data: DataOptions

  func validate() throws { _ = try Address(api, option: "--api") }

  /// Sends a request to the host and returns its response as JSON, of at most `bytes`. Exits with 1 without a host,
  /// with 2 when the host refuses.
  func ask(
    _ method: OutboundRequest.Method, _ path: String, asOperator: Bool, body: JSON? = nil, bytes: Int = 4 << 20
  ) async throws -> JSON {
    // The operator's token is for the host alone.
    var request = try Address(api, option: "--api").request(method, path)
    if asOperator {
      request.fields.append(.init("authorization", "Bearer \(try data.mintOperatorToken().text)"))
    }
    if let body {
      request.fields.append(.init("content-type", "application/json"))
      request.body = body.bytes
    }
    var limits = OutboundLimits()
    limits.total = .seconds(120)
    limits.bodyBytes = bytes
    let client = OutboundClient(limits: limits)
    let response: OutboundResponse
    do throws(OutboundError) {
      response = try await client.send(request)
    } catch {
      await client.shutdown()
      Output.note("error: no host answers at \(api): \(error)")
      throw ExitCode.couldNotStart
    }
    await client.shutdown()
    let (status, body) = (response.status, response.body)
    guard let json = try? JSON(parsing: body, limits: JSON.ParsingLimits(bytes: bytes)) else {
      Output.note("error: \(api) answered \(status) with something that is no JSON")
      throw ExitCode.couldNotStart
    }
    if status == 200 { return json }
    let problems = json["errors"]?.array ?? []
    if problems.isEmpty { Output.note("error: \(json["detail"]?.string ?? "refused with \(status)")") }
    for problem in problems { Output.note("error: \(problem["message"]?.string ?? problem.text)") }
    throw ExitCode.no
  }
}

/// `cascade reload`: makes a running host read its rulebook again.
struct Reload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Makes a running host reload its rulebook.")

  @OptionGroup var host: RunningHost
  @Flag(name: .customLong("no-specs"), help: "Activates the rulebook without running its specs.") var noSpecs = false
  @Flag(help: "Activates it also when decisions are gone that were asked for within the hour.") var allowRemoval = false

  func run() async throws {
    let query = (noSpecs ? ["specs=false"] : []) + (allowRemoval ? ["removal=true"] : [])
    let path = "/v1/rulebook" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    let answer = try await host.ask(.post, path, asOperator: true)
    Output.write(answer)
    for line in Self.notes(answer) { Output.note(line) }
  }

  /// What whoever reloads should know: why nothing changed, or that a rollback is over, and what is doubtful.
  static func notes(_ answer: JSON) -> [String] {
    guard let reload = answer["reload"] else { return [] }
    let isPlain = reload["outcome"] == .string("activated")
    return (isPlain ? [] : [reload["message"]?.string ?? ""])
      + (reload["doubts"]?.array ?? []).map { "warning: \($0["message"]?.string ?? $0.text)" }
  }
}

/// `cascade rollback`: makes a running host return to the previous generation.
struct Rollback: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Makes a running host return to the previous generation.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    Output.write(try await host.ask(.post, "/v1/rulebook/rollback", asOperator: true))
  }
}

/// `cascade status`: shows the generation that a running host serves.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the generation that a running host serves.",
    discussion: "Exits with 1 when none answers, and with 2 when it isn't ready.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    Output.write(try await host.ask(.get, "/v1/rulebook", asOperator: false))
    Output.note(Self.line(try await host.ask(.get, "/health", asOperator: false)))
    // Which says why it isn't, and exits with 2.
    _ = try await host.ask(.get, "/health/ready", asOperator: false)
  }

  /// How the host is and what it knows of itself, from what `/health` says:
  /// `ok; awareness 0.712 (growing_consciousness); not healthy: ledger; unknown: calibration`.
  static func line(_ health: JSON) -> String {
    var parts = [health["status"]?.string ?? "unknown"]
    let seen = health["self"]
    let mood = seen?["mood"]?.string.map { " (\($0))" } ?? ""
    parts.append(
      "awareness " + figure(seen?["awareness"]) + mood)
    for (member, word) in [("unhealthy", "not healthy"), ("unknown", "unknown")] {
      let names = (seen?[member]?.array ?? []).compactMap(\.string)
      if !names.isEmpty { parts.append("\(word): \(names.joined(separator: ", "))") }
    }
    if let fleet = seen?["fleet"], let hosts = fleet["hosts"]?.array, !hosts.isEmpty {
      let named = hosts.map { "\($0["name"]?.string ?? "?") \(figure($0["awareness"]))" }
      parts.append("fleet \(figure(fleet["awareness"])), the least of \(named.joined(separator: ", "))")
    }
    return parts.joined(separator: "; ")
  }

  private static func figure(_ value: JSON?) -> String {
    value?.number.map { "\(($0 * 1_000).rounded() / 1_000)" } ?? "unknown"
  }
}
