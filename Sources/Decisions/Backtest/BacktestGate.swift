package import Core

/// Limits within which a change may be taken; all of them optional.
package struct BacktestGate: Sendable, Equatable {
  /// A limit, what came out, and whether that is within it.
  package struct Rule: Sendable, Equatable {
    /// The key: `max_flips`, `max_money:USD/2`.
    package var name: String
    /// What the gate allows.
    package var limit: JSON
    /// What came out; null when it can't be said.
    package var value: JSON
    /// Whether it is within.
    package var isWithin: Bool
  }

  private var flips: Int64?
  private var tightened: Int64?
  private var unknownShare: Double?
  private var money: [(asset: Asset, minor: Int64)] = []
  private var fuelRatio: Double?

  package static func == (left: BacktestGate, right: BacktestGate) -> Bool {
    left.flips == right.flips && left.tightened == right.tightened && left.unknownShare == right.unknownShare
      && left.fuelRatio == right.fuelRatio && left.money.elementsEqual(right.money, by: ==)
  }

  /// Reads
  /// `{"max_flips","max_tightened","max_unknown_share","max_money":{"USD/2":minor},"max_fuel_ratio"}`. Throws what
  /// is wrong, by its key.
  package init(json: JSON) throws(UsageError) {
    guard let members = json.object?.members else { throw UsageError("the gate must be an object of limits") }
    for (name, value) in members {
      switch name {
      case "max_flips": flips = try Self.count(name, value)
      case "max_tightened": tightened = try Self.count(name, value)
      case "max_unknown_share": unknownShare = try Self.share(name, value)
      case "max_fuel_ratio": fuelRatio = try Self.share(name, value)
      case "max_money":
        guard let limits = value.object?.members else {
          throw UsageError("max_money must be an object of minor units by asset, as {\"USD/2\":100000}")
        }
        for limit in limits {
          guard let asset = Asset(limit.name) else {
            throw UsageError("max_money: '\(limit.name)' is no asset, as USD/2 is one")
          }
          money.append((asset, try Self.count("max_money:\(limit.name)", limit.value)))
        }
      default:
        let known = "max_flips, max_tightened, max_unknown_share, max_money, max_fuel_ratio"
        throw UsageError("unknown key '\(name)' in the gate; the keys are \(known)")
      }
    }
    money.sort { $0.asset.name.utf8.lexicographicallyPrecedes($1.asset.name.utf8) }
  }

  private static func count(_ name: String, _ value: JSON) throws(UsageError) -> Int64 {
    guard let count = value.integer, count >= 0 else {
      throw UsageError("\(name) must be a whole number that isn't negative")
    }
    return count
  }

  private static func share(_ name: String, _ value: JSON) throws(UsageError) -> Double {
    guard let share = value.number, share >= 0 else {
      throw UsageError("\(name) must be a number that isn't negative")
    }
    return share
  }

  /// Every limit held against a report, in a fixed order.
  package func rules(for report: BacktestReport) -> [Rule] {
    var rules: [Rule] = []
    func add(_ name: String, _ limit: JSON, _ value: JSON, _ isWithin: Bool) {
      rules.append(Rule(name: name, limit: limit, value: value, isWithin: isWithin))
    }
    if let flips {
      add("max_flips", .integer(flips), .integer(Int64(report.flips)), Int64(report.flips) <= flips)
    }
    if let tightened {
      let count = Int64(report.count(.tightened))
      add("max_tightened", .integer(tightened), .integer(count), count <= tightened)
    }
    if let unknownShare {
      let share = report.selected == 0 ? 0 : Double(report.count(.unknown)) / Double(report.selected)
      add("max_unknown_share", Self.number(unknownShare), Self.number(share), share <= unknownShare)
    }
    for (asset, minor) in money {
      let total = report.moneyMoved(asset)
      let isWithin = total.magnitude.map { $0 <= UInt128(minor) * 1_000_000_000_000_000_000 } ?? false
      add("max_money:\(asset.name)", .integer(minor), total.json, isWithin)
    }
    if let fuelRatio {
      let ratio = report.fuelRatio
      add(
        "max_fuel_ratio", Self.number(fuelRatio), ratio.map(Self.number) ?? .null, ratio.map { $0 <= fuelRatio } ?? true
      )
    }
    return rules
  }

  private static func number(_ value: Double) -> JSON {
    Int64(exactly: value).map { .integer($0) } ?? .double(value)
  }
}

extension BacktestReport {
  /// By how much the flows of an asset change, all added up without their signs.
  package func moneyMoved(_ asset: Asset) -> ExactSum {
    var total = ExactSum()
    for (flow, change) in money where flow.asset == asset {
      let delta = change.after.minus(change.before)
      total = delta.isNegative ? total.minus(delta) : total.plus(delta)
    }
    return total
  }

  /// The largest ratio of a decision's median cost now to that before; nil when nothing was compared.
  package var fuelRatio: Double? {
    points.values.compactMap { point in
      let before = point.fuelBefore.quantile(50)
      return before == 0 ? nil : Double(point.fuelAfter.quantile(50)) / Double(before)
    }.max()
  }
}
