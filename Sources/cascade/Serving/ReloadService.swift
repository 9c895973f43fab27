import Decisions
import Glibc
import Logging
import Rulebook
import ServiceLifecycle
import UnixSignals

/// Reloads the rulebook on `SIGHUP` and, with `--watch`, on changed files.
struct ReloadService: Service {
  let host: Host
  let settings: ServeSettings
  let logger: Logger

  /// The interval between two looks at which decisions are asked for.
  private static let interval = Duration.seconds(300)

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
    let watcher = try settings.watches ? RulebookWatcher(root: settings.rulebook) { continuation.yield() } : nil
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
        for await _ in changes { await reload() }
      }
      group.addTask {
        for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await host.askedPoints() }
      }
    }
  }

  private func reload() async {
    let before = host.status.generation
    let wasRefused = !host.status.lastReloadProblems.isEmpty
    do throws(RulebookRejected) {
      let status = try await host.reload(runSpecs: settings.runsSpecs, allowRemoval: settings.allowsRemoval)
      if status.generation != before {
        logger.notice("generation \(status.generation) decides", metadata: ["digest": "\(status.digest)"])
      } else if wasRefused {
        logger.notice("the files that were refused are mended: generation \(before) decides, as they say")
      }
    } catch {
      logger.error(
        "reload refused, generation \(before) serves on: \(error)")
    }
  }
}
