import Logging
import NIOCore
@testable import Server
import ServiceLifecycle
import Testing

extension OperatorFixture {
  /// Runs an API port that takes this operator's token, while `body` talks to it, then stops it as a signal would.
  func serving(
    _ host: FakeHost, limits: APILimits = APILimits(), endpoints: [Endpoint] = [],
    logger: Logger = Logger(label: "api"),
    _ body: @Sendable @escaping (_ port: Int) async throws -> Void
  ) async throws {
    let (ports, bound) = AsyncStream.makeStream(of: Int.self)
    let server = APIServer(
      host: "127.0.0.1", port: 0, control: host, operators: guarding, logger: logger, version: "1", metrics: { "" },
      limits: limits, endpoints: endpoints
    ) { address in
      bound.yield(address.port ?? 0)
    }
    let group = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup { tasks in
      tasks.addTask { try await group.run() }
      let port = try #require(await ports.first { _ in true })
      do { try await body(port) } catch { Issue.record(error) }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}
