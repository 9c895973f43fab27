package import Core
package import Ledger

/// Operations from a seed: transfers in two assets, holds, resolutions, reversals, account changes, and all of them
/// once more, the same or changed; between a few accounts, with amounts that often meet a limit.
package struct RandomOperations {
  /// A movement that was sent, whatever came of it.
  private struct Movement {
    var id: Identifier
    var from: AccountName
    var to: AccountName
    var amount: Amount
  }

  private var generator: SeededGenerator
  private var number: UInt64 = 0
  private var holds: [Movement] = []
  private var movements: [Movement] = []
  private var sent: [LedgerEvent] = []
  private let names = ["world"] + (0..<12).map { "account:\($0)" }
  private let assets = [asset("DUC/2"), asset("USD/2")]

  /// The operations of `seed`.
  package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A number below `bound`.
  package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

  /// Once in `count` times.
  package mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  /// The next chain, mostly of one event.
  package mutating func chain() -> [LedgerEvent] {
    var chain: [LedgerEvent] = []
    if oneIn(16), let movement = picked(movements) {
      chain = oneIn(2) ? forced(movement) : wholeReversal()
    } else {
      let length = oneIn(8) ? 2 + below(3) : 1
      for _ in 0..<length { chain.append(event()) }
    }
    for index in chain.indices {
      chain[index].isLinked = index < chain.count - 1
      keep(chain[index])
    }
    return chain
  }

  /// Mostly no longer counts on what was refused.
  package mutating func forget(_ id: Identifier) {
    if oneIn(16) { return }
    if let index = holds.suffix(16).lastIndex(where: { $0.id == id }) { holds.remove(at: index) }
    if let index = movements.suffix(16).lastIndex(where: { $0.id == id }) { movements.remove(at: index) }
  }

  private mutating func event() -> LedgerEvent {
    switch below(32) {
    case 0..<9: return transfer(.posted)
    case 9..<15: return transfer(.pending)
    case 15..<21: return resolution()
    case 21..<25:
      guard let movement = picked(movements) else { return transfer(.posted) }
      return reversal(of: movement, Int64(below(Int(min(movement.amount.minor, 1_000)) * 5 / 4 + 2)))
    case 25..<28: return again()
    default: return change()
    }
  }

  private mutating func next() -> Identifier {
    number += 1
    return id(number)
  }

  /// One of the last few, or any.
  private mutating func picked<Element>(_ list: [Element]) -> Element? {
    if list.isEmpty { return nil }
    return list[oneIn(3) ? below(list.count) : max(0, list.count - 1 - below(12))]
  }

  /// Remembers what was sent, a few thousand of each sort.
  private mutating func keep(_ event: LedgerEvent) {
    sent.append(event)
    if sent.count > 4_000 { sent.removeFirst(2_000) }
    var movement: Movement?
    if let from = event.from, let to = event.to, let amount = event.amount {
      movement = Movement(id: event.id, from: from, to: to, amount: amount)
    } else if event.kind == .post, let hold = holds.last(where: { $0.id == event.pendingID }) {
      movement = Movement(id: event.id, from: hold.from, to: hold.to, amount: event.amount ?? hold.amount)
    }
    guard let movement, movement.amount.minor >= 0 else { return }
    if event.kind == .pending { holds.append(movement) } else { movements.append(movement) }
    if holds.count > 200 { holds.removeFirst(100) }
    if movements.count > 2_000 { movements.removeFirst(1_000) }
  }
}

extension RandomOperations {
  private mutating func transfer(_ kind: LedgerEvent.Kind) -> LedgerEvent {
    // Every third account has dollars, most transfers stay among those of one asset.
    let isDollar = oneIn(3)
    let one = 3 * below(4) + (isDollar ? 3 : 1 + below(2))
    var other = 3 * below(4) + (isDollar ? 3 : 1 + below(2))
    if other == one, !oneIn(20) { other = 0 }
    if oneIn(20) { other = below(names.count) }
    let (from, to) = oneIn(3) || other == 0 && !oneIn(5) ? (other, one) : (one, other)
    let minor = oneIn(2_000) ? Int64.max - Int64(below(3)) : Int64(below(1_000)) - (oneIn(200) ? 1_000 : 0)
    var event = LedgerEvent.posted(
      next(), from: account(names[from]), to: account(names[to]), Amount(minor, assets[isDollar != oneIn(40) ? 1 : 0]))
    event.kind = kind
    // Few that never expire, so that what is open stays short to read.
    if kind == .pending, !oneIn(2_000) { event.timeoutSeconds = UInt32(1 + below(30)) }
    if oneIn(4) { event.reference = "invoice \(below(3))" }
    if oneIn(4) { event.metadata = ["why": oneIn(2) ? "gift" : "loan"] }
    if oneIn(8) { event.code = String(below(3)) }
    return event
  }

  private mutating func resolution() -> LedgerEvent {
    let hold = picked(holds)
    let isPost = !oneIn(3)
    var event = isPost ? LedgerEvent.post(next(), hold?.id ?? id(0)) : .void(next(), hold?.id ?? id(0))
    if isPost, oneIn(2), let hold {
      event.amount = Amount(Int64(below(Int(min(hold.amount.minor, 1_000)) * 5 / 4 + 2)), hold.amount.asset)
    }
    if oneIn(10) { event.pendingID = picked(sent)?.id ?? id(0) }
    if oneIn(20) { event.from = hold?.from ?? account("account:1") }
    if oneIn(20) { event.to = oneIn(2) ? hold?.to : account("account:2") }
    if isPost, oneIn(20) { event.amount = Amount(1, assets[below(2)]) }
    return event
  }

  private mutating func change() -> LedgerEvent {
    let name = account(names[1 + below(names.count - 1)])
    if oneIn(4), let receivable = name.receivable { return .account(next(), receivable, floor: -10_000) }
    if oneIn(3) { return .account(next(), name, floor: -Int64(below(300))) }
    return .account(next(), name, isClosed: oneIn(8))
  }

  private mutating func reversal(of original: Movement, _ minor: Int64) -> LedgerEvent {
    var event = LedgerEvent.posted(next(), from: original.to, to: original.from, Amount(minor, original.amount.asset))
    (event.kind, event.reverses) = (.reversal, original.id)
    switch below(40) {
    case 0: event.from = account(names[below(names.count)])
    case 1: event.to = account(names[below(names.count)])
    case 2: event.amount = Amount(minor, assets[below(2)])
    case 3: event.reverses = picked(sent)?.id
    default: break
    }
    return event
  }

  /// Part of it from the receivable account of who has to pay.
  private mutating func forced(_ original: Movement) -> [LedgerEvent] {
    let short = Int64(below(Int(min(original.amount.minor, 1_000)) + 1))
    var fromReceivable = reversal(of: original, short)
    fromReceivable.from = original.to.receivable
    return [reversal(of: original, original.amount.minor - short), fromReceivable]
  }

  /// The last few movements taken back, as if they were one chain.
  private mutating func wholeReversal() -> [LedgerEvent] {
    movements.suffix(1 + below(3)).reversed().map { reversal(of: $0, $0.amount.minor) }
  }

  /// What was sent before, sometimes with other content.
  private mutating func again() -> LedgerEvent {
    guard var event = picked(sent) else { return transfer(.posted) }
    if oneIn(2) { return event }
    for _ in 0..<(oneIn(3) ? 2 : 1) { change(&event) }
    return event
  }

  private mutating func change(_ event: inout LedgerEvent) {
    switch below(11) {
    case 0: event.from = account(names[below(names.count)])
    case 1: event.to = account(names[below(names.count)])
    case 2: if let amount = event.amount { event.amount?.minor = amount.minor == .max ? 0 : amount.minor + 1 }
    case 3: if let amount = event.amount { event.amount = Amount(amount.minor, assets[below(2)]) }
    case 4:
      event.kind = event.kind == .posted ? .pending : event.kind == .post ? .void : .posted
      if event.kind != .pending { event.timeoutSeconds = 0 }
      if event.from == nil || event.to == nil || event.amount == nil { event.kind = .void }
    case 5: if event.pendingID != nil { event.pendingID = picked(sent)?.id }
    case 6: event.timeoutSeconds += event.kind == .pending || oneIn(10) ? 1 : 0
    case 7: event.code += "1"
    case 8: event.reference = event.reference.isEmpty ? "caf\u{E9}" : "cafe\u{301}"
    case 9: event.metadata["why"] = oneIn(2) ? "caf\u{E9}" : "cafe\u{301}"
    default: if event.reverses != nil { event.reverses = picked(sent)?.id }
    }
  }
}
