internal import Core
package import Ledger

/// The ledger once more, as plainly as can be: rows in a list, every figure counted anew from them. It shares no code
/// with what it judges.
package struct PlainModel {
  private struct Row {
    var from: String
    var to: String
    var asset: String
    var minor: Int64
    var expiresAt: Int64?
    var state: State
  }

  private enum State { case posted, held, released }

  private var rows: [Row] = []
  private var holds: [Identifier: Int] = [:]
  private var done: Set<Identifier> = []
  private var failed: Set<Identifier> = []
  private var assets: [String: String] = [:]
  private var floors: [String: Int64] = [:]
  private var closed: Set<String> = []
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
      for (key, offset) in [(key(row.from, row.asset), 0), (key(row.to, row.asset), 2)] {
        var four = sums[key] ?? [0, 0, 0, 0]
        if row.state == .held { four[offset] += Int128(row.minor) }
        if row.state == .posted { four[offset + 1] += Int128(row.minor) }
        sums[key] = four
      }
    }
    return sums
  }

  private func key(_ name: String, _ asset: String) -> String { name == "world" ? "world \(asset)" : name }

  /// Releases what is due at `now`.
  package mutating func expire(now: Int64) {
    var left: [Identifier] = []
    for id in expiring {
      guard let index = holds[id], rows[index].state == .held else { continue }
      if let expiresAt = rows[index].expiresAt, expiresAt <= now {
        move(rows[index], 0, -1)
        rows[index].state = .released
      } else {
        left.append(id)
      }
    }
    expiring = left
  }

  private mutating func move(_ row: Row, _ place: Int, _ sign: Int128) {
    totals[key(row.from, row.asset), default: [0, 0, 0, 0]][place] += sign * Int128(row.minor)
    totals[key(row.to, row.asset), default: [0, 0, 0, 0]][2 + place] += sign * Int128(row.minor)
  }

  /// Whether each event of a chain succeeds: all of them, or none.
  package mutating func take(_ chain: [LedgerEvent], at timestamps: (Int) -> Int64) -> Bool {
    undo = []
    for (index, event) in chain.enumerated() where !take(event, at: timestamps(index)) {
      for step in undo.reversed() { step(&self) }
      if !done.contains(event.id) { failed.insert(event.id) }
      return false
    }
    return true
  }

  private mutating func take(_ event: LedgerEvent, at timestamp: Int64) -> Bool {
    if done.contains(event.id) || failed.contains(event.id) { return false }
    let succeeds =
      switch event.kind {
      case .posted, .pending: takeTransfer(event, at: timestamp)
      case .post, .void: takeResolution(event, at: timestamp)
      case .account: takeChange(event)
      case .reversal: false
      }
    if succeeds {
      done.insert(event.id)
      undo.append { _ = $0.done.remove(event.id) }
    }
    return succeeds
  }

  private mutating func takeTransfer(_ event: LedgerEvent, at timestamp: Int64) -> Bool {
    guard let from = event.from?.text, let to = event.to?.text, let amount = event.amount else { return false }
    let asset = amount.asset.name
    let minor = Int128(amount.minor)
    if closed.contains(from) || closed.contains(to) { return false }
    for name in [from, to] where name != "world" && assets[name, default: asset] != asset { return false }
    let source = totals[key(from, asset)] ?? [0, 0, 0, 0]
    let destination = totals[key(to, asset)] ?? [0, 0, 0, 0]
    if source[0] + source[1] + minor > Int128(Int64.max) { return false }
    if destination[2] + destination[3] + minor > Int128(Int64.max) { return false }
    if from != "world", source[3] - source[1] - source[0] - minor < Int128(floors[from] ?? 0) { return false }
    let isHold = event.kind == .pending
    let expiry = event.timeoutSeconds == 0 ? nil : timestamp + Int64(event.timeoutSeconds) * 1_000_000_000
    let row = Row(
      from: from, to: to, asset: asset, minor: amount.minor, expiresAt: expiry, state: isHold ? .held : .posted)
    let known = assets
    rows.append(row)
    if isHold { holds[event.id] = rows.count - 1 }
    if expiry != nil { expiring.append(event.id) }
    move(row, isHold ? 0 : 1, 1)
    for name in [from, to] where name != "world" { assets[name] = asset }
    undo.append { model in
      model.assets = known
      model.move(row, isHold ? 0 : 1, -1)
      model.holds[event.id] = nil
      model.rows.removeLast()
    }
    return true
  }

  private mutating func takeResolution(_ event: LedgerEvent, at timestamp: Int64) -> Bool {
    guard let index = event.pendingID.flatMap({ holds[$0] }), rows[index].state == .held else { return false }
    let held = rows[index]
    if let expiresAt = held.expiresAt, expiresAt <= timestamp { return false }
    if event.kind == .post {
      let minor = event.amount?.minor ?? held.minor
      if minor > held.minor || closed.contains(held.from) || closed.contains(held.to) { return false }
      var posted = held
      (posted.minor, posted.state) = (minor, .posted)
      rows.append(posted)
      move(posted, 1, 1)
      undo.append { model in
        model.move(posted, 1, -1)
        model.rows.removeLast()
      }
    }
    rows[index].state = .released
    move(held, 0, -1)
    undo.append { model in
      model.move(held, 0, 1)
      model.rows[index].state = .held
    }
    return true
  }

  private mutating func takeChange(_ event: LedgerEvent) -> Bool {
    guard let name = event.from?.text else { return false }
    let four = totals[name] ?? [0, 0, 0, 0]
    let (oldFloors, oldClosed) = (floors, closed)
    undo.append { ($0.floors, $0.closed) = (oldFloors, oldClosed) }
    if let floor = event.floor, floor != floors[name, default: 0] {
      if four[0] != 0 || four[2] != 0 || four[1] != four[3] { return false }
      floors[name] = floor
    }
    if let isClosed = event.isClosed { closed = isClosed ? closed.union([name]) : closed.subtracting([name]) }
    return true
  }

  /// The floor of an account.
  package func floor(_ name: String) -> Int64 { floors[name] ?? 0 }
}
