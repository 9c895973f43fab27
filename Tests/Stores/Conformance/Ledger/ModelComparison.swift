package import Core
package import Ledger

/// Runs `count` operations against `store` and against a plain model, up to `most` chains a submission, and throws at
/// the first difference. After every submission: the same outcome of every event, with the same reason, and of one that
/// came again the answer of the first time; and the invariants: debits equal credits, nothing negative, nothing below
/// its floor, the open holds are those of the model, a refused chain leaves every balance as it was.
///
/// The answer says how often each status and reason came out. `openHolds` reads the ids of the open holds, when a store
/// has a quicker way.
@discardableResult
package func compare(
  _ store: any LedgerStore, _ time: ManualTime, operations count: Int, chains most: Int = 1, seed: UInt64,
  openHolds: (() async throws -> Set<Identifier>)? = nil
) async throws -> [String: Int] {
  var comparison = ModelComparison(seed: seed)
  while comparison.done < count {
    try await comparison.submit(to: store, time, chains: most)
    let held: Set<Identifier>
    if let openHolds { held = try await openHolds() } else { held = try await Set(store.openHolds().map(\.id)) }
    try comparison.holdInvariants(try await store.allAccounts(), held)
  }
  try comparison.holdTotals()
  try same(try await store.verify(against: nil).problem, nil)
  return comparison.counts
}

private struct ModelComparison {
  private let seed: UInt64
  private var operations: RandomOperations
  private var model = PlainModel()
  /// The first answers of what was created.
  private var answers: [Identifier: EventResult] = [:]
  private(set) var done = 0
  private(set) var counts: [String: Int] = [:]

  init(seed: UInt64) {
    self.seed = seed
    operations = RandomOperations(seed: seed)
  }

  private var place: String { "seed \(seed), operation \(done)" }

  mutating func submit(to store: any LedgerStore, _ time: ManualTime, chains most: Int) async throws {
    if operations.oneIn(10) { time.advance(seconds: Int64(operations.below(4))) }
    let authority = operations.oneIn(20) ? Authority.rule : .operator
    let chains = (0..<(1 + operations.below(most))).map { _ in operations.chain() }
    let before = try await store.head()
    let events = chains.flatMap { $0 }.map { SubmittedEvent.event($0) }
    var results = try await store.commit(Submission(events, authority: authority)).receipt.results[...]
    let now = max(time.now, before.timestamp + 1)
    // The store swept before it took the submission; its entries follow those of the sweep.
    model.expire(now: time.now)
    let created = Int64(results.filter { $0.status == .created }.count)
    var entries = try await store.head().sequence - before.sequence - created
    for chain in chains {
      let outcomes = model.take(chain, authority: authority) { now + entries + Int64($0) }
      let found = Array(results.prefix(chain.count))
      results = results.dropFirst(chain.count)
      try hold(
        found.map(PlainModel.Outcome.init) == outcomes,
        "\(place): \(chain) came out as \(found.map(PlainModel.Outcome.init)), not \(outcomes)")
      entries += Int64(outcomes.filter { $0 == .created }.count)
      for result in found { try compareAnswer(result) }
      done += chain.count
    }
    try same(results.count, 0)
  }

  private mutating func compareAnswer(_ result: EventResult) throws {
    counts[result.reason?.rawValue ?? result.status.rawValue, default: 0] += 1
    guard let id = result.id else { return }
    if result.status == .created { answers[id] = result }
    if result.status == .refused, answers[id] == nil { operations.forget(id) }
    if result.status != .exists { return }
    var first = answers[id]
    first?.status = .exists
    try hold(result == first, "\(place): \(id) was answered \(String(describing: first)), then \(result)")
  }

  func holdInvariants(_ accounts: [Account], _ held: Set<Identifier>) throws {
    var sums: [Asset: [Int128]] = [:]
    var found = 0
    for account in accounts {
      let totals = account.totals
      let four = [totals.debitsPending, totals.debitsPosted, totals.creditsPending, totals.creditsPosted]
        .map { Int128($0) }
      let expected = model.figures[account.key.text]
      if expected != nil { found += 1 }
      try hold(four == expected ?? [0, 0, 0, 0], "\(place): \(account.key.text) has \(four), not \(expected ?? [])")
      try hold((four.min() ?? 0) >= 0, "\(place): a total is negative")
      let name = account.name.text
      try hold(
        account.floor == model.floor(name) && account.isClosed == model.isClosed(name), "\(place): \(name) has flags")
      let isAbove = account.name.isWorld || four[3] - four[1] - four[0] >= Int128(account.floor)
      try hold(isAbove, "\(place): \(name) is below its floor")
      if let asset = account.asset { sums[asset] = zip(sums[asset] ?? [0, 0, 0, 0], four).map { $0 + $1 } }
    }
    // An account of which all was taken back within its first chain isn't there.
    let missing = model.figures.count - found
    let empty = missing == 0 ? 0 : model.figures.count { $0.value == [0, 0, 0, 0] }
    try hold(missing <= empty, "\(place): accounts are missing")
    for four in sums.values {
      try hold(four[0] == four[2] && four[1] == four[3], "\(place): debits are not credits: \(four)")
    }
    try hold(held == model.held, "\(place): open holds are \(held.count), not \(model.held.count)")
  }

  /// That the model counted right.
  func holdTotals() throws {
    let zero = [Int128](repeating: 0, count: 4)
    try same(model.figures.filter { $0.value != zero }, model.recounted().filter { $0.value != zero })
  }
}

extension PlainModel.Outcome {
  fileprivate init(_ result: EventResult) {
    switch result.status {
    case .created: self = .created
    case .exists: self = .exists
    case .refused: self = .refused(result.reason ?? .invalidEvent, first: result.firstReason)
    }
  }
}
