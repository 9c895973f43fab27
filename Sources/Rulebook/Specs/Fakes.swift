package import Core

/// What a decision finds instead of the host, in specs and on the command line.
///
/// `{"now":…,"ledger":{"balances":{account: amount},"floors":{account: amount},"holds":{id: {"from","to","amount"}}},
/// "graph":{"metrics":{citizen: …},"null_model":{citizen: …},"network": …},"limits":{name: taken}}`; every part may be
/// left out, and what isn't there is nil to the rule. What is taken of a limit may be said of each period by itself.
package struct Fakes: Sendable, Equatable {
  /// The clock, milliseconds since 1970.
  package var nowMilliseconds: Int64?
  /// What accounts have available.
  package var balances: [AccountName: Amount] = [:]
  /// How far accounts may go below zero; others not at all, or as far as their balance says.
  package var floors: [AccountName: Amount] = [:]
  /// Open holds by id.
  package var holds: [Identifier: FakeHold] = [:]
  /// What is taken already of limits, by their names.
  package var limits: [ExactText: FakeCount] = [:]
  /// The graph's answers by kind.
  package var graph: JSON = [:]

  /// A host without anything.
  package init() {}

  /// Reads fakes; throws what is wrong with them, naming the member. O(size).
  package init(json: JSON) throws(UsageError) {
    guard let members = json.members else { throw UsageError("the fakes must be an object") }
    for (name, value) in members {
      switch name {
      case "now":
        guard let now = value.integer ?? value.string.flatMap(MinuteText.milliseconds) else {
          throw UsageError("'now' must be milliseconds since 1970, or a moment such as \"2026-11-29T10:00:00Z\"")
        }
        nowMilliseconds = now
      case "ledger":
        guard let ledger = value.members else { throw UsageError("'ledger' must be an object") }
        for (name, value) in ledger { try read(ledger: name, value) }
      case "graph":
        guard value.members != nil else { throw UsageError("'graph' must be an object") }
        graph = value
      case "limits":
        guard let limits = value.members else { throw UsageError("'limits' must be an object") }
        for (name, value) in limits { self.limits[ExactText(name)] = try Self.taken(name, value) }
      default:
        throw UsageError("unknown member '\(name)'; fakes have now, ledger, graph and limits")
      }
    }
  }

  private mutating func read(ledger name: String, _ value: JSON) throws(UsageError) {
    switch (name, value.members) {
    case ("balances", let balances?):
      self.balances = try Self.amounts(balances) { "the balance of '\($0)' must be an amount" }
    case ("floors", let floors?):
      self.floors = try Self.amounts(floors) { "the floor of '\($0)' must be an amount that isn't above zero" }
    case ("holds", let holds?): try read(holds: holds)
    default:
      throw UsageError(
        "'ledger' holds 'balances' and 'floors', objects of amounts by account, and 'holds' by id; not '\(name)'")
    }
  }

  private static func taken(_ name: String, _ value: JSON) throws(UsageError) -> FakeCount {
    if let taken = amount(taken: value) { return .ofEach(taken) }
    var counts: [LimitRequest.Period: Amount] = [:]
    for (period, value) in value.members ?? [] {
      guard let period = LimitRequest.Period(rawValue: period), let taken = amount(taken: value) else {
        throw notTaken(name)
      }
      counts[period] = taken
    }
    if counts.isEmpty { throw notTaken(name) }
    return .ofSome(counts)
  }

  private static func notTaken(_ name: String) -> UsageError {
    UsageError(
      "what is taken of the limit '\(name)' must be a whole number or an amount, not below zero; or one for each "
        + "period: { day = 3, month = 9 }")
  }

  private static func amount(taken value: JSON) -> Amount? {
    let times = Asset(LimitRequest.times).flatMap { asset in value.integer.map { Amount($0, asset) } }
    return (times ?? Amount(fake: value)).flatMap { $0.minor >= 0 ? $0 : nil }
  }

  private static func amounts(
    _ members: [(name: String, value: JSON)], _ problem: (String) -> String
  ) throws(UsageError) -> [AccountName: Amount] {
    var amounts: [AccountName: Amount] = [:]
    for (name, value) in members {
      guard let account = AccountName(name) else { throw UsageError("'\(name)' is no account's name") }
      guard let amount = Amount(fake: value) else { throw UsageError(problem(name)) }
      amounts[account] = amount
    }
    return amounts
  }

  private mutating func read(holds: [(name: String, value: JSON)]) throws(UsageError) {
    for (name, value) in holds {
      guard let id = Identifier(name), let hold = FakeHold(json: value) else {
        throw UsageError("the hold '\(name)' must be an id with from, to and amount")
      }
      self.holds[id] = hold
    }
  }
}

/// What is taken already of a limit in the periods that the clock stands in.
package enum FakeCount: Sendable, Equatable {
  /// As much in its hour, its day and its month.
  case ofEach(Amount)
  /// In the periods that are named; nothing in others.
  case ofSome([LimitRequest.Period: Amount])

  /// What is taken in a period; nil for nothing.
  package subscript(_ period: LimitRequest.Period) -> Amount? {
    switch self {
    case .ofEach(let taken): taken
    case .ofSome(let counts): counts[period]
    }
  }
}

/// Money set aside that a decision finds.
package struct FakeHold: Sendable, Equatable {
  /// The account it keeps money of.
  package var from: AccountName
  /// The account it is for.
  package var to: AccountName
  /// The amount that the hold keeps.
  package var amount: Amount

  /// Reads `{"from","to","amount"}`; nil when it isn't that.
  package init?(json: JSON) {
    guard let from = json["from"]?.string.flatMap({ AccountName($0) }),
      let to = json["to"]?.string.flatMap({ AccountName($0) }), let amount = json["amount"].flatMap(Amount.init(fake:))
    else { return nil }
    self.from = from
    self.to = to
    self.amount = amount
  }
}

extension Amount {
  /// An amount as an author writes it: as the wire has it, or as a text.
  fileprivate init?(fake json: JSON) {
    guard let amount = Amount(json: json) ?? json.string.flatMap(Amount.init(text:)) else { return nil }
    self = amount
  }
}
