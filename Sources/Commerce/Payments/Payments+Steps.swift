internal import Core
internal import Decisions
internal import Ledger

// The steps of a payment. Each can be taken again after a crash anywhere within it.

extension Payments {
  /// A payment on its way: as it is kept, its intent as it was read, and what is wished.
  struct Course {
    var payment: Payment
    var intent: PaymentIntent?
    var wish = PaymentStep.Wish.proceed
    /// Whether it was begun just now.
    var isNew = false
  }

  /// More steps than a payment can take without something happening outside.
  private static let stepsAtOnce = 16

  /// For so long after it was asked for, in milliseconds, an intent that can't be found may still be on its way: longer
  /// than the provider, or anything between it and the host, keeps a request.
  private static let onItsWay: Int64 = 600_000
  /// By how much the provider's clock may differ, in seconds.
  private static let clockSkew: Int64 = 300
  /// How long the provider knows a key, and the host may ask again, in seconds.
  private static let keyLife: Int64 = 86_400

  /// Takes a payment as far as it can go now, beginning with the intent as it was just read.
  func advance(_ course: inout Course) async throws(PaymentError) {
    for _ in 0..<Self.stepsAtOnce {
      let step = PaymentStep.next(course.payment, intent: course.intent, wish: course.wish, livemode: livemode)
      switch step {
      case .rest: return
      case .report(let code, let text): return try await report(code, text, &course)
      case .authorize: try await authorize(&course)
      case .withdraw: try await withdraw(&course)
      case .adopt(let intent): try await adopt(intent, &course)
      case .openIntent: try await openIntent(&course)
      case .findIntent: try await findIntent(&course)
      case .readIntent: try await read(course.payment.intent ?? "", &course)
      case .settle: try await settle(&course)
      case .suspend: try await suspend(&course)
      case .cancelIntent: try await cancelIntent(&course)
      case .void: try await void(&course)
      case .reverse(let lost): try await reverse(lost, &course)
      }
    }
  }

  func save(_ course: inout Course, credit: DucatCredit? = nil) async throws(PaymentError) {
    course.payment.updated = now()
    let payment = course.payment
    course.payment = try await kept { () async throws(StoreError) in
      try await ports.store.update(payment, ifRevision: payment.revision, credit: credit)
    }
    if credit != nil { await ports.notices.tell(.credits) }
  }

  /// Raises an alarm, unless it is the one that stands already.
  func report(_ code: PaymentAlarm.Code, _ text: String, _ course: inout Course) async throws(PaymentError) {
    if course.payment.problem == text { return }
    alarm(PaymentAlarm(code, payment: course.payment.id, text))
    course.payment.problem = text
    try await save(&course)
  }

  /// Reads the intent of this name as it is at the provider now.
  func read(_ id: String, _ course: inout Course) async throws(PaymentError) {
    do throws(ProviderError) {
      course.intent = mark.removed(from: try await ports.provider.intent(id))
    } catch {
      if error.code == .notFound {
        try await report(.missingIntent, "the provider doesn't have the intent \(id)", &course)
      }
      throw .unavailable("the intent can't be read: \(error)")
    }
  }

  /// A decision that had to succeed failed for good: the next try has another key. Throws.
  func fail(_ point: PaymentDecisions.Point, _ failed: DecisionFailure, _ course: inout Course)
    async throws(PaymentError)
  {
    course.payment.attempt += 1
    try await report(.ruleFailed, "\(point.rawValue) failed: \(failed.message)", &course)
    try await save(&course)
    throw .unavailable("the payment can't go on now; it will be tried again")
  }

  // MARK: Before the money

  private func authorize(_ course: inout Course) async throws(PaymentError) {
    let payment = course.payment
    let verdict: PaymentDecisions.Verdict
    if let sale = payment.saleInput {
      verdict = try await decisions.decide(
        .sell, sale, key: payment.id, booking: .overdrafts)
    } else {
      verdict = try await offer(&course)
    }
    switch verdict {
    case .failed(let failed):
      course.payment.state = .refused
      course.payment.failure = failed.failure
      try await save(&course)
      throw .decision(failed)
    case .decided(let answer):
      course.payment.terms = answer.result
      course.payment.state = payment.kind == .sell ? .settled : .held
      course.payment.settlement = payment.kind == .sell ? payment.id : nil
      try await save(&course)
    }
  }

  /// Gives up what was only asked for: nothing happens any more, unless the rules have decided already.
  private func withdraw(_ course: inout Course) async throws(PaymentError) {
    do throws(StoreError) {
      if try await ports.ledger.record(course.payment.id) == nil {
        course.payment.state = .canceled
      }
    } catch {
      throw .unavailable("the ledger can't be read: \(error)")
    }
    if course.payment.state == .canceled { try await save(&course) } else { try await authorize(&course) }
  }

  /// Prices what has no quote, and holds the ducats.
  private func offer(_ course: inout Course) async throws(PaymentError) -> PaymentDecisions.Verdict {
    var offer = course.payment.quotedOfferInput
    if let input = course.payment.priceInput {
      if course.payment.price == nil, !course.isNew {
        course.payment.price = try await earlierPrice(course.payment)
      }
      if course.payment.price == nil {
        let verdict = try await decisions.decide(.price, input)
        guard case .decided(let price) = verdict else { return verdict }
        // Kept first: the ducats are held once, at one price.
        course.payment.price = price
        try await save(&course)
      }
      offer = course.payment.price.map(course.payment.pricedOfferInput)
    }
    guard let offer else { throw .invalid("the quote has no 'net' that is an amount") }
    return try await decisions.decide(.authorize, offer, key: course.payment.id)
  }

  /// The price that an earlier version of the host kept in the ledger; nil when there is none.
  private func earlierPrice(_ payment: Payment) async throws(PaymentError) -> PaymentAnswer? {
    do throws(StoreError) {
      guard let bytes = try await ports.ledger.record(payment.key("price")),
        let record = RecordedDecision(bytes: bytes), let result = record.result
      else { return nil }
      return PaymentAnswer(result: result, generation: record.generation, decision: record.id)
    } catch {
      throw .unavailable("the ledger can't be read: \(error)")
    }
  }

  /// Why the rules don't offer any more what the payment waits for; nil while they do, or can't be asked.
  func suspension(of payment: Payment) async -> String? {
    guard let input = payment.standingInput, let verdict = try? await decisions.decide(.stands, input),
      case .failed(let failed) = verdict, failed.failure?.code == .refused
    else { return nil }
    return failed.message
  }

  // MARK: The intent

  private func openIntent(_ course: inout Course) async throws(PaymentError) {
    guard let terms = PaymentTerms(course.payment.terms) else {
      try await report(.ruleFailed, "payment.authorize gave terms that can't be read", &course)
      throw .unavailable("the payment can't go on; an operator was told")
    }
    if course.payment.asked != nil, try await adoptIntent(&course) { return }
    // What was asked for once is asked for in the same words: the provider compares them.
    if course.payment.asked == nil { course.payment.isMarked = true }
    course.payment.asked = now()
    try await save(&course)
    let request = PaymentIntentRequest(
      amount: terms.charge.minor, currency: terms.currency,
      metadata: course.payment.isMarked ? mark.added(to: terms.metadata) : terms.metadata,
      paymentMethod: course.payment.order.paymentMethod)
    let made: PaymentIntent
    do throws(ProviderError) {
      made = try await ports.provider.createIntent(request, idempotencyKey: course.payment.id)
    } catch {
      // A decline leaves an intent that can be paid another way.
      guard error.code == .declined, let intent = error.intent else {
        if error.code == .unknownMethod {
          try await void(&course)
          throw .invalid("the payment service doesn't take this payment method: \(error.message)")
        }
        if !error.isTransient { try await report(.providerRefused, "no intent was made: \(error)", &course) }
        throw .unavailable("the payment service can't be asked now; ask again with the same key")
      }
      made = intent
    }
    try await adopt(made, &course)
  }

  private func findIntent(_ course: inout Course) async throws(PaymentError) {
    if let asked = course.payment.asked {
      if try await adoptIntent(&course) { return }
      // The create request may still be in flight, so an empty list doesn't prove that there is no PaymentIntent.
      if now() < asked + Self.onItsWay {
        throw .unavailable(
          "the payment service hasn't said yet whether the payment was begun; ask again in ten minutes")
      }
    }
    try await void(&course)
  }

  /// Takes the intent that the provider has for the payment, if any; whether there was one.
  private func adoptIntent(_ course: inout Course) async throws(PaymentError) -> Bool {
    let payment = course.payment
    let asked = payment.asked ?? now()
    // The host's own clock may have gone back between the two.
    let first = min(payment.created, asked)
    let created = first / 1000 - Self.clockSkew...asked / 1000 + Self.keyLife
    let found: [PaymentIntent]
    do throws(ProviderError) {
      found = try await ports.provider.intents(payment: payment.id, created: created)
        .filter { mark.origin(of: $0) != .foreign }
    } catch {
      throw .unavailable("the payment service can't be asked now: \(error)")
    }
    // The first that was made; should there be more, one that was paid must not be lost sight of.
    guard let intent = found.first(where: { $0.status == .succeeded }) ?? found.last else { return false }
    if found.count > 1 {
      alarm(PaymentAlarm(.twoIntents, payment: course.payment.id, "there are \(found.count) intents for one payment"))
    }
    try await adopt(intent, &course)
    return true
  }

  private func adopt(_ intent: PaymentIntent, _ course: inout Course) async throws(PaymentError) {
    course.payment.intent = intent.id
    if course.payment.state == .held { course.payment.state = .open }
    course.intent = mark.removed(from: intent)
    try await save(&course)
  }

  private func cancelIntent(_ course: inout Course) async throws(PaymentError) {
    let id = course.payment.intent ?? ""
    let refusal: ProviderError
    do throws(ProviderError) {
      course.intent = mark.removed(from: try await ports.provider.cancelIntent(id))
      return
    } catch {
      refusal = error
    }
    guard refusal.code == .conflict else { throw .unavailable("the intent can't be canceled now: \(refusal)") }
    // It was paid, or is about to be.
    course.wish = .proceed
    try await read(id, &course)
  }

  private func void(_ course: inout Course) async throws(PaymentError) {
    let payment = course.payment
    let input: JSON = ["payment": .string(payment.id.description), "holds": payment.terms?["holds"] ?? []]
    let verdict = try await decisions.decide(.void, input, key: payment.key("void"))
    if case .failed(let failed) = verdict, !failed.saysHoldIsGone {
      try await fail(.void, failed, &course)
    }
    course.payment.state = .canceled
    course.payment.holdIsGone = true
    course.payment.problem = nil
    try await save(&course)
  }
}
