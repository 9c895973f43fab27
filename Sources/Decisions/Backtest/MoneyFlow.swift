package import Core
internal import Ledger
internal import Rulebook

/// From one kind of account to another, in one asset.
package struct MoneyFlow: Sendable, Hashable, Comparable {
  /// The asset that moves, such as `USD/2`.
  package var asset: Asset
  /// The kind of account that is debited, such as `citizen:*`.
  package var from: String
  /// The kind of account that is credited, such as `fees:*`.
  package var to: String

  /// Money that moves between two kinds of account.
  package init(asset: Asset, from: AccountName, to: AccountName) {
    self.asset = asset
    self.from = Self.kind(of: from)
    self.to = Self.kind(of: to)
  }

  /// The first segment of the name, and `:*` when there are more.
  package static func kind(of account: AccountName) -> String {
    let steps = account.text.words(at: ":")
    return steps.count > 1 ? "\(steps[0]):*" : account.text
  }

  /// By asset, then by account, by bytes.
  package static func < (left: MoneyFlow, right: MoneyFlow) -> Bool {
    let (one, other) = ([left.asset.name, left.from, left.to], [right.asset.name, right.from, right.to])
    return one.lexicographicallyPrecedes(other) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// The money of one flow, by the record and by the candidate.
package struct MoneyChange: Sendable, Equatable {
  /// Minor units by the record.
  package var before = ExactSum()
  /// Minor units by the candidate.
  package var after = ExactSum()
  /// Transfers: of each decision, those of the world that has more of them.
  package var transfers = 0

  /// Counts from no transfer on.
  package init() {}

  /// Takes in what another counted.
  mutating func add(_ other: MoneyChange) {
    before = before.plus(other.before)
    after = after.plus(other.after)
    transfers += other.transfers
  }
}

/// The money that one run moves: what it posts, and what it settles of holds. A hold that is only made moves nothing.
enum Movements {
  struct Movement {
    var flow: MoneyFlow
    var minor: Int64
  }

  /// In the order of the intents. `holds` are those of earlier decisions. O(intents²) at worst.
  static func of(_ intents: [PlannedEffect], holds: [Identifier: HeldMoney]) -> [Movement] {
    intents.lazy.filter { $0.call != .take }.compactMap { intent in
      let event = intent.event
      switch event.kind {
      case .posted:
        guard let from = event.from, let to = event.to, let amount = event.amount else { return nil }
        return Movement(flow: MoneyFlow(asset: amount.asset, from: from, to: to), minor: amount.minor)
      case .post:
        guard let hold = event.pendingID, let money = own(hold, intents) ?? holds[hold] else { return nil }
        let amount = event.amount ?? money.amount
        return Movement(flow: MoneyFlow(asset: amount.asset, from: money.from, to: money.to), minor: amount.minor)
      case .pending, .void, .reversal, .account: return nil
      }
    }
  }

  private static func own(_ hold: Identifier, _ intents: [PlannedEffect]) -> HeldMoney? {
    guard let event = intents.first(where: { $0.event.id == hold })?.event, let from = event.from, let to = event.to,
      let amount = event.amount
    else { return nil }
    return HeldMoney(from: from, to: to, amount: amount)
  }

  /// What both runs move, by flow.
  static func changes(_ before: [Movement], _ after: [Movement]) -> [MoneyFlow: MoneyChange] {
    var changes: [MoneyFlow: MoneyChange] = [:]
    var counts: [MoneyFlow: (Int, Int)] = [:]
    for movement in before {
      changes[movement.flow, default: MoneyChange()].before.add(movement.minor)
      counts[movement.flow, default: (0, 0)].0 += 1
    }
    for movement in after {
      changes[movement.flow, default: MoneyChange()].after.add(movement.minor)
      counts[movement.flow, default: (0, 0)].1 += 1
    }
    for (flow, count) in counts { changes[flow]?.transfers = max(count.0, count.1) }
    return changes
  }
}
