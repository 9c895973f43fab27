import Core
import Decisions
import Logging
import Metrics
import Server
import ServiceLifecycle

/// Runs the self-check, a step a second beside everything else, and raises what it finds: in the log, in the metrics
/// and on the stream.
struct SelfChecking: Service {
  /// How often a step is made.
  static let interval = Duration.seconds(1)

  private let check: SelfCheck
  private let findings: SelfCheckFindings
  private let stream: StreamHub
  private let logger: Logger
  private let same = Self.replays("same")
  private let differs = Self.replays("differs")
  private let impossible = Self.replays("impossible")
  private let faults = Counter(label: "cascade_selfcheck_faults")
  private let oldest = Meter(label: "cascade_selfcheck_oldest_unverified_seconds")

  init(_ check: SelfCheck, findings: SelfCheckFindings, stream: StreamHub, logger: Logger) {
    self.check = check
    self.findings = findings
    self.stream = stream
    self.logger = logger
  }

  private static func replays(_ verdict: String) -> Counter {
    Counter(label: "cascade_selfcheck_replays", dimensions: [("verdict", verdict)])
  }

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      do {
        // On the threads that let everybody else run first, and may wait for the disk.
        note(try await withTaskExecutorPreference(stream.threads) { try await check.step() })
      } catch {
        logger.error("the self-check can't read what is kept: \(error)")
      }
      oldest.set(findings.oldestUnverified() / .seconds(1))
    }
  }

  private func note(_ step: SelfCheckStep) {
    switch step.verdict {
    case .same: same.increment()
    case .differs: differs.increment()
    case .impossible: impossible.increment()
    case nil: break
    }
    faults.increment(by: Int64(step.faults.count))
    for finding in findings.take(step) {
      logger.critical("\(finding.message)")
      let told: JSON = ["code": .string(finding.kind.rawValue), "message": .string(finding.message)]
      stream.publish(StreamEvent(.alarms, "selfcheck", at: 0, bytes: told.bytes))
    }
  }
}
