internal import Synchronization

/// Who hears of something: added once there is somebody, often after what they hear of has begun.
package final class Listeners<News>: Sendable {
  private let bodies = Mutex<[@Sendable (News) -> Void]>([])

  /// Nobody listens until they are added.
  package init() {}

  /// Has `body` told of all that comes from now on. It must not wait.
  package func add(_ body: @escaping @Sendable (News) -> Void) { bodies.withLock { $0.append(body) } }

  /// Tells everybody, in the order they were added. O(listeners).
  package func tell(_ news: News) {
    for body in bodies.withLock({ $0 }) { body(news) }
  }
}
