import Glibc
import NIOCore
import Platform
import Server
import ServiceLifecycle
import Synchronization

/// A service that listens, and says which option gave the address when it can't be listened on.
struct Listening: Service {
  /// Whether the address is bound.
  private final class Bound: Sendable {
    let value = Atomic(false)
  }

  private let option: String
  private let address: Address
  private let bound: Bound
  private let service: any Service
  private let socket: UnixListener?

  /// `make` gets where to listen and what to call once the address is bound: on the socket that was `handed` over, else
  /// at the address. A Unix socket gets this mode, and goes away with the service. Throws when it can't be made.
  init(
    _ option: String, _ address: Address, mode: UInt32, handed: Int32?,
    _ make: (_ place: ListeningPlace, _ onBound: @escaping @Sendable () -> Void) -> any Service
  ) throws {
    self.option = option
    self.address = address
    let bound = Bound()
    self.bound = bound
    do throws(FileError) {
      let path = handed == nil ? address.path : nil
      socket = try path.map { (path) throws(FileError) in try UnixListener(path: path, mode: mode) }
    } catch {
      throw ReadingError(message: "can't listen on \(address.text), as \(option) says: \(error.reason)")
    }
    let place = (handed ?? socket?.descriptor).map { ListeningPlace.socket($0) }
    service = make(place ?? .network(host: address.host, port: address.port)) {
      bound.value.store(true, ordering: .relaxed)
    }
  }

  func run() async throws {
    defer { socket?.remove() }
    do {
      try await service.run()
    } catch {
      if bound.value.load(ordering: .relaxed) || error is CancellationError { throw error }
      throw ReadingError(message: "can't listen on \(address.text), as \(option) says: \(Self.reason(error))")
    }
  }

  /// What the system has against it, in its own words.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode))
    case let error as SocketAddressError.UnknownHost: error.errorDescription
    default: "\(error)"
    }
  }
}
