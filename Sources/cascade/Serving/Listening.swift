import Glibc
import NIOCore
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

  /// `make` gets what to call once the address is bound.
  init(_ option: String, _ address: Address, _ make: (_ onBound: @escaping @Sendable () -> Void) -> any Service) {
    self.option = option
    self.address = address
    let bound = Bound()
    self.bound = bound
    service = make { bound.value.store(true, ordering: .relaxed) }
  }

  func run() async throws {
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
