internal import Core
internal import Ledger

extension HostBooking {
  /// What the provider collected, come in from `world`: to the account that the rule names as `clearing`. Beside it
  /// stands what was agreed: the rate, the multiplier, the generation and the decision among it.
  static func collected(_ amount: Amount, _ payment: Payment, key: Identifier) -> HostBooking {
    HostBooking { (result) async throws(HostBookingError) in
      guard let clearing = result["clearing"]?.string.flatMap({ AccountName($0) }), let world = AccountName("world")
      else { throw .result("field 'clearing' must be an account's name") }
      // What begins so is the ledger's own, and mustn't keep money from being booked.
      var metadata = (PaymentTerms(payment.terms)?.metadata ?? [:]).filter { $0.key.utf8.first != UInt8(ascii: "_") }
      metadata["intent"] = payment.intent
      var event = LedgerEvent.posted(
        Identifier(booking: 0, of: key), from: world, to: clearing, amount, reference: payment.id.description,
        metadata: metadata)
      event.code = "collected"
      return [event]
    }
  }

  /// How far below zero the rule's result lets new accounts go.
  static func overdrafts(key: Identifier, ledger: any LedgerStore) -> HostBooking {
    HostBooking { (result) async throws(HostBookingError) in
      try await overdraftEvents(result, key: key, ledger: ledger)
    }
  }

  /// The reversals that the rule's result plans, of `postings` alone, with the overdrafts they need.
  static func reversals(
    of postings: Set<Identifier>, _ payment: Payment, key: Identifier, ledger: any LedgerStore
  ) -> HostBooking {
    HostBooking { (result) async throws(HostBookingError) in
      var events = try await overdraftEvents(result, key: key, ledger: ledger)
      for (index, plan) in (result["reversals"]?.array ?? []).enumerated() {
        guard let transfer = plan["transfer"]?.string.flatMap({ Identifier($0) }), postings.contains(transfer),
          let from = plan["from"]?.string.flatMap({ AccountName($0) }),
          let to = plan["to"]?.string.flatMap({ AccountName($0) }), let amount = Amount(json: plan["amount"])
        else { throw .result("field 'reversals' must name postings of the payment") }
        var event = LedgerEvent.posted(
          Identifier(booking: 1_000 + index, of: key), from: from, to: to, amount,
          reference: payment.id.description)
        event.kind = .reversal
        event.reverses = transfer
        event.code = "reversal"
        events.append(event)
      }
      return events
    }
  }

  /// The accounts that may owe: an uplift of a day, and what is to be given back. The names are the ledger's contract.
  private static let owing: Set<Substring> = ["uplift", "receivable"]

  private static func overdraftEvents(
    _ result: JSON, key: Identifier, ledger: any LedgerStore
  ) async throws(HostBookingError) -> [LedgerEvent] {
    var events: [LedgerEvent] = []
    for (index, overdraft) in (result["overdrafts"]?.array ?? []).enumerated() {
      guard let account = overdraft["account"]?.string.flatMap({ AccountName($0) }),
        let limit = Amount(json: overdraft["limit"]), limit.minor >= 0,
        account.text.split(separator: ":").first.map(owing.contains) == true
      else { throw .result("field 'overdrafts' must name accounts of uplift or receivable") }
      do throws(StoreError) {
        // An account that has moved keeps the floor it began with.
        if let known = try await ledger.account(account), known.asset != nil || known.floor != 0 { continue }
      } catch {
        throw .ledger(error)
      }
      events.append(.account(Identifier(booking: index, of: key), account, floor: -limit.minor))
    }
    return events
  }
}
