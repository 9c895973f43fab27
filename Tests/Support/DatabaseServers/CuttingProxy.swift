internal import Foundation
internal import Glibc
internal import Synchronization

/// Stands between a client and a PostgreSQL server's socket, and cuts the connection when it is told to: after so many
/// messages of the one or the other side. Or lets nothing through for a while, as a firewall that swallows packets:
/// both sides take the connection for an open one meanwhile, and what was sent arrives afterwards.
package final class CuttingProxy: Sendable {
  /// Who sends a message.
  package enum Side: Sendable { case client, server }

  private struct Plan {
    var side: Side
    var left: Int
  }

  private let listener: Int32
  private let server: String
  private let plan = Mutex<Plan?>(nil)
  private let isSwallowing = Atomic(false)
  /// The port on the loopback interface at which it listens.
  package let port: Int

  /// A proxy before the server whose socket is at this path.
  package init(server: String) throws {
    self.server = server
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard let port = Loopback.bind(listener), listen(listener, 16) == 0 else {
      throw ServerError("the proxy can't listen")
    }
    self.port = port
    Self.thread { [self] in
      while case let client = accept(listener, nil, nil), client >= 0 { begin(client) }
    }
  }

  /// Lets `count` messages of `side` through from now on, over whichever connection, and cuts that one then.
  package func cut(after count: Int, of side: Side) { plan.withLock { $0 = Plan(side: side, left: count) } }

  /// Whether the cut was made.
  package var hasCut: Bool { plan.withLock { $0 == nil } }

  /// Lets nothing through from now on, or everything again.
  package func swallow(_ isSwallowing: Bool) {
    self.isSwallowing.store(isSwallowing, ordering: .sequentiallyConsistent)
  }

  /// Lets nobody in any more.
  package func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func begin(_ client: Int32) {
    let backend = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard Loopback.connect(backend, path: server) else {
      Glibc.close(client)
      Glibc.close(backend)
      return
    }
    Self.thread { [self] in forward(client, backend, .client, isFirst: true) }
    Self.thread { [self] in forward(backend, client, .server, isFirst: false) }
  }

  /// Forwards messages until one side is gone: each has a type, unless it is a client's first, and a length.
  private func forward(_ from: Int32, _ to: Int32, _ side: Side, isFirst: Bool) {
    var isFirst = isFirst
    while case let header = read(from, isFirst ? 4 : 5), !header.isEmpty {
      let length = header.suffix(4).reduce(0) { $0 << 8 | Int($1) } - 4
      let message = header + read(from, length)
      isFirst = false
      if !mayPass(side) { break }
      while isSwallowing.load(ordering: .sequentiallyConsistent) { usleep(10_000) }
      if !write(to, message) { break }
    }
    shutdown(from, Int32(SHUT_RDWR))
    shutdown(to, Int32(SHUT_RDWR))
  }

  private func mayPass(_ side: Side) -> Bool {
    plan.withLock { plan in
      guard plan?.side == side else { return true }
      if plan?.left == 0 {
        plan = nil
        return false
      }
      plan?.left -= 1
      return true
    }
  }

  private func read(_ descriptor: Int32, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress?.advanced(by: done), count - done, 0) }
      if got <= 0 { return [] }
      done += got
    }
    return bytes
  }

  private func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { return false }
      done += sent
    }
    return true
  }

  private static func thread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.start()
  }
}
