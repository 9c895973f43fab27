/// Lets one at a time work on a thing; the others wait in order.
package actor Turns {
  private var waiting: [Identifier: [CheckedContinuation<Void, Never>]] = [:]

  /// Nobody works on anything.
  package init() {}

  private func begin(_ thing: Identifier) async {
    if waiting[thing] == nil {
      waiting[thing] = []
    } else {
      await withCheckedContinuation { waiting[thing]?.append($0) }
    }
  }

  private func end(_ thing: Identifier) {
    guard waiting[thing]?.isEmpty == false else {
      waiting[thing] = nil
      return
    }
    waiting[thing]?.removeFirst().resume()
  }

  /// Runs `body` when it is this caller's turn, and gives or throws what it does.
  package nonisolated func take<Value: Sendable, Failure: Error>(
    _ thing: Identifier, _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    await begin(thing)
    do throws(Failure) {
      let value = try await body()
      await end(thing)
      return value
    } catch {
      await end(thing)
      throw error
    }
  }
}
