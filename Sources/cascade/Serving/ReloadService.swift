import Core
import Decisions
import Glibc
import Logging
import Platform
import Rulebook
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Reloads the rulebook on `SIGHUP` and, with `--watch`, on changed files.
struct ReloadService: Service {
  let host: Host
  let settings: ServeSettings
  let audit: AuditLog
  let logger: Logger

  /// The interval between two looks at which decisions are asked for.
  private static let interval = Duration.seconds(300)

  /// How many changes were noticed, and at how many the last reload looked.
  private final class ChangeCount: Sendable {
    let value = Atomic(0)
    let seen = Atomic(0)
  }

  func run() async throws {
    for problem in host.status.lastReloadProblems {
      logger.critical(
        """
        generation \(host.status.generation) serves by the rulebook that decided last, since the files can't: \
        \(problem)
        """
      )
    }
    // One reload at a time; any changes meanwhile lead to one more.
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let count = ChangeCount()
    let watcher =
      try settings.watches
      ? RulebookWatcher(root: settings.rulebook) {
        count.value.add(1, ordering: .relaxed)
        continuation.yield()
      } : nil
    defer { watcher?.stop() }
    // Whoever sends one of these by mistake must not end the host.
    for number in [SIGUSR1, SIGUSR2] { signal(number, SIG_IGN) }
    let hangUps = await UnixSignalsSequence(trapping: .sighup)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in hangUps.cancelOnGracefulShutdown() { continuation.yield() }
        logger.notice("stopping: what was asked is answered first")
        continuation.finish()
      }
      group.addTask {
        for await _ in changes { await reload(count) }
      }
      group.addTask {
        for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await host.askedPoints() }
      }
    }
  }

  private func reload(_ changes: ChangeCount) async {
    let seen = changes.value.load(ordering: .relaxed)
    let cause = changes.seen.exchange(seen, ordering: .relaxed) == seen ? "signal" : "watch"
    let before = host.status.generation
    let wasRefused = !host.status.lastReloadProblems.isEmpty
    do throws(RulebookRejected) {
      let status = try await host.reload(
        runSpecs: settings.runsSpecs, allowRemoval: settings.allowsRemoval, tellsDoubts: false)
      if status.generation != before {
        logger.notice("generation \(status.generation) decides", metadata: ["digest": "\(status.digest)"])
        await keep(cause, AuditEvent.done, status.digest)
      } else if wasRefused {
        logger.notice("the files that were refused are mended: generation \(before) decides, as they say")
      }
    } catch {
      // Whoever went on saving meanwhile may have mended it; the next reload tells.
      if changes.value.load(ordering: .relaxed) != seen { return }
      logger.error("reload refused, generation \(before) serves on: \(error)")
      await keep(cause, error.errors.first?.code.rawValue ?? "refused", host.status.digest)
    }
  }

  /// Keeps a reload among the acts; who saved a file can't be told, but whose process read it.
  private func keep(_ cause: String, _ outcome: String, _ digest: String) async {
    let event = AuditEvent(
      milliseconds: WallClock.milliseconds(), who: "local:\(getuid())", what: "reloadRulebook", from: cause,
      outcome: outcome, details: [("digest", digest)])
    do {
      try await BlockingPool.shared.run { [audit] in try audit.append(event) }
    } catch {
      logger.error("a reload can't be kept among the acts: \(error)")
    }
  }
}
