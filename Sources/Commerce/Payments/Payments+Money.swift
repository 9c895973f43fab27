internal import Core
internal import Decisions
internal import Ledger

extension Payments {
  /// Has the rules settle what was held, now that the money is there.
  func settle(_ course: inout Course) async throws(PaymentError) {
    let payment = course.payment
    guard let terms = PaymentTerms(payment.terms) else { return }
    let key = payment.key("settle")
    let verdict = try await decisions.decide(
      .settle, payment.settleInput(terms, collected: terms.charge), key: key,
      booking: .collected(terms.charge, payment))
    switch verdict {
    case .failed(let failed) where failed.saysHoldIsGone:
      course.payment.holdIsGone = true
      try await save(&course)
    case .failed(let failed): try await fail(.settle, failed, &course)
    case .decided(let answer):
      course.payment.state = .settled
      course.payment.settlement = key
      course.payment.problem = nil
      let credit = Amount(json: answer.result["credit"]).flatMap { ducats in
        ducats.minor > 0 ? DucatCredit(payment: payment.id, citizen: payment.citizen, ducats: ducats) : nil
      }
      try await save(&course, credit: credit)
    }
  }

  /// Has the rules keep the money aside that came when nothing was held any more.
  func suspend(_ course: inout Course) async throws(PaymentError) {
    let payment = course.payment
    guard let terms = PaymentTerms(payment.terms) else { return }
    let key = payment.key("suspend")
    let input: JSON = [
      "payment": .string(payment.id.description), "citizen": .string(payment.citizen),
      "collected": terms.charge.json, "reason": "the ducats were no longer held",
    ]
    let verdict = try await decisions.decide(
      .suspend, input, key: key, booking: .collected(terms.charge, payment))
    if case .failed(let failed) = verdict { return try await fail(.suspend, failed, &course) }
    course.payment.state = .suspended
    course.payment.settlement = key
    try await report(.lateSuccess, "\(terms.charge) came when the ducats were no longer held", &course)
    try await save(&course)
  }

  /// Has the rules take back what was settled, as far as `lost` of the charge, in minor units, went back.
  func reverse(_ lost: Int64, _ course: inout Course) async throws(PaymentError) {
    if course.payment.reversing == nil {
      course.payment.reversing = lost
      try await save(&course)
    }
    let payment = course.payment
    guard let charge = payment.charge else { return }
    let postings = try await postings(of: payment)
    let input: JSON = [
      "payment": .string(payment.id.description), "charge": charge.json, "lost": Amount(lost, charge.asset).json,
      "lost_before": Amount(payment.reversed, charge.asset).json, "postings": .array(postings.map(\.json)),
    ]
    let key = payment.key("reverse \(lost)")
    let verdict = try await decisions.decide(
      .reverse, try await reversalInput(input, key: key), key: key,
      booking: .reversals(of: Set(postings.map(\.transfer)), payment))
    if case .failed(let failed) = verdict { return try await fail(.reverse, failed, &course) }
    course.payment.reversed = lost
    course.payment.reversing = nil
    course.payment.problem = nil
    try await save(&course)
  }
}

extension DecisionFailure {
  /// Whether it says that the hold has been released: it expired, or was voided.
  var saysHoldIsGone: Bool {
    reason == RefusalReason.pendingExpired.rawValue || reason == RefusalReason.pendingAlreadyVoided.rawValue
  }
}

/// What the settlement of a payment moved.
private struct SettledPosting {
  var transfer: Identifier
  var posting: Posting

  var json: JSON {
    [
      "transfer": .string(transfer.description), "from": .string(posting.source.text),
      "to": .string(posting.destination.text), "amount": posting.amount.json,
    ]
  }
}

extension Payments {
  /// What the settlement of a payment moved, in its order, as the ledger has it.
  private func postings(of payment: Payment) async throws(PaymentError) -> [SettledPosting] {
    do throws(StoreError) {
      guard let settlement = payment.settlement, let bytes = try await ports.ledger.record(settlement),
        let record = RecordedDecision(bytes: bytes)
      else { throw StoreError(.corrupt, "the settlement of \(payment.id) is not in the ledger") }
      var postings: [SettledPosting] = []
      for id in record.effects {
        guard let entry = try await ports.ledger.entry(id)?.entry, let posting = entry.postings.first else { continue }
        postings.append(SettledPosting(transfer: id, posting: posting))
      }
      return postings
    } catch {
      throw .unavailable("the settlement can't be read: \(error)")
    }
  }
}
