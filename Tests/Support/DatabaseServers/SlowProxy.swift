internal import Foundation
internal import Glibc
internal import Synchronization

/// Stands before a server at a loopback port, and lets its answers come late when it is told to.
package final class SlowProxy: Sendable {
  private let listener: Int32
  private let server: Int
  private let milliseconds = Atomic<UInt32>(0)
  /// The port on the loopback interface at which it listens.
  package let port: Int

  /// A proxy before the server at this port.
  package init(server: Int) throws {
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

  /// Lets each answer come so many milliseconds late from now on.
  package func delay(milliseconds: UInt32) { self.milliseconds.store(milliseconds, ordering: .sequentiallyConsistent) }

  /// Lets nobody in any more.
  package func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func begin(_ client: Int32) {
    let backend = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard Loopback.connect(backend, port: server) else {
      Glibc.close(client)
      Glibc.close(backend)
      return
    }
    Self.thread { [self] in forward(client, backend, isAnswer: false) }
    Self.thread { [self] in forward(backend, client, isAnswer: true) }
  }

  private func forward(_ from: Int32, _ to: Int32, isAnswer: Bool) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(from, &bytes, bytes.count, 0), count > 0 {
      if isAnswer { usleep(1_000 * milliseconds.load(ordering: .sequentiallyConsistent)) }
      if !write(to, bytes[..<count]) { break }
    }
    shutdown(from, Int32(SHUT_RDWR))
    shutdown(to, Int32(SHUT_RDWR))
  }

  private func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent <= 0 { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  private static func thread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.start()
  }
}
