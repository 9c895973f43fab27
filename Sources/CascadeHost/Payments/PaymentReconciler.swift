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
    /// How far behind the round before the provider's list is read, in seconds.
    package var listedSeconds: Int64 = 3_600
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
  private let seen = Seen()

  /// Intents that an alarm was raised for, again only after a restart; and when the list was last read to its end.
  private final class Seen: Sendable {
    private struct Looks {
      var long: Int64?
      var any: Int64?
    }

    private let names = Mutex<Set<String>>([])
    private let looks = Mutex(Looks())

    func insert(_ name: String) -> Bool { names.withLock { $0.insert(name).inserted } }

    /// From when on the list must be read at `now`, in seconds since 1970, and whether that is a long look.
    func since(_ now: Int64, _ options: Options) -> (seconds: Int64, isLong: Bool) {
      looks.withLock { looks in
        guard let long = looks.long, let any = looks.any, now - long < 86_400_000 else {
          return (now / 1000 - options.longListedSeconds, true)
        }
        return (any / 1000 - options.listedSeconds, false)
      }
    }

    func didLook(_ now: Int64, isLong: Bool) {
      looks.withLock { looks in
        looks.any = now
        if isLong { looks.long = now }
      }
    }
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
    var last: String?
    while true {
      let behind = last
      guard
        let page = try? await payments.ports.store.unfinishedEvents(until: until, after: behind, limit: options.page)
      else {
        report.failures += 1
        return
      }
      for event in page {
        report.events += 1
        if await payments.process(event) == .deferred { report.failures += 1 }
      }
      guard let final = page.last else { return }
      last = final.id
    }
  }

  private func reconcileList(_ report: inout Report) async {
    let now = payments.now()
    let (since, isLong) = seen.since(now, options)
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
      if page.unreadable > 0 {
        report.failures += page.unreadable
        payments.logger.error("\(page.unreadable) intents in the provider's list can't be read")
      }
      guard page.hasMore, let final = page.intents.last else { return seen.didLook(now, isLong: isLong) }
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
