internal import NIOCore
internal import NIOPosix

/// Where a port listens.
package enum ListeningPlace: Sendable, Equatable {
  /// At a name or address and a port; 0 lets the system choose.
  case network(host: String, port: Int)
  /// On a socket that listens already, which the port closes.
  case socket(Int32)
}

extension ServerBootstrap {
  /// Listens at a place; the channel of the port.
  func bind(to place: ListeningPlace) -> EventLoopFuture<any Channel> {
    switch place {
    case .network(let host, let port): bind(host: host, port: port)
    case .socket(let descriptor): withBoundSocket(descriptor)
    }
  }
}
