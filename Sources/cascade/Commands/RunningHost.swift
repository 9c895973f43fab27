import ArgumentParser
import AsyncHTTPClient
import Core
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
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
      (status, body) = try await Self.answer(to: request)
    } catch {
      Output.note("error: no host answers at \(api): \(Self.reason(error))")
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

extension RunningHost {
  /// What the host answers. A connection that is refused is no slow one: it isn't tried again.
  private static func answer(to request: HTTPClientRequest) async throws -> (status: UInt, body: [UInt8]) {
    var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5)))
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let answer: (UInt, [UInt8])
    do {
      // Specs may take their time.
      let response = try await client.execute(request, timeout: .seconds(120))
      answer = (response.status.code, Array(try await response.body.collect(upTo: 4 << 20).readableBytesView))
    } catch {
      try? await client.shutdown()
      throw error
    }
    try await client.shutdown()
    return answer
  }

  /// What the system says, where the library below says more.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case let error as NIOConnectionError:
      if let failed = error.connectionErrors.first { return reason(failed.error) }
      return (error.dnsAError ?? error.dnsAAAAError).map { reason($0) } ?? "the name leads nowhere"
    case let error as HTTPClientError: return error.shortDescription
    default: return "\(error)"
    }
  }
}

/// `cascade reload`: makes a running host read its rulebook again.
struct Reload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Makes a running host reload its rulebook.")

  @OptionGroup var host: RunningHost
  @Flag(name: .customLong("no-specs"), help: "Activates the rulebook without running its specs.") var noSpecs = false

  func run() async throws {
    let answer = try await host.ask(.POST, "/v1/rulebook" + (noSpecs ? "?specs=false" : ""), asOperator: true)
    Output.write(answer)
  }
}

/// `cascade rollback`: makes a running host return to the previous generation.
struct Rollback: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Makes a running host return to the previous generation.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    Output.write(try await host.ask(.POST, "/v1/rulebook/rollback", asOperator: true))
  }
}

/// `cascade status`: shows the generation that a running host serves.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Shows the generation that a running host serves.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    Output.write(try await host.ask(.GET, "/v1/rulebook", asOperator: false))
  }
}
