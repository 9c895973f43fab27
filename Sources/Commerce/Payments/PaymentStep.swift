internal import Core

/// What to do next with a payment: the whole course of a payment as one pure function.
enum PaymentStep: Sendable, Equatable {
  /// Price it and hold the ducats, or carry out the sale.
  case authorize
  /// Give up what was only asked for, unless it has been decided.
  case withdraw
  /// Take this intent for the payment's.
  case adopt(PaymentIntent)
  /// Find or make the intent at the provider.
  case openIntent
  /// Find the intent at the provider, if there is one.
  case findIntent
  /// Ask the provider how the intent stands.
  case readIntent
  /// Post the hold and share out what was collected.
  case settle
  /// Book what was collected to the suspense account.
  case suspend
  /// Cancel the intent at the provider.
  case cancelIntent
  /// Release the ducats that were held for the payment.
  case void
  /// Take back what was lost of the charge, up to so many minor units in all.
  case reverse(lost: Int64)
  /// Tell the operators, and do nothing.
  case report(PaymentAlarm.Code, String)
  /// Nothing, until something happens outside.
  case rest
}

extension PaymentStep {
  /// What is asked of a payment beyond its going on.
  enum Wish: Sendable, Equatable {
    /// Nothing to wait for: take the next step.
    case proceed
    /// Give up, if it isn't paid.
    case cancel
  }

  /// The next step of `payment`. `intent` is as it was just read, nil when it wasn't; `livemode` says what the host
  /// takes part in.
  static func next(_ payment: Payment, intent: PaymentIntent?, wish: Wish, livemode: Bool) -> PaymentStep {
    switch payment.state {
    case .created: return wish == .cancel ? .withdraw : .authorize
    case .held:
      if let intent, intent.belongs(to: payment) { return .adopt(intent) }
      return wish == .cancel ? .findIntent : .openIntent
    case .open:
      guard let intent else { return .readIntent }
      return next(payment, open: intent, wish: wish, livemode: livemode)
    case .settled, .suspended:
      if let lost = payment.reversing { return .reverse(lost: lost) }
      guard let intent, payment.kind != .sell else { return .rest }
      let lost = intent.lost
      if lost > payment.reversed { return .reverse(lost: lost) }
      return lost == payment.reversed
        ? .rest : .report(.wonBack, "the provider gave back \(payment.reversed - lost) of what it had taken")
    case .canceled, .refused: return next(payment, ended: intent, livemode: livemode)
    }
  }

  /// The provider may tell late of an intent: one that nobody knew of when its payment was canceled, too.
  private static func next(_ payment: Payment, ended intent: PaymentIntent?, livemode: Bool) -> PaymentStep {
    guard let intent else { return .rest }
    let hadTerms = payment.state == .canceled && payment.terms != nil
    if hadTerms, payment.intent == nil, intent.belongs(to: payment) { return .adopt(intent) }
    switch intent.status {
    case .succeeded:
      if hadTerms { return success(payment, intent, livemode, .suspend) }
      return .report(.unposted, "the intent \(intent.id) succeeded, and the payment is \(payment.state.rawValue)")
    case .requiresPaymentMethod, .requiresConfirmation, .requiresAction, .requiresCapture:
      return payment.intent == intent.id ? .cancelIntent : .rest
    case .canceled, .processing, .unknown: return .rest
    }
  }

  private static func next(
    _ payment: Payment, open intent: PaymentIntent, wish: Wish, livemode: Bool
  ) -> PaymentStep {
    switch intent.status {
    case .succeeded: success(payment, intent, livemode, payment.holdIsGone ? .suspend : .settle)
    case .canceled: .void
    case .requiresPaymentMethod, .requiresConfirmation, .requiresAction, .requiresCapture:
      wish == .cancel ? .cancelIntent : .rest
    case .processing: .rest
    case .unknown(let name): .report(.unknownState, "the intent \(intent.id) is '\(name)', which is not known")
    }
  }

  /// What a success leads to: `step`, when everything about it is as it was agreed.
  private static func success(
    _ payment: Payment, _ intent: PaymentIntent, _ livemode: Bool, _ step: PaymentStep
  ) -> PaymentStep {
    guard let terms = PaymentTerms(payment.terms) else { return .report(.ruleFailed, "its terms can't be read") }
    if let (code, text) = intent.mismatch(with: terms, of: payment, livemode: livemode) { return .report(code, text) }
    return step
  }
}

extension PaymentIntent {
  /// Whether it was made for this payment. A mark that wasn't removed is another ledger's.
  func belongs(to payment: Payment) -> Bool {
    metadata["payment"] == payment.id.description && metadata[LedgerMark.name] == nil
  }

  /// What was refunded or is disputed or lost to disputes; never more than was collected.
  var lost: Int64 { min(amountReceived, amountRefunded.adding(saturating: amountDisputed)) }

  /// In what a paid intent differs from what was agreed; nil when in nothing. The text names no secret.
  func mismatch(
    with terms: PaymentTerms, of payment: Payment, livemode: Bool
  ) -> (code: PaymentAlarm.Code, text: String)? {
    if id != payment.intent {
      return (.twoIntents, "the intent \(id) was paid, and \(payment.intent ?? "none") is the payment's")
    }
    if self.livemode != livemode {
      return (.wrongMode, "the intent \(id) is of \(self.livemode ? "real" : "test") money")
    }
    if currency != terms.currency { return (.wrongCurrency, "the intent \(id) is in '\(currency)'") }
    if amountReceived != terms.charge.minor || amount != terms.charge.minor {
      return (.wrongAmount, "\(amountReceived) of \(amount) were collected, and \(terms.charge.minor) were agreed")
    }
    if metadata.mapValues(ExactText.init) != terms.metadata.mapValues(ExactText.init) {
      return (.wrongMetadata, "the metadata of the intent \(id) are not those agreed")
    }
    return nil
  }
}
