internal import Foundation
internal import Glibc
internal import Synchronization

/// A Redis of the tests' own, on a loopback port.
package final class RedisServer: Sendable {
  private let folder: ServerFolder
  private let running = Mutex<RunningServer?>(nil)
  private let number = Atomic(-1)
  /// Where it listens.
  package let port: Int
  private static let program = "/usr/bin/redis-server"

  /// Starts a server without data.
  package init() throws {
    guard FileManager.default.isExecutableFile(atPath: Self.program) else {
      throw ServerError("Redis 7 is missing; 'make packages-test' installs it")
    }
    folder = try ServerFolder("redis", user: "redis")
    port = try Loopback.freePort()
    try start()
  }

  /// Starts it again, empty, after ``stop()``; returns when it answers.
  package func start() throws {
    let server = try folder.start(
      [
        Self.program, "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--appendonly",
        "no", "--databases", "16",
      ], endedBy: "KILL")
    running.withLock { $0 = server }
    for _ in 0..<300 {
      if Loopback.isListening(at: port) { return }
      usleep(100_000)
    }
    throw ServerError("Redis doesn't answer: \(folder.log)")
  }

  /// Kills it.
  package func stop() { running.withLock { $0?.stop(SIGKILL) } }

  /// Lets it stand still, or go on.
  package func pause(_ isPaused: Bool) { running.withLock { $0?.signal(isPaused ? SIGSTOP : SIGCONT) } }

  /// The address of a database that no other test has; there are 16.
  package func newDatabase() -> String { "redis://127.0.0.1:\(port)/\(number.add(1, ordering: .relaxed).newValue)" }
}
