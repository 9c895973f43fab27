import Citizens
import Core
import Decisions
import Logging
import ServiceLifecycle
import Synchronization

/// Takes in what other hosts write to the ledger and the trust graph, and tells them what this one writes.
struct SharedFollowing: Service {
  /// How often the ledger's head is looked at where no Redis tells of it.
  static let interval = Duration.milliseconds(100)
  /// How often all the same, since a notice may be lost.
  static let patience = Duration.seconds(1)
  /// What is written within this time is told at once.
  static let gathering = Duration.milliseconds(5)

  let ledger: LedgerProjection
  let graph: LiveGraph
  let redis: SharedRedis
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await followLedger() }
        group.addTask { await pollLedger() }
        group.addTask { await redis.notices.follow(.graph, atLeastEvery: Self.patience) { await followGraph() } }
        if redis.isWanted { group.addTask { await tell() } }
      }
    }
  }

  private func followLedger() async {
    for await _ in redis.notices.subscribe(.ledger) { await follow() }
  }

  private func pollLedger() async {
    var last = ContinuousClock.now - Self.patience
    while !Task.isCancelled {
      if !redis.isThere || ContinuousClock.now - last >= Self.patience {
        last = .now
        await follow()
      }
      do { try await Task.sleep(for: Self.interval) } catch { return }
    }
  }

  private func follow() async {
    do throws(StoreError) {
      try await ledger.follow()
    } catch {
      logger.debug("other hosts' entries can't be read: \(error)")
    }
  }

  private func followGraph() async {
    do {
      try await graph.refresh()
    } catch {
      logger.debug("other hosts' trust can't be read: \(error)")
    }
  }

  private func tell() async {
    let (written, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    ledger.writes.add { continuation.yield() }
    for await _ in written {
      await redis.notices.tell(.ledger)
      do { try await Task.sleep(for: Self.gathering) } catch { return }
    }
  }
}
