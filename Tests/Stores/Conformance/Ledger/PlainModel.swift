package import Core
package import Ledger

/// The ledger once more, as plainly as can be: rows in a list, every figure counted anew from them. It shares no code
/// with what it judges, and says of every event what must come of it, with the reason.
package struct PlainModel {
  /// What must come of an event.
  package enum Outcome: Equatable, Sendable {
    case created
    case exists
    case refused(RefusalReason, first: RefusalReason? = nil)
  }

  enum State: Equatable {
    /// Moved money, or none.
    case final
    case held
    /// A hold that is over, and what whoever resolves it again hears.
    case resolved(RefusalReason)
  }

  /// An event that was taken, with what it left to its hold to say.
  struct Row {
    var event: LedgerEvent
    var from = ""
    var to = ""
    var asset = ""
    var minor: Int64 = 0
    var expiresAt: Int64?
    var state = State.final
    /// How much of it was taken back; nil before any was.
    var reversed: Int64?

    /// Where it counts among debits (0 pending, 1 posted); nil when nowhere.
    var place: Int? {
      if state == .held { return 0 }
      return [.posted, .post, .reversal].contains(event.kind) ? 1 : nil
    }
  }

  var rows: [Row] = []
  /// Where the row of each id stands.
  var places: [Identifier: Int] = [:]
  var failed: [Identifier: RefusalReason] = [:]
  var assets: [String: String] = [:]
  var floors: [String: Int64] = [:]
  var closed: Set<String> = []
  var authority = Authority.operator
  /// The ids of open holds.
  package private(set) var held: Set<Identifier> = []
  /// Holds with an expiry that may still be open.
  private var expiring: [Identifier] = []
  /// What takes back the chain that is being taken.
  private var undo: [(inout PlainModel) -> Void] = []
  // Counted along, and from time to time against the rows.
  private var totals: [String: [Int128]] = [:]

  /// An empty model.
  package init() {}

  /// Debits pending, debits posted, credits pending, credits posted of each account with rows.
  package var figures: [String: [Int128]] { totals }

  /// The same, counted from all rows. O(rows).
  package func recounted() -> [String: [Int128]] {
    var sums: [String: [Int128]] = [:]
    for row in rows {
      guard let place = row.place else { continue }
      sums[key(row.from, row.asset), default: [0, 0, 0, 0]][place] += Int128(row.minor)
      sums[key(row.to, row.asset), default: [0, 0, 0, 0]][2 + place] += Int128(row.minor)
    }
    return sums
  }

  /// The floor of an account.
  package func floor(_ name: String) -> Int64 { floors[name] ?? 0 }

  /// Whether an account is closed.
  package func isClosed(_ name: String) -> Bool { closed.contains(name) }

  func key(_ name: String, _ asset: String) -> String { name == "world" ? "world \(asset)" : name }

  func four(_ name: String, _ asset: String) -> [Int128] { totals[key(name, asset)] ?? [0, 0, 0, 0] }

  /// Releases what is due at `now`.
  package mutating func expire(now: Int64) {
    var left: [Identifier] = []
    for id in expiring {
      guard let index = places[id], rows[index].state == .held else { continue }
      if let expiresAt = rows[index].expiresAt, expiresAt <= now {
        resolve(index, .pendingExpired)
      } else {
        left.append(id)
      }
    }
    expiring = left
  }

  /// What must come of each event of a chain: all succeed, or none.
  package mutating func take(
    _ chain: [LedgerEvent], authority: Authority, at timestamps: (Int) -> Int64
  ) -> [Outcome] {
    (undo, self.authority) = ([], authority)
    var outcomes: [Outcome] = []
    var created = 0
    for (index, event) in chain.enumerated() {
      let (outcome, isRemembered) = take(event, at: timestamps(created))
      if case .refused(let reason, _) = outcome {
        for step in undo.reversed() { step(&self) }
        if isRemembered { failed[event.id] = reason }
        var all = [Outcome](repeating: .refused(.linkedEventFailed), count: chain.count)
        all[index] = outcome
        return all
      }
      if outcome == .created { created += 1 }
      outcomes.append(outcome)
    }
    return outcomes
  }

  private mutating func take(_ event: LedgerEvent, at timestamp: Int64) -> (Outcome, isRemembered: Bool) {
    if let reason = malformation(of: event) { return (.refused(reason), false) }
    if let index = places[event.id] {
      return (difference(between: event, and: rows[index]).map { .refused($0) } ?? .exists, false)
    }
    if let first = failed[event.id] { return (.refused(.idAlreadyFailed, first: first), false) }
    let refusal =
      switch event.kind {
      case .posted, .pending: takeTransfer(event, at: timestamp)
      case .post, .void: takeResolution(event, at: timestamp)
      case .reversal: takeReversal(event)
      case .account: takeChange(event)
      }
    // Who asks is no matter of the ledger's state.
    return (refusal.map { .refused($0) } ?? .created, refusal != .operatorRequired)
  }

  // MARK: Rows

  mutating func append(_ row: Row) {
    let known = assets
    let id = row.event.id
    rows.append(row)
    places[id] = rows.count - 1
    count(row, 1)
    if row.state == .held {
      held.insert(id)
      if row.expiresAt != nil { expiring.append(id) }
    }
    if row.place != nil { for name in [row.from, row.to] where name != "world" { assets[name] = row.asset } }
    undo.append { model in
      model.assets = known
      model.count(row, -1)
      model.held.remove(id)
      model.places[id] = nil
      model.rows.removeLast()
    }
  }

  mutating func resolve(_ index: Int, _ reason: RefusalReason) {
    let row = rows[index]
    count(row, -1)
    rows[index].state = .resolved(reason)
    held.remove(row.event.id)
    undo.append { model in
      model.count(row, 1)
      model.rows[index].state = .held
      model.held.insert(row.event.id)
    }
  }

  mutating func reverse(_ index: Int, to sum: Int64) {
    let earlier = rows[index].reversed
    rows[index].reversed = sum
    undo.append { $0.rows[index].reversed = earlier }
  }

  mutating func change(_ event: LedgerEvent, of name: String) {
    let (oldFloor, wasClosed) = (floors[name], closed.contains(name))
    if let floor = event.floor { floors[name] = floor }
    if let isClosed = event.isClosed { set(name, isClosed: isClosed) }
    undo.append { model in
      model.floors[name] = oldFloor
      model.set(name, isClosed: wasClosed)
    }
  }

  private mutating func set(_ name: String, isClosed: Bool) {
    if isClosed { closed.insert(name) } else { closed.remove(name) }
  }

  private mutating func count(_ row: Row, _ sign: Int128) {
    guard let place = row.place else { return }
    totals[key(row.from, row.asset), default: [0, 0, 0, 0]][place] += sign * Int128(row.minor)
    totals[key(row.to, row.asset), default: [0, 0, 0, 0]][2 + place] += sign * Int128(row.minor)
  }
}
