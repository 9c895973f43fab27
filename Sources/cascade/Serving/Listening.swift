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
      throw Self.problem(option, address, error.reason)
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
      throw Self.problem(option, address, Self.reason(error))
    }
  }

  /// Throws when nobody can listen at `address` now, so that nothing is begun for it: a generation's number, above all.
  /// What takes the address after this is found when the service binds it. A Unix socket, or one that was `handed`
  /// over, is there already, and a name that can't be resolved is told later.
  static func check(_ option: String, _ address: Address, handed: Int32?) throws {
    guard handed == nil, address.path == nil, address.port != 0 else { return }
    var hints = addrinfo()
    (hints.ai_flags, hints.ai_socktype) = (AI_PASSIVE, Int32(SOCK_STREAM.rawValue))
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let found else { return }
    defer { freeaddrinfo(found) }
    let probe = Glibc.socket(found.pointee.ai_family, found.pointee.ai_socktype, found.pointee.ai_protocol)
    guard probe >= 0 else { return }
    defer { close(probe) }
    // As servers do it: an address that was just let go of can be bound again.
    var on: CInt = 1
    setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
    if bind(probe, found.pointee.ai_addr, found.pointee.ai_addrlen) != 0 {
      throw problem(option, address, String(cString: strerror(errno)))
    }
  }

  private static func problem(_ option: String, _ address: Address, _ reason: String) -> ReadingError {
    ReadingError(message: "can't listen on \(address.text), as \(option) says: \(reason)")
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
