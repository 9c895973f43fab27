package import Commerce
internal import Core

/// What every store of payments must do.
package enum PaymentConformance {
  /// All cases.
  package static let cases = payments + events + credits + claims

  static let payments: [StoreCase<any PaymentStore>] = [
    StoreCase("a new payment is kept once, with its id and its quote") { store in
      let payment = Payment(try sale(1, quote: 50), now: 10)
      let kept = revised(payment, 1)
      try expect(await store.insert(payment), .inserted(kept))
      try expect(await store.insert(payment), .exists(kept))
      try expect(await store.insert(Payment(try sale(2, quote: 50), now: 10)), .quoteUsed)
      try expect(await store.payment(id(1)), kept)
      try expect(await store.payment(id(9)), nil)
      try expect(await store.payment(intent: "pi_1"), nil)
    },
    StoreCase("a payment comes back with everything that was kept of it") { store in
      var payment = try await inserted(try sale(1, quote: 50), store)
      (payment.state, payment.intent, payment.updated) = (.settled, "pi_1", 20)
      (payment.terms, payment.settlement, payment.problem) = (["a": 1], id(7), "why")
      (payment.reversed, payment.reversing, payment.attempt, payment.asked) = (3, 4, 2, 17)
      let kept = try await store.update(payment, ifRevision: 1, credit: nil)
      try expect(kept, revised(payment, 2))
      try expect(await store.payment(id(1)), kept)
      try expect(await store.payment(intent: "pi_1"), kept)
    },
    StoreCase("texts come back byte by byte, zero bytes and names that look alike among them") { store in
      var payment = try await inserted(try sale(1, quote: 50), store)
      let text = "a\0b\u{E9}e\u{301}\u{212A}\r\n\u{FEFF}"
      (payment.problem, payment.intent, payment.terms) = (
        text, "pi\0\u{E9}", ["\0": .string(text), "e\u{301}": 1, "\u{E9}": 2]
      )
      let credit = DucatCredit(payment: id(1), citizen: "ali\0ce", ducats: try some(Amount(text: "0.07 DUC/2")))
      let kept = try await store.update(payment, ifRevision: 1, credit: credit)
      try expect(await store.payment(id(1)).map { $0.json.bytes }, kept.json.bytes)
      try expect(await store.payment(intent: "pi\0\u{E9}").map { $0.json.bytes }, kept.json.bytes)
      try expect(await store.payment(intent: "pi"), nil)
      try expect(await store.payment(intent: "pi\0e\u{301}"), nil)
      let due = try await store.claimDueCredits(at: .max, limit: 5, for: claim(1, until: .max))
      try expect(due.map { Array($0.credit.citizen.utf8) }, [Array("ali\0ce".utf8)])
    },
    StoreCase("a change of another revision than the kept one is refused, and nothing is written") { store in
      var payment = try await inserted(try sale(1, quote: 50), store)
      (payment.state, payment.updated) = (.open, 20)
      let kept = try await store.update(payment, ifRevision: 1, credit: nil)
      payment.state = .canceled
      let late = payment
      let credit = try credit(1)
      try await fails(.conflict) { _ = try await store.update(late, ifRevision: 1, credit: credit) }
      try await fails(.conflict) { _ = try await store.update(late, ifRevision: 3, credit: credit) }
      try expect(await store.payment(id(1)), kept)
      try expect(await store.claimDueCredits(at: .max, limit: 5, for: claim(1, until: .max)), [])
      let stranger = Payment(try sale(2, quote: 51), now: 10)
      try await fails(.conflict) { _ = try await store.update(stranger, ifRevision: 0, credit: nil) }
      try expect(await store.payment(id(2)), nil)
    },
    StoreCase("of many that change one revision one wins") { store in
      let payment = try await inserted(try sale(1, quote: 50), store)
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<20 as Range<Int64> {
          group.addTask {
            var mine = payment
            mine.updated = 100 + number
            do {
              _ = try await store.update(mine, ifRevision: 1, credit: nil)
              return true
            } catch let error as StoreError where error.code == .conflict {
              return false
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(outcomes.count { $0 }, 1)
      try expect(await store.payment(id(1))?.revision, 2)
    },
    StoreCase("payments are read from the latest back, page by page") { store in
      try expect(await store.payments(before: nil, limit: 5), [])
      for number: UInt64 in 1...5 { _ = try await inserted(try sale(number, quote: 50 + number), store) }
      try expect(await store.payments(before: nil, limit: 2).map(\.id), [id(5), id(4)])
      try expect(await store.payments(before: id(4), limit: 5).map(\.id), [id(3), id(2), id(1)])
      try expect(await store.payments(before: id(1), limit: 5), [])
      try expect(await store.payments(before: id(2), limit: 1).map(\.revision), [1])
    },
    StoreCase("unfinished payments are read page by page, once they have rested") { store in
      for number: UInt64 in 1...5 { _ = try await inserted(try sale(number, quote: 50 + number), store) }
      try expect(await store.unfinished(until: 9, after: nil, limit: 5), [])
      let first = try await store.unfinished(until: 10, after: nil, limit: 3)
      try expect(first.map(\.id), [id(1), id(2), id(3)])
      let second = try await store.unfinished(until: 10, after: id(3), limit: 3)
      try expect(second.map(\.id), [id(4), id(5)])
      var done = first[0]
      (done.state, done.reversing) = (.settled, 4)
      done = try await store.update(done, ifRevision: 1, credit: nil)
      try expect(await store.unfinished(until: 10, after: nil, limit: 1), [done], "still being taken back:")
      done.reversing = nil
      _ = try await store.update(done, ifRevision: 2, credit: nil)
      try expect(await store.unfinished(until: 10, after: nil, limit: 1).map(\.id), [id(2)])
    },
    StoreCase("a refused payment lets go of its quote, and what a citizen has open is counted") { store in
      var refused = try await inserted(try sale(3, quote: 60), store)
      refused.state = .refused
      _ = try await store.update(refused, ifRevision: 1, credit: nil)
      for (number, open) in [(4, 0), (5, 1)] as [(UInt64, Int)] {
        let next = try await inserted(try sale(number, quote: 56 + number), store)
        try expect(next.othersOpen, open)
      }
    },
  ]

  static let events: [StoreCase<any PaymentStore>] = [
    StoreCase("a notice is kept once, by its id and its bytes, until it is finished") { store in
      let event = event("evt_1")
      try expect(await store.insert(event, digest: [1, 2], now: 30), .inserted)
      try expect(await store.insert(event, digest: [1, 2], now: 31), .repeated(isFinished: false))
      try expect(await store.insert(event, digest: [1, 3], now: 31), .conflicting)
      try expect(await store.unfinishedEvents(until: 29, after: nil, limit: 5), [])
      try expect(await store.unfinishedEvents(until: 30, after: nil, limit: 5), [event])
      try expect(await store.unfinishedEvents(until: 30, after: "evt_1", limit: 5), [])
      try await store.finish(event: "evt_1")
      try expect(await store.unfinishedEvents(until: 30, after: nil, limit: 5), [])
      try expect(await store.insert(event, digest: [1, 2], now: 31), .repeated(isFinished: true))
    },
    StoreCase("unfinished notices are read page by page") { store in
      for number in 1...5 { _ = try await store.insert(event("evt_\(number)"), digest: [1], now: 30) }
      try expect(await store.unfinishedEvents(until: 30, after: nil, limit: 2).map(\.id), ["evt_1", "evt_2"])
      try expect(await store.unfinishedEvents(until: 30, after: "evt_2", limit: 9).map(\.id).count, 3)
    },
  ]

  static let credits: [StoreCase<any PaymentStore>] = [
    StoreCase("a credit is queued once, with its payment, and is due until it is acknowledged") { store in
      var payment = try await inserted(try sale(1, quote: 50), store)
      payment.updated = 20
      let credit = try credit(1)
      payment = try await store.update(payment, ifRevision: 1, credit: credit)
      _ = try await store.update(payment, ifRevision: 2, credit: credit)
      try expect(await store.claimDueCredits(at: 19, limit: 5, for: claim(1, until: 50)), [])
      var due = try await store.claimDueCredits(at: 20, limit: 5, for: claim(1, until: 50))
      try expect(due, [QueuedCredit(credit, due: 20)])
      (due[0].attempts, due[0].due) = (1, 90)
      try await store.update(due[0])
      try expect(await store.claimDueCredits(at: 89, limit: 5, for: claim(1, until: 99)), [])
      try expect(await store.claimDueCredits(at: 90, limit: 5, for: claim(1, until: 99)), due)
      due[0].state = .acknowledged
      try await store.update(due[0])
      try expect(await store.claimDueCredits(at: .max, limit: 5, for: claim(1, until: .max)), [])
    },
    StoreCase("what waits is counted, with the moment of its oldest payment, until it is acknowledged") { store in
      try expect(await store.waitingCredits(), WaitingCredits(count: 0, oldestMilliseconds: nil))
      for number: UInt64 in [2, 1, 3] {
        let payment = try await inserted(try sale(number, quote: 50 + number), store)
        _ = try await store.update(payment, ifRevision: 1, credit: try credit(number))
      }
      let oldest = id(1).milliseconds
      try expect(await store.waitingCredits(), WaitingCredits(count: 3, oldestMilliseconds: oldest))
      var due = try await store.claimDueCredits(at: .max, limit: 9, for: claim(1, until: .max))
      try expect(await store.waitingCredits().count, 3, "claimed, and not yet sent:")
      for index in due.indices where due[index].credit.payment != id(3) {
        due[index].state = .acknowledged
        try await store.update(due[index])
      }
      try expect(
        await store.waitingCredits(), WaitingCredits(count: 1, oldestMilliseconds: id(3).milliseconds))
    },
    StoreCase("due credits come oldest first, and no two owners get the same one") { store in
      for number: UInt64 in 1...6 {
        var payment = try await inserted(try sale(number, quote: 50 + number), store)
        payment.updated = 30 - Int64(number)
        _ = try await store.update(payment, ifRevision: 1, credit: try credit(number))
      }
      let first = try await store.claimDueCredits(at: 100, limit: 4, for: claim(1, until: 200))
      try expect(first.map(\.credit.payment), [6, 5, 4, 3].map(id))
      let second = try await store.claimDueCredits(at: 100, limit: 4, for: claim(2, until: 200))
      try expect(second.map(\.credit.payment), [2, 1].map(id))
      try expect(await store.claimDueCredits(at: 199, limit: 9, for: claim(2, until: 300)).count, 2, "its own:")
      try expect(await store.claimDueCredits(at: 200, limit: 9, for: claim(2, until: 300)).count, 6, "over:")
    },
    StoreCase("of many outboxes that ask at the same time each credit goes to one") { store in
      for number: UInt64 in 1...10 {
        let payment = try await inserted(try sale(number, quote: 50 + number), store)
        _ = try await store.update(payment, ifRevision: 1, credit: try credit(number))
      }
      let claimed = try await withThrowingTaskGroup(of: [QueuedCredit].self) { group in
        for owner: UInt64 in 1...8 {
          group.addTask { try await store.claimDueCredits(at: 100, limit: 3, for: claim(owner, until: 200)) }
        }
        return try await group.reduce(into: []) { $0 += $1.map(\.credit.payment) }
      }
      try expect(claimed.sorted(), (1...10).map { id($0) })
    },
  ]

  static let claims: [StoreCase<any PaymentStore>] = [
    StoreCase("work is one owner's until it is released or the claim is over") { store in
      let work = PaymentWork.payment(id(1))
      try expect(await store.claim(work, for: claim(1, until: 50), at: 10), true)
      try expect(await store.claim(work, for: claim(2, until: 60), at: 11), false)
      try expect(await store.claim(.payment(id(2)), for: claim(2, until: 60), at: 11), true, "another payment:")
      try expect(await store.claim(.round, for: claim(2, until: 60), at: 11), true, "the round:")
      try expect(await store.claim(work, for: claim(1, until: 80), at: 20), true, "made longer:")
      try expect(await store.claim(work, for: claim(2, until: 90), at: 79), false)
      try expect(await store.claim(work, for: claim(2, until: 90), at: 80), true, "over:")
      try await store.release(work, by: id(1))
      try expect(await store.claim(work, for: claim(1, until: 99), at: 81), false, "released by a stranger:")
      try await store.release(work, by: id(2))
      try expect(await store.claim(work, for: claim(1, until: 99), at: 82), true)
    },
    StoreCase("of many that claim at the same time one gets it") { store in
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for owner: UInt64 in 1...20 {
          group.addTask { try await store.claim(.round, for: claim(owner, until: 50), at: 10) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try expect(outcomes.count { $0 }, 1)
    },
  ]

  /// What `store` makes of a new payment of 10 ms since 1970.
  private static func inserted(_ order: PaymentOrder, _ store: any PaymentStore) async throws -> Payment {
    guard case .inserted(let payment) = try await store.insert(Payment(order, now: 10)) else {
      throw BrokenPromise(description: "the payment \(order.payment) isn't kept")
    }
    return payment
  }

  private static func revised(_ payment: Payment, _ revision: Int64) -> Payment {
    var payment = payment
    payment.revision = revision
    return payment
  }

  private static func claim(_ owner: UInt64, until: Int64) -> WorkClaim { WorkClaim(owner: id(owner), until: until) }

  private static func sale(_ number: UInt64, quote: UInt64) throws -> PaymentOrder {
    let terms: JSON = ["side": "sell", "net": ["asset": "USD/2", "minor": 5]]
    let quote = VerifiedQuote(
      amount: try some(Amount(text: "1.00 DUC/2")), terms: terms, generation: 3, decision: id(quote))
    return PaymentOrder(payment: id(number), citizen: "alice", level: 0.25, wanted: .quote(quote))
  }

  private static func credit(_ number: UInt64) throws -> DucatCredit {
    DucatCredit(payment: id(number), citizen: "alice", ducats: try some(Amount(text: "0.07 DUC/2")))
  }

  private static func event(_ name: String) -> PaymentEvent {
    PaymentEvent(
      id: name, type: "charge.refunded", objectKind: "charge", objectID: "ch_1", intent: "pi_1", livemode: false,
      account: "acct_1", created: 5)
  }
}
