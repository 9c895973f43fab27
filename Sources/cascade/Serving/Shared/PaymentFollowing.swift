import Core
import Logging
import ServiceLifecycle
import StorePostgres

/// Tells this host's readers what other hosts did with payments: at once where a Redis tells of it, else within a
/// second.
actor PaymentFollowing: Service {
  private let payments: PostgresPaymentStore
  private let steps: PaymentSteps
  private let notices: any Notices
  private let logger: Logger
  /// Since which transaction to ask.
  private var transaction: Int64?

  /// Follows `payments` and tells `steps`; `notices` say when there is something new.
  init(_ payments: PostgresPaymentStore, _ steps: PaymentSteps, _ notices: any Notices, _ logger: Logger) {
    self.payments = payments
    self.steps = steps
    self.notices = notices
    self.logger = logger
  }

  nonisolated func run() async throws {
    await cancelWhenGracefulShutdown { [notices] in
      await notices.follow(.payments, atLeastEvery: SharedFollowing.patience) { await self.step() }
    }
  }

  /// What isn't read now is read the next time.
  private func step() async {
    do throws(StoreError) {
      let changes = try await payments.changes(since: transaction)
      transaction = changes.transaction
      for payment in changes.payments { steps.tell(payment) }
    } catch {
      logger.debug("other hosts' payments can't be read: \(error)")
    }
  }
}
