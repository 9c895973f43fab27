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
    port = try Self.freePort()
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
      if isListening { return }
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

  private var isListening: Bool { Self.withSocket { reaches($0, port) } }

  private static func freePort() throws -> Int {
    var found = 0
    _ = withSocket { descriptor in
      var address = loopback(0)
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      return withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          let isBound = bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
          found = pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            Int(UInt16(bigEndian: $0.pointee.sin_port))
          }
          return isBound
        }
      }
    }
    if found == 0 { throw ServerError("no port is free") }
    return found
  }

  private static func withSocket(_ body: (Int32) -> Bool) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return body(descriptor)
  }

  private func reaches(_ descriptor: Int32, _ port: Int) -> Bool {
    var address = Self.loopback(UInt16(port))
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
