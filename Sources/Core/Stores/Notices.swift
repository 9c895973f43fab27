/// What one host tells the others, and itself: that something is new, never what. Who hears it looks where it stands.
package enum NoticeTopic: String, Sendable, CaseIterable {
  /// A credit waits for Venice.
  case credits
  /// A payment came or moved on.
  case payments
  /// The trust graph has another version.
  case graph
  /// The ledger has more entries.
  case ledger
  /// Another generation of the rulebook decides.
  case rulebook
  /// Keys were enrolled, rotated or revoked.
  case keys
}

/// Spreads notices. A notice may be lost, come twice or late, so whoever waits for one looks now and then all the same.
package protocol Notices: Sendable {
  /// Tells everybody who has subscribed. Never waits for them.
  func tell(_ topic: NoticeTopic) async
  /// One element when something was told since the last was taken, however often. Ends with its task.
  func subscribe(_ topic: NoticeTopic) -> AsyncStream<Void>
}

extension Notices {
  /// Runs `body` at once, then after each notice and at least every `interval`, until the task is cancelled.
  package func follow(
    _ topic: NoticeTopic, atLeastEvery interval: Duration, _ body: @Sendable () async -> Void
  ) async {
    let (ticks, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let notices = subscribe(topic)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in notices { continuation.yield() } }
      group.addTask {
        while !Task.isCancelled {
          continuation.yield()
          do { try await Task.sleep(for: interval) } catch { break }
        }
        continuation.finish()
      }
      for await _ in ticks {
        if Task.isCancelled { break }
        await body()
      }
      group.cancelAll()
    }
  }
}
