internal import Core
internal import Decisions
internal import Logging

/// Takes up what was left undone: by a crash between two steps, a lost reply, a lost event, a buyer who went away.
///
/// A round asks the provider about every unfinished payment that hasn't changed for a while, does again what events
/// hinted at, and looks through the provider's own list, so that no money that was collected goes unnoticed.
package struct PaymentReconciler: Sendable {
  /// What a round looks at.
  package struct Options: Sendable {
    /// Payments and events are left alone for so long after their last change, in milliseconds; twice, four times, …
    /// as long when a decision about them has failed.
    package var restMilliseconds: Int64 = 60_000
    /// How far behind the round before the provider's list is read, in seconds.
    package var listedSeconds: Int64 = 3_600
    /// How far back it is read in the first round and then once a day, in seconds: a refund or a dispute, whose event
    /// may be lost too, can come months after the payment.
    package var longListedSeconds: Int64 = 180 * 86_400
    /// Payments or events that are read at once.
    package var page = 100

    package init() {}
  }

  /// What a round did.
  package struct Report: Sendable, Equatable {
    /// Payments that were taken up.
    package var payments = 0
    /// Events that were done again.
    package var events = 0
    /// Intents of the list that differed from what the host knows.
    package var differences = 0
    /// What couldn't be done now, and waits for the next round.
    package var failures = 0

    package init() {}
  }

  private let payments: Payments
  private let options: Options
  private let looks = PaymentListLooks()

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

  /// One round. O(unfinished payments + unfinished events + listed intents), each with a call of the provider.
  package func reconcile() async -> Report {
    var report = Report()
    guard await claimRound(&report) else { return report }
    await reconcilePayments(&report)
    await reconcileEvents(&report)
    await reconcileList(&report)
    try? await payments.ports.store.release(.round, by: payments.owner)
    return report
  }

  /// Claims the round, or makes the claim last longer; false when another host is at it.
  private func claimRound(_ report: inout Report) async -> Bool {
    let now = payments.now()
    let claim = WorkClaim(owner: payments.owner, until: now + PaymentClaims.roundMilliseconds)
    do throws(StoreError) {
      return try await payments.ports.store.claim(.round, for: claim, at: now)
    } catch {
      report.failures += 1
      return false
    }
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
      guard let final = page.last, await claimRound(&report) else { return }
      last = final.id
    }
  }

  private func take(_ payment: Payment, now: Int64, _ report: inout Report) async {
    let isOver = await isOver(payment, now: now)
    if payment.state == .held, !isOver { return }
    report.payments += 1
    do throws(PaymentError) {
      try await payments.change(payment.id, reading: payment.intent, wish: isOver ? .cancel : .proceed)
    } catch .decision(let failure) where !failure.isNotOffered {
      // As it should be: what was asked for before a crash is refused now.
    } catch {
      report.failures += 1
      payments.logger.warning("the payment \(payment.id) waits for the next round: \(error)")
    }
  }

  /// Whether nobody is to pay any more: a purchase whose buyer never got a response, one that has waited too long, or
  /// one whose ducats would sell for more by now than it costs. A sale is completed.
  private func isOver(_ payment: Payment, now: Int64) async -> Bool {
    guard payment.kind != .sell, payment.state.isPending else { return false }
    let limit = PaymentTerms(payment.terms)?.intentMilliseconds ?? 0
    if payment.state == .created || now - payment.created >= limit { return true }
    guard let reason = await payments.suspension(of: payment) else { return false }
    payments.logger.notice("the payment \(payment.id) is given up, unless it is paid already: \(reason)")
    return true
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
      guard let final = page.last, await claimRound(&report) else { return }
      last = final.id
    }
  }

  private func reconcileList(_ report: inout Report) async {
    for intent in looks.takeMissed() {
      do throws(PaymentError) {
        _ = try await payments.look(at: intent)
      } catch {
        looks.miss(intent)
        report.failures += 1
      }
    }
    var look = looks.next(at: payments.now(), options)
    do throws(ProviderError) {
      while let page = try await nextPage(&look) { await compare(page, &report) }
      looks.finish(look)
    } catch {
      // An error that stays would keep the look where it is for ever.
      looks.interrupt(error.isTransient ? look : nil)
      report.failures += 1
      payments.logger.warning("the provider's list waits for the next round: \(error)")
    }
  }

  /// The page behind the one before; nil behind the last.
  private func nextPage(
    _ look: inout PaymentListLooks.Look
  ) async throws(ProviderError) -> PaymentIntentPage? {
    if look.isAtEnd { return nil }
    let page = try await payments.ports.provider.listIntents(
      createdSince: look.since, after: look.behind, limit: min(options.page, 100))
    look.behind = page.intents.last?.id ?? look.behind
    if page.hasMore, page.intents.isEmpty {
      throw ProviderError(.unavailable, "\(page.unreadable) intents in the list can't be read, and none behind them")
    }
    look.isAtEnd = !page.hasMore
    return page
  }

  private func compare(_ page: PaymentIntentPage, _ report: inout Report) async {
    for intent in page.intents { await compare(intent, &report) }
    if page.unreadable > 0 {
      report.failures += page.unreadable
      payments.logger.error("\(page.unreadable) intents in the provider's list can't be read")
    }
  }

  /// Holds a listed intent against the payment it belongs to.
  private func compare(_ intent: PaymentIntent, _ report: inout Report) async {
    guard let name = intent.metadata["payment"] else { return }
    do throws(PaymentError) {
      var payment = try await known(intent, name)
      if payment == nil, payments.mark.origin(of: intent) != .ours { return payments.note(foreign: intent.id) }
      if payment?.agrees(with: intent) != true {
        report.differences += 1
        _ = try await payments.look(at: intent.id)
        payment = try await known(intent, name)
      }
      guard intent.status == .succeeded, payment?.isPosted != true, looks.mayAlarm(intent.id) else { return }
      payments.alarm(
        PaymentAlarm(.unposted, payment: payment?.id, "the intent \(intent.id) was paid, and nothing is posted"))
    } catch {
      looks.miss(intent.id)
      report.failures += 1
    }
  }

  private func known(_ intent: PaymentIntent, _ name: String) async throws(PaymentError) -> Payment? {
    try await payments.kept { () async throws(StoreError) in
      if let payment = try await payments.ports.store.payment(intent: intent.id) { return payment }
      guard payments.mark.origin(of: intent) != .foreign, let id = Identifier(name) else { return nil }
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
