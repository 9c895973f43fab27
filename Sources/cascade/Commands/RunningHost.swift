import ArgumentParser
import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
import Tokens

/// The options that `reload`, `rollback` and `status` share: the host's address, and the data that sign the operator's
/// token.
struct RunningHost: ParsableArguments {
  @Option(help: "Where the API port listens.") var api = Environment.value("API") ?? Address.defaultAPI
  @OptionGroup var data: DataOptions

  func validate() throws { _ = try Address(api, option: "--api") }

  /// Sends a request to the host and returns its response as JSON. Exits with 1 without a host, with 2 when the host
  /// refuses.
  func ask(_ method: HTTPMethod, _ path: String, asOperator: Bool) async throws -> JSON {
    var request = HTTPClientRequest(url: "http://\(api)\(path)")
    request.method = method
    if asOperator {
      request.headers.add(name: "authorization", value: "Bearer \(try data.mintOperatorToken().text)")
    }
    let (status, body): (UInt, [UInt8])
    do {
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
      status = response.status.code
      body = Array(try await response.body.collect(upTo: 4 << 20).readableBytesView)
    } catch {
      Output.note("error: no host answers at \(api): \(error)")
      throw ExitCode.couldNotStart
    }
    guard let json = try? JSON(parsing: body, limits: JSON.ParsingLimits(bytes: 4 << 20)) else {
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

  func run() async throws {
    let answer = try await host.ask(.POST, "/v1/rulebook" + (noSpecs ? "?specs=false" : ""), asOperator: true)
    Output.write(answer.text + "\n")
  }
}

/// `cascade rollback`: makes a running host return to the previous generation.
struct Rollback: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Makes a running host return to the previous generation.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    Output.write(try await host.ask(.POST, "/v1/rulebook/rollback", asOperator: true).text + "\n")
  }
}

/// `cascade status`: shows the generation that a running host serves.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Shows the generation that a running host serves.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    Output.write(try await host.ask(.GET, "/v1/rulebook", asOperator: false).text + "\n")
  }
}
