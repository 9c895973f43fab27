internal import Core
package import Ledger

/// Operations from a seed: transfers, holds, resolutions, repeats and account changes between a few accounts, with
/// amounts that often meet a limit.
package struct RandomOperations {
  private var generator: SeededGenerator
  private var number: UInt64 = 0
  private var holds: [Identifier] = []
  private let names = ["world"] + (0..<12).map { "account:\($0)" }

  /// The operations of `seed`.
  package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A number below `bound`.
  package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

  /// The next chain, mostly of one event.
  package mutating func chain() -> [LedgerEvent] {
    let length = below(8) == 0 ? 2 + below(3) : 1
    return (0..<length).map { index in
      var event = event()
      event.isLinked = index < length - 1
      return event
    }
  }

  private mutating func event() -> LedgerEvent {
    number += 1
    let next = id(number)
    switch below(20) {
    case 0..<8: return transfer(next, .posted)
    case 8..<13:
      holds.append(next)
      var hold = transfer(next, .pending)
      // Few that never expire, so that what is open stays short to read.
      if below(2_000) > 0 { hold.timeoutSeconds = UInt32(1 + below(30)) }
      return hold
    case 13..<17 where !holds.isEmpty:
      let hold = holds[max(0, holds.count - 1 - below(20))]
      return .post(next, hold, below(2) == 0 ? nil : ducats(Int64(below(600))))
    case 17, 18:
      return .void(next, holds.isEmpty ? id(0) : holds[max(0, holds.count - 1 - below(20))])
    default:
      let name = account(names[1 + below(names.count - 1)])
      if below(3) == 0 { return .account(next, name, floor: -Int64(below(300))) }
      return .account(next, name, isClosed: below(5) == 0)
    }
  }

  private mutating func transfer(_ id: Identifier, _ kind: LedgerEvent.Kind) -> LedgerEvent {
    let from = below(3) == 0 ? 0 : below(names.count)
    let to = (from + 1 + below(names.count - 1)) % names.count
    let minor = below(2_000) == 0 ? Int64.max - Int64(below(3)) : Int64(below(1_000))
    var event = LedgerEvent.posted(id, from: account(names[from]), to: account(names[to]), ducats(minor))
    event.kind = kind
    return event
  }
}

/// Runs `count` operations against `store` and against a plain model, up to `most` chains a submission, and throws at
/// the first difference. After every submission: the same outcome; and the invariants: debits equal credits, nothing
/// negative, nothing below its floor, open holds equal the pending totals, a refused chain leaves every balance as it
/// was.
package func compare(
  _ store: any LedgerStore, _ time: ManualTime, operations count: Int, chains most: Int = 1, seed: UInt64
) async throws {
  var operations = RandomOperations(seed: seed)
  var model = PlainModel()
  var done = 0
  while done < count {
    if operations.below(10) == 0 { time.advance(seconds: Int64(operations.below(4))) }
    let chains = (0..<(1 + operations.below(most))).map { _ in operations.chain() }
    let before = try await store.head()
    let receipt = try await store.commit(Submission(chains.flatMap { $0 }.map { .event($0) }))
    let now = max(time.now, before.timestamp + 1)
    // The store swept before it took the submission; its entries follow those of the sweep.
    model.expire(now: time.now)
    var results = receipt.results[...]
    let created = Int64(results.filter { $0.status == .created }.count)
    var entries = try await store.head().sequence - before.sequence - created
    for chain in chains {
      let outcome = results.prefix(chain.count)
      results = results.dropFirst(chain.count)
      let succeeds = model.take(chain) { now + entries + Int64($0) }
      if succeeds { entries += Int64(chain.count) }
      try hold(
        outcome.allSatisfy { $0.status == (succeeds ? .created : .refused) },
        "seed \(seed), operation \(done): \(chain) came out as \(outcome.map { $0.reason?.rawValue ?? "created" })")
      done += chain.count
    }
    try await holdInvariants(store, model, "seed \(seed), operation \(done)")
  }
  try same(model.figures.filter { $0.value != [0, 0, 0, 0] }, model.recounted().filter { $0.value != [0, 0, 0, 0] })
  try same(try await store.verify(against: nil).problem, nil)
}

private func holdInvariants(_ store: any LedgerStore, _ model: PlainModel, _ place: String) async throws {
  var sums: [Asset: [Int128]] = [:]
  var pending: Int128 = 0
  for account in try await store.allAccounts() {
    let totals = account.totals
    let four = [totals.debitsPending, totals.debitsPosted, totals.creditsPending, totals.creditsPosted]
      .map { Int128($0) }
    try hold(four == model.figures[account.key.text] ?? [0, 0, 0, 0], "\(place): \(account.key.text) has \(four)")
    try hold((four.min() ?? 0) >= 0, "\(place): a total is negative")
    let isAbove = account.name.isWorld || four[3] - four[1] - four[0] >= Int128(model.floor(account.name.text))
    try hold(isAbove, "\(place): \(account.name) is below its floor")
    if let asset = account.asset { sums[asset] = zip(sums[asset] ?? [0, 0, 0, 0], four).map { $0 + $1 } }
    pending += four[0]
  }
  for four in sums.values {
    try hold(four[0] == four[2] && four[1] == four[3], "\(place): debits are not credits: \(four)")
  }
  let held = try await store.openHolds().reduce(Int128(0)) { $0 + Int128($1.amount.minor) }
  try hold(held == pending, "\(place): open holds are \(held), pending is \(pending)")
}
