internal import Core
internal import Logging
internal import Synchronization

/// Takes up what was left undone: by a crash between two steps, a lost reply, a lost notice, a buyer who went away.
///
/// A round asks the provider about every unfinished payment that hasn't changed for a while, does again what notices
/// hinted at, and looks through the provider's own list, so that no money that was collected goes unnoticed.
package struct PaymentReconciler: Sendable {
  /// What a round looks at.
  package struct Options: Sendable {
    /// Payments and notices are left alone for so long after their last change, in milliseconds; twice, four times, …
    /// as long when a decision about them has failed.
    package var restMilliseconds: Int64 = 60_000
    /// How far back the provider's list is read, in seconds; longer than the provider keeps sending a notice.
    package var listedSeconds: Int64 = 4 * 86_400
    /// How far back it is read in the first round and then once a day, in seconds: a refund or a dispute, whose notice
    /// may be lost too, can come months after the payment.
    package var longListedSeconds: Int64 = 180 * 86_400
    /// Payments or notices that are read at once.
    package var page = 100

    /// The defaults.
    package init() {}
  }

  /// What a round did.
  package struct Report: Sendable, Equatable {
    /// Payments that were taken up.
    package var payments = 0
    /// Notices that were done again.
    package var events = 0
    /// Intents of the list that differed from what the host knows.
    package var differences = 0
    /// What couldn't be done now, and waits for the next round.
    package var failures = 0

    /// Nothing.
    package init() {}
  }

  private let payments: Payments
  private let options: Options
  /// Intents that an alarm was raised for, again only after a restart; and when the list was read far back.
  private let seen = Seen()

  private final class Seen: Sendable {
    private let names = Mutex<Set<String>>([])
    private let lastLongLook = Mutex<Int64?>(nil)

    func insert(_ name: String) -> Bool { names.withLock { $0.insert(name).inserted } }

    /// Whether the last long look that came to its end is a day ago at `now`.
    func needsLongLook(_ now: Int64) -> Bool { lastLongLook.withLock { $0.map { now - $0 >= 86_400_000 } ?? true } }

    func didLookLong(_ now: Int64) { lastLongLook.withLock { $0 = now } }
  }

  /// A reconciler of these payments.
  package init(_ payments: Payments, options: Options = Options()) {
    self.payments = payments
    self.options = options
  }

  /// Rounds until the task is cancelled, the first at once.
  package func run(every interval: Duration = .seconds(60)) async {
    while !Task.isCancelled {
      let report = await reconcile()
      if report != Report() { payments.logger.info("payments reconciled: \(report)") }
      do { try await Task.sleep(for: interval) } catch { return }
    }
  }

  /// One round. O(unfinished payments + unfinished notices + listed intents), each with a call of the provider.
  package func reconcile() async -> Report {
    var report = Report()
    await reconcilePayments(&report)
    await reconcileEvents(&report)
    await reconcileList(&report)
    return report
  }

  private func reconcilePayments(_ report: inout Report) async {
    let now = payments.now()
    var last: Identifier?
    while true {
      let behind = last
      guard
        let page = try? await payments.ports.store.unfinished(
          until: now - options.restMilliseconds, after: behind, limit: options.page)
      else {
        report.failures += 1
        return
      }
      for payment in page where now - payment.updated >= options.restMilliseconds << Int64(min(payment.attempt, 6)) {
        await take(payment, now: now, &report)
      }
      guard let final = page.last else { return }
      last = final.id
    }
  }

  private func take(_ payment: Payment, now: Int64, _ report: inout Report) async {
    let age = now - payment.created
    let limit = PaymentTerms(payment.terms)?.intentMilliseconds ?? 0
    // What its buyer never got an answer for isn't begun any more; a sale is carried out.
    let isOver = payment.kind != .sell && (payment.state == .created || age >= limit)
    if payment.state == .held, !isOver { return }
    report.payments += 1
    do throws(PaymentError) {
      try await payments.change(payment.id, reading: payment.intent, wish: isOver ? .cancel : .proceed)
    } catch .refused {
      // As it should be: what was asked for before a crash is refused now.
    } catch {
      report.failures += 1
      payments.logger.warning("the payment \(payment.id) waits for the next round: \(error)")
    }
  }

  private func reconcileEvents(_ report: inout Report) async {
    let until = payments.now() - options.restMilliseconds
    guard let events = try? await payments.ports.store.unfinishedEvents(until: until, limit: options.page) else {
      report.failures += 1
      return
    }
    for event in events {
      report.events += 1
      if await payments.process(event) == .deferred { report.failures += 1 }
    }
  }

  private func reconcileList(_ report: inout Report) async {
    let now = payments.now()
    let isLong = seen.needsLongLook(now)
    let since = now / 1000 - (isLong ? options.longListedSeconds : options.listedSeconds)
    var last: String?
    while true {
      let behind = last
      guard
        let page = try? await payments.ports.provider.listIntents(
          createdSince: since, after: behind, limit: min(options.page, 100))
      else {
        report.failures += 1
        return
      }
      for intent in page.intents { await compare(intent, &report) }
      guard page.hasMore, let final = page.intents.last else {
        if isLong { seen.didLookLong(now) }
        return
      }
      last = final.id
    }
  }

  /// Holds a listed intent against the payment it belongs to.
  private func compare(_ intent: PaymentIntent, _ report: inout Report) async {
    guard let name = intent.metadata["payment"] else { return }
    do throws(PaymentError) {
      var payment = try await known(intent, name)
      if payment?.agrees(with: intent) != true {
        report.differences += 1
        _ = try await payments.look(at: intent.id)
        payment = try await known(intent, name)
      }
      guard intent.status == .succeeded, payment?.isPosted != true, seen.insert(intent.id) else { return }
      payments.alarm(
        PaymentAlarm(.unposted, payment: payment?.id, "the intent \(intent.id) was paid, and nothing is posted"))
    } catch {
      report.failures += 1
    }
  }

  private func known(_ intent: PaymentIntent, _ name: String) async throws(PaymentError) -> Payment? {
    try await payments.kept { () async throws(PaymentStoreError) in
      if let payment = try await payments.ports.store.payment(intent: intent.id) { return payment }
      guard let id = Identifier(name) else { return nil }
      return try await payments.ports.store.payment(id)
    }
  }
}

extension Payment {
  /// Whether the money that was collected is in the ledger.
  fileprivate var isPosted: Bool { state == .settled || state == .suspended }

  /// Whether nothing is to be done about an intent in this state.
  fileprivate func agrees(with intent: PaymentIntent) -> Bool {
    if self.intent != intent.id { return false }
    switch intent.status {
    case .succeeded: return isPosted && intent.lost == reversed
    case .canceled: return state == .canceled
    default: return state == .open
    }
  }
}
