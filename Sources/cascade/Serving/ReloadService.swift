import Decisions
import Logging
import Rulebook
import ServiceLifecycle
import UnixSignals

/// Reloads the rulebook on `SIGHUP` and, with `--watch`, on changed files.
struct ReloadService: Service {
  let host: Host
  let settings: ServeSettings
  let logger: Logger

  func run() async throws {
    // One reload at a time; any changes meanwhile lead to one more.
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let watcher = try settings.watches ? RulebookWatcher(root: settings.rulebook) { continuation.yield() } : nil
    defer { watcher?.stop() }
    let hangUps = await UnixSignalsSequence(trapping: .sighup)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in hangUps.cancelOnGracefulShutdown() { continuation.yield() }
        continuation.finish()
      }
      group.addTask {
        for await _ in changes { await reload() }
      }
    }
  }

  private func reload() async {
    let before = host.status.generation
    do throws(RulebookRejected) {
      let status = try await host.reload(runSpecs: settings.runsSpecs)
      if status.generation != before {
        logger.notice("generation \(status.generation) decides", metadata: ["digest": "\(status.digest)"])
      }
    } catch {
      logger.error(
        "reload refused, generation \(before) serves on: \(error)")
    }
  }
}
