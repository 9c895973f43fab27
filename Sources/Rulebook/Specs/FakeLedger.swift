internal import Core
internal import Ledger

/// The ledger that specs and `cascade eval` commit to: the real one, holding what the fakes say.
struct FakeLedger {
  private var state = LedgerState()
  private let now: Int64

  /// A ledger in which every account of the fakes has available what they say, with their holds open. Throws what no
  /// ledger can hold. O(accounts + holds).
  init(_ fakes: Fakes) throws(UsageError) {
    now = (fakes.nowMilliseconds ?? 0) * 1_000_000
    for (place, opening) in Self.openings(of: fakes).enumerated() {
      var event = opening.event
      if event.kind != .pending { event = event.under(Identifier(high: 0x7000, low: 1 << 63 | UInt64(place))) }
      var changes = LedgerChanges()
      let receipt: Receipt
      do throws(NotLoaded) {
        receipt = try state.apply(Submission([.event(event)], authority: .operator), now: now, changes: &changes)
      } catch {
        throw UsageError("the fakes make no ledger: \(opening.what): \(error)")
      }
      if let refusal = receipt.refusal?.reason {
        throw UsageError("the fakes make no ledger: \(opening.what): \(refusal.rawValue)")
      }
    }
  }

  /// What the ledger answers to these, as one chain that a rule asks for; nothing is kept. O(intents).
  func commit(_ intents: [PlannedEffect]) -> [EventResult] {
    var copy = state
    var changes = LedgerChanges()
    let record = DecisionRecord(id: Identifier(high: 0x7001, low: 1 << 63), bytes: [])
    let chain = Submission(intents.map { .event($0.event) }, record: record)
    guard case .results(let results)? = try? copy.apply(chain, now: now, changes: &changes) else { return [] }
    return results
  }

  private typealias Opening = (what: String, event: LedgerEvent)

  private static let none = Identifier(high: 0, low: 0)

  /// What makes an empty ledger one as the fakes say: floors, then money from `world`, then holds.
  private static func openings(of fakes: Fakes) -> [Opening] {
    guard let world = AccountName("world") else { return [] }
    var held: [AccountName: Amount] = [:]
    for hold in fakes.holds.values {
      held[hold.from, default: Amount(0, hold.amount.asset)].minor &+= hold.amount.minor
    }
    var openings: [Opening] = []
    for (account, floor) in fakes.floors.sorted(by: { $0.key < $1.key }) {
      openings.append(("the floor of '\(account.text)'", .account(none, account, floor: floor.minor)))
    }
    for account in Set(fakes.balances.keys).union(held.keys).sorted() where !account.isWorld {
      guard var sum = fakes.balances[account] ?? held[account].map({ Amount(0, $0.asset) }) else { continue }
      sum.minor &+= held[account]?.minor ?? 0
      let what = "the balance of '\(account.text)'"
      if sum.minor >= 0 {
        openings.append((what, .posted(none, from: world, to: account, sum)))
      } else {
        // Nobody knows how far it may go down, but it has come so far.
        if fakes.floors[account] == nil { openings.append((what, .account(none, account, floor: sum.minor))) }
        openings.append((what, .posted(none, from: account, to: world, Amount(-sum.minor, sum.asset))))
      }
    }
    for (id, hold) in fakes.holds.sorted(by: { $0.key < $1.key }) {
      openings.append(("the hold '\(id)'", .pending(id, from: hold.from, to: hold.to, hold.amount)))
    }
    return openings
  }
}

extension LedgerEvent {
  /// The same event under another id.
  fileprivate func under(_ id: Identifier) -> LedgerEvent {
    var event = self
    event.id = id
    return event
  }
}
