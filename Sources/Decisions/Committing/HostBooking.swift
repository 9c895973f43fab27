package import Core
internal import Ledger
internal import LuaRuntime

/// What the host itself books in the chain of a decision: what no rule may do, such as money coming in from `world`.
///
/// It stands before what the rule intends, and commits with it and with the record, or not at all. The rule's result
/// says the accounts; the events' ids follow from the decision's, so that the same result gives the same events.
package enum HostBooking: Sendable, Equatable {
  /// This much, which a provider collected, comes in from `world` to the account that the result names as `clearing`.
  case collected(Amount, reference: String, metadata: [ExactText: String])
  /// The result's `overdrafts`: how far below zero new accounts may go.
  case overdrafts
  /// The result's `reversals`, of these transfers alone, with the `overdrafts` they need.
  case reversals(of: Set<Identifier>, reference: String)
}

/// The transfers and floors that a result asks the host to book.
struct BookingPlan: Sendable, Equatable {
  /// How far below zero an account may go, minor units, ≤ 0.
  struct Floor: Sendable, Equatable {
    var account: AccountName
    var floor: Int64
  }

  /// Floors for accounts that haven't moved, in order.
  var floors: [Floor] = []
  /// Transfers, which come behind the floors.
  var transfers: [LedgerEvent] = []

  /// A plan that books nothing.
  init() {}

  /// What `booking` asks for when the rule of the decision `key` gave this result. Throws `invalid_output` that names
  /// the field. O(result).
  init(_ booking: HostBooking, _ result: JSON, of key: Identifier) throws(LuaFailure) {
    switch booking {
    case .collected(let amount, let reference, let metadata):
      guard let clearing = Self.account(result["clearing"]), let world = AccountName("world") else {
        throw Self.invalid("field 'clearing' must be an account's name")
      }
      var event = LedgerEvent.posted(
        Identifier(booking: 0, of: key), from: world, to: clearing, amount, reference: reference, metadata: metadata)
      event.code = "collected"
      transfers = [event]
    case .overdrafts: floors = try Self.floors(result)
    case .reversals(let originals, let reference):
      floors = try Self.floors(result)
      for (index, plan) in (result["reversals"]?.array ?? []).enumerated() {
        guard let original = plan["transfer"]?.string.flatMap({ Identifier($0) }), originals.contains(original),
          let from = Self.account(plan["from"]), let to = Self.account(plan["to"]),
          let amount = Amount(json: plan["amount"])
        else { throw Self.invalid("field 'reversals' must name postings of the payment") }
        var event = LedgerEvent.posted(
          Identifier(booking: 1_000 + index, of: key), from: from, to: to, amount, reference: reference)
        event.kind = .reversal
        event.reverses = original
        event.code = "reversal"
        transfers.append(event)
      }
    }
  }

  /// The accounts that may owe: an uplift of a day, and what is to be given back. The names are the ledger's contract.
  private static let owing: Set<Substring> = ["uplift", "receivable"]

  private static func floors(_ result: JSON) throws(LuaFailure) -> [Floor] {
    var floors: [Floor] = []
    for overdraft in result["overdrafts"]?.array ?? [] {
      guard let account = account(overdraft["account"]), let limit = Amount(json: overdraft["limit"]),
        limit.minor >= 0, account.text.words(at: ":").first.map(owing.contains) == true
      else { throw invalid("field 'overdrafts' must name accounts of uplift or receivable") }
      floors.append(Floor(account: account, floor: -limit.minor))
    }
    return floors
  }

  private static func account(_ json: JSON?) -> AccountName? { json?.string.flatMap { AccountName($0) } }

  private static func invalid(_ message: String) -> LuaFailure { LuaFailure(code: .invalidOutput, message: message) }

  /// The events of the decision `key`, with the accounts of ``floors`` as they are; and what was read for that.
  func events(
    of key: Identifier, _ accounts: [AccountName: Account]
  ) -> (events: [LedgerEvent], reads: [BalanceRead]) {
    var (events, reads): ([LedgerEvent], [BalanceRead]) = ([], [])
    for (index, floor) in floors.enumerated() {
      let account = accounts[floor.account]
      reads.append(BalanceRead(account: floor.account, version: account?.version ?? 0))
      // An account that has moved keeps the floor it began with.
      if let account, account.asset != nil || account.floor != 0 { continue }
      events.append(.account(Identifier(booking: index, of: key), floor.account, floor: floor.floor))
    }
    return (events + transfers, reads)
  }
}
