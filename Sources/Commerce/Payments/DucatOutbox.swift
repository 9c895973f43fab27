package import Core
package import Logging

/// Tells Venice about ducats that were bought until it acknowledges: at least once; Venice knows a credit by its id. A
/// credit that it refuses raises an alarm each time and is sent again every hour.
package struct DucatOutbox: Sendable {
  private let store: any PaymentStore
  private let sender: any DucatSender
  private let logger: Logger
  private let alarm: PaymentAlarm.Handler
  private let now: @Sendable () -> Int64
  /// In whose name credits are claimed.
  private let owner: Identifier

  /// The longest wait between two sendings of one credit, in milliseconds.
  private static let longestWait: Int64 = 3_600_000
  private static let page = 100

  /// The outbox of `store`. `alarm` and `now` (milliseconds since 1970) are for tests.
  package init(
    store: any PaymentStore, sender: any DucatSender, logger: Logger, alarm: PaymentAlarm.Handler? = nil,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) {
    self.store = store
    self.sender = sender
    self.logger = logger
    self.alarm = alarm ?? PaymentAlarm.reporting(to: logger)
    self.now = now
    var generator = IdentifierGenerator()
    owner = generator.next()
  }

  /// Delivers until the task is cancelled: at once, when a credit is new, and at least every `interval`.
  package func run(notices: any Notices, atLeastEvery interval: Duration = .seconds(5)) async {
    await notices.follow(.credits, atLeastEvery: interval) { await deliver() }
  }

  /// Sends every credit that is due, once; how many Venice acknowledged. O(due).
  @discardableResult
  package func deliver() async -> Int {
    let start = now()
    var acknowledged = 0
    do throws(StoreError) {
      while true {
        let claim = WorkClaim(owner: owner, until: now() + PaymentClaims.creditMilliseconds)
        let due = try await store.claimDueCredits(at: start, limit: Self.page, for: claim)
        if due.isEmpty { return acknowledged }
        for queued in due {
          let sent = await send(queued)
          try await store.update(sent)
          if sent.state == .acknowledged { acknowledged += 1 }
        }
      }
    } catch {
      logger.error("credits can't be kept: \(error)")
      return acknowledged
    }
  }

  /// A credit as it stands after one sending; never due again at the same time.
  private func send(_ queued: QueuedCredit) async -> QueuedCredit {
    var queued = queued
    do throws(DucatSenderError) {
      _ = try await sender.send(queued.credit)
      queued.state = .acknowledged
    } catch {
      queued.attempts += 1
      switch error.code {
      case .refused, .mistaken:
        // A no of today may be a yes once somebody has looked; the alarm stands until then.
        if error.code == .mistaken { queued.state = .refused }
        queued.due = now() + Self.longestWait
        alarm(
          PaymentAlarm(.creditRefused, payment: queued.credit.payment, "Venice doesn't take the credit: \(error)"))
      case .unavailable:
        let told = (error.retryAfter?.components.seconds ?? 0).multipliedReportingOverflow(by: 1000).partialValue
        let doubling = Int64(1000) << Int64(min(queued.attempts - 1, 12))
        queued.due = now() + max(min(max(told, doubling), Self.longestWait), 1)
        logger.warning("Venice doesn't acknowledge \(queued.credit.id): \(error)")
      }
    }
    return queued
  }
}
