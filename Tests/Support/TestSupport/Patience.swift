/// How long tests wait for what other threads and programs do.
package enum Patience {
  /// Looks ten times a second until `isThere`, for ten minutes at the most, which only a fault takes; whether it is.
  package static func lasts(until isThere: () throws -> Bool) async throws -> Bool {
    for _ in 0..<6_000 {
      if try isThere() { return true }
      try await Task.sleep(for: .milliseconds(100))
    }
    return try isThere()
  }
}
