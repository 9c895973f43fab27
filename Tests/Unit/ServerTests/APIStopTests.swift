@testable import Server
import Synchronization
import Testing

/// An API port that stops while clients come.
struct APIStopTests {
  private final class Flag: Sendable {
    private let state = Mutex(false)
    var isUp: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
  }

  /// Connects and asks, again and again, until the port takes no more connections, or is gone.
  private static func come(to port: Int, until isGone: Flag) {
    while !isGone.isUp, let client = try? DecisionPortClient(port: port) {
      try? client.send(Ask.head("GET", "/health/live", ["Connection: close"]))
      _ = try? client.response()
    }
  }

  @Test func `connections that come while the port stops are answered or closed, and break nothing`() async throws {
    for _ in 0..<25 {
      let isGone = Flag()
      let (ports, bound) = AsyncStream.makeStream(of: Int.self)
      async let clients: Void = withThrowingDiscardingTaskGroup { tasks in
        guard let port = await ports.first(where: { _ in true }) else { return }
        for _ in 0..<8 { tasks.addTask { try await ClientThreads.run { Self.come(to: port, until: isGone) } } }
      }
      try await OperatorFixture().serving(FakeHost()) { port in
        bound.yield(port)
        try await Task.sleep(for: .milliseconds(20))
      }
      isGone.raise()
      try await clients
    }
  }
}
