internal import Synchronization

/// Which routes of the API port there are, and which of them were asked for.
package final class RouteSights: Sendable {
  private struct State {
    var offered: [String] = []
    var asked: Set<String> = []
  }

  private let state = Mutex(State())

  /// Knows of no route before a port has them.
  package init() {}

  /// The routes of the port, as `GET /v1/records/{id}`, in the order of their description.
  package var offered: [String] { state.withLock { $0.offered } }

  /// The routes that were asked for since this was asked last, sorted. O(routes · log routes).
  package func take() -> [String] {
    state.withLock { state in
      defer { state.asked.removeAll(keepingCapacity: true) }
      return state.asked.sorted()
    }
  }

  /// Takes the routes that a port has.
  func offer(_ routes: [String]) { state.withLock { $0.offered = routes } }

  /// A route was asked for, one of those that are offered.
  func note(_ route: String) { state.withLock { _ = $0.asked.insert(route) } }
}
