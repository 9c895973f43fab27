import Core
import Foundation
import LuaRuntime
import Testing

@testable import Rulebook

/// The laws of money hold for every number that a policy may take: a rulebook with it isn't loaded, or keeps them. What
/// they demand is reckoned here, exactly, and by nothing that the rules use.
struct PolicyLawTests {
  /// `CASCADE_POLICIES` tries so many, and CASCADE_SEED others.
  @Test func `whatever number of whatever policy is changed, money is neither made nor lost`() throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["CASCADE_POLICIES"].flatMap { Int($0) } ?? 60
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(.max))
    print("CASCADE_SEED=\(seed)")
    var generator = Seeded(state: seed)
    let shipped = try PolicyNumbers.shipped()
    try Laws(shipped, "as shipped").check()
    var (loaded, refused) = (0, 0)
    for number in 0..<count {
      let first = try #require(shipped.leaves.randomElement(using: &generator))
      let others = shipped.leaves.filter { $0.policy == first.policy }.shuffled(using: &generator)
      let leaves = [first] + others.prefix(Int.random(in: 0...2, using: &generator))
      let changes = leaves.map { (leaf: $0, source: $0.another(&generator)) }
      let what =
        "policy \(number) of seed \(seed): " + changes.map { "\($0.leaf) now \($0.source)" }.joined(separator: ", ")
      let changed: PolicyNumbers
      do { changed = try shipped.changed(changes) } catch is RulebookRejected {
        refused += 1
        continue
      }
      loaded += 1
      try Laws(changed, what).check()
    }
    #expect(loaded > 0 && refused > 0 || count < 20, "\(loaded) and \(refused)")
  }

  @Test func `every number of every policy is found`() throws {
    let shipped = try PolicyNumbers.shipped()
    let policies = Set(shipped.leaves.map(\.policy))
    for policy in ["access", "awareness", "consciousness", "fees", "payments", "sprint", "tiers", "treasury", "trust"] {
      #expect(policies.contains(policy), "\(policy)")
    }
    for (policy, path, source) in [
      ("fees", #"["rate"]"#, #""0.10""#), ("fees", #"["minimum"]["DUC/2"]"#, #""1.00 DUC/2""#),
      ("treasury", #"["classes"][2]["share"]"#, #""0.30""#), ("payments", #"["hold_seconds"]"#, "604800"),
    ] { #expect(try shipped.leaf(policy, path).source == source) }
  }

  private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &+ 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}

/// What holds of one rulebook. What it refuses, or fails to decide, moves no money.
private struct Laws {
  let numbers: PolicyNumbers
  let runner: DecisionRunner
  let what: String

  init(_ numbers: PolicyNumbers, _ what: String) {
    (self.numbers, self.what) = (numbers, what)
    runner = DecisionRunner(rulebook: numbers.rulebook)
  }

  func check() throws {
    try checkOffers()
    try checkTreasury()
    try checkSprint()
  }

  /// A decision's result and what it moves; nil when it isn't made.
  private func ask(
    _ point: String, _ input: JSON, _ fakes: JSON = [:]
  ) throws -> (result: JSON, moves: [TransferRequest])? {
    let answer = runner.decide(point, input: input.bytes, fakes: try Fakes(json: fakes))
    guard case .success(let bytes) = answer.result else { return nil }
    let moves = answer.effects.compactMap { effect -> TransferRequest? in
      switch effect.call {
      case .post(let request), .hold(let request): request
      default: nil
      }
    }
    for move in moves { #expect(move.amount.minor >= 0, "\(what), \(point): \(move)") }
    return (try JSON(parsing: bytes), moves)
  }

  private func minor(_ json: JSON, _ name: String) throws -> Int64 {
    try #require(json[name]?["minor"]?.integer, "\(what), \(name) of \(json.text)")
  }

  private func amount(_ minor: Int64, _ asset: String) throws -> JSON {
    Amount(minor, try #require(Asset(asset))).json
  }

  private func sum(_ moves: [TransferRequest]) -> Int128 { moves.reduce(0) { $0 + Int128($1.amount.minor) } }

  // MARK: Offers

  /// A decimal of the policy, in millionths; nil for what isn't one.
  private func millionths(_ path: String) throws -> Int128? {
    let text = try numbers.leaf("fees", path).source.filter { $0 != "\"" }
    return Amount(text: text + " X/6").map { Int128($0.minor) }
  }

  private func checkOffers() throws {
    guard let rate = try millionths(#"["rate"]"#), let fee = try millionths(#"["fee"]"#) else { return }
    func isGift(_ ducats: Int64, for cents: Int64) -> Bool {
      Int128(cents) * 1_000_000_000_000 < Int128(ducats) * rate * (1_000_000 - fee)
    }
    for package in ["starter", "explorer", "trader", "merchant", "noble"] {
      guard let price = try ask("bridge.purchase", ["package": .string(package), "level": 1])?.result else { continue }
      try checkPayment(price, "package", isGift)
    }
    for (units, level) in [(100, 0), (12_345, 1), (1_000_000, 0.618034), (99_999_999, 0)] as [(Int64, Double)] {
      let (ducats, dollars) = (try amount(units, "DUC/2"), try amount(units, "USD/2"))
      if let price = try ask("bridge.purchase", ["amount": ducats, "level": .double(level)])?.result {
        try checkPayment(price, "purchase", isGift)
      }
      for (side, given) in [("purchase", ducats), ("buy", dollars), ("sell", ducats)] {
        let input: JSON = ["side": .string(side), "amount": given, "level": .double(level)]
        guard let quote = try ask("bridge.quote", input)?.result else { continue }
        let (gross, fee, net) = (try minor(quote, "gross"), try minor(quote, "fee"), try minor(quote, "net"))
        #expect(gross >= 0 && fee >= 0 && net >= 0, "\(what): \(quote.text)")
        if side != "purchase" { #expect(gross == fee + net, "\(what): \(quote.text)") }
        if side == "sell" {
          #expect(!isGift(-units, for: -net), "\(what): \(quote.text)")
          try checkSale(units, quote, level)
        } else {
          #expect(!isGift(net, for: side == "buy" ? units : try minor(quote, "charge")), "\(what): \(quote.text)")
        }
      }
    }
  }

  /// A purchase at this price: what is held, what is booked, and what is taken back.
  private func checkPayment(_ price: JSON, _ kind: String, _ isGift: (Int64, Int64) -> Bool) throws {
    let (ducats, charge) = (try minor(price, "ducats"), try minor(price, "charge"))
    let (bonus, fee) = (try minor(price, "bonus"), try minor(price, "fee"))
    #expect(!isGift(ducats, charge), "\(what): \(price.text)")
    #expect(ducats > 0 && bonus >= 0 && fee >= 0 && fee <= charge, "\(what): \(price.text)")
    var offer = try #require(price.object)
    for (name, value) in [
      ("payment", "p-1"), ("citizen", "anna"), ("kind", .string(kind)), ("level", 0), ("generation", 1),
      ("decision", "d-1"),
    ] as [(String, JSON)] { offer.append(name, value) }
    let reserve: JSON = ["ledger": ["balances": ["reserve:ducats": try amount(1 << 60, "DUC/2")]]]
    guard let held = try ask("payment.authorize", .object(offer), reserve) else { return }
    #expect(sum(held.moves) == Int128(ducats) + Int128(bonus), "\(what): \(held)")
    let holds = try held.moves.enumerated().map { place, move -> (String, JSON) in
      let id = Identifier(high: 0x018B_CFE5_6800_7000, low: 0x8000_0000_0000_0000 + UInt64(place))
      return (
        id.description,
        [
          "from": .string(move.from.text), "to": .string(move.to.text),
          "amount": try amount(move.amount.minor, "DUC/2"),
        ]
      )
    }
    let fakes: JSON = [
      "ledger": ["balances": ["clearing:stripe": try amount(charge, "USD/2")], "holds": .object(JSON.Object(holds))]
    ]
    let paid: JSON = [
      "payment": "p-1", "citizen": "anna", "holds": .array(holds.map { .string($0.0) }),
      "ducats": try amount(ducats, "DUC/2"), "bonus": try amount(bonus, "DUC/2"), "fee": try amount(fee, "USD/2"),
      "charge": try amount(charge, "USD/2"), "collected": try amount(charge, "USD/2"), "metadata": [:],
    ]
    let settled = try #require(try ask("payment.settle", paid, fakes), "\(what): \(paid.text)")
    #expect(sum(settled.moves) == Int128(charge), "\(what): \(settled)")
    try checkReversal(charge, ducats, settled.moves)
  }

  /// All that was paid is lost, in two parts: all of it is taken back, neither more nor less.
  private func checkReversal(_ charge: Int64, _ ducats: Int64, _ shares: [TransferRequest]) throws {
    var postings: [JSON] = []
    func add(_ from: String, _ to: String, _ units: Int64, _ asset: String) throws {
      postings.append([
        "transfer": .string("t-\(postings.count)"), "from": .string(from), "to": .string(to),
        "amount": try amount(units, asset),
      ])
    }
    try add("reserve:ducats", "citizen:anna", ducats, "DUC/2")
    try add("world", "clearing:stripe", charge, "USD/2")
    for share in shares { try add(share.from.text, share.to.text, share.amount.minor, "USD/2") }
    var (back, returned): (Int128, Int128) = (0, 0)
    let half = charge / 2
    for (before, lost) in [(0, half), (half, charge)] where lost > before {
      let input: JSON = [
        "payment": "p-1", "charge": try amount(charge, "USD/2"), "lost": try amount(lost, "USD/2"),
        "lost_before": try amount(before, "USD/2"), "postings": .array(postings),
      ]
      let fakes: JSON = ["ledger": ["balances": ["citizen:anna": try amount(ducats / 2, "DUC/2")]]]
      guard let plan = try ask("payment.reverse", input, fakes) else { return }
      for reversal in try #require(plan.result["reversals"]?.array) {
        let units = Int128(try minor(reversal, "amount"))
        #expect(units > 0, "\(what): \(reversal.text)")
        if reversal["to"] == "reserve:ducats" { back += units }
        if reversal["to"] == "world" { returned += units }
      }
    }
    #expect(back == Int128(ducats) && returned == Int128(charge), "\(what): \(back) and \(returned) of \(charge)")
  }

  /// A quoted sale is carried out: the citizen is owed the net, and what is beyond multiplier 1 comes from the reserve.
  private func checkSale(_ ducats: Int64, _ plain: JSON, _ level: Double) throws {
    let reserve: Int64 = 1_000_000
    let fakes: JSON = [
      "ledger": [
        "balances": [
          "reserve:uplift": try amount(reserve, "USD/2"), "citizen:anna": try amount(ducats, "DUC/2"),
          "bridge:dollars": try amount(1 << 60, "USD/2"),
        ],
        "floors": ["uplift:anna:19700101": try amount(-(1 << 60), "USD/2")],
      ], "now": 0,
    ]
    let asked: JSON = [
      "side": "sell", "amount": try amount(ducats, "DUC/2"), "level": .double(level), "citizen": "anna",
    ]
    guard let quote = try ask("bridge.quote", asked, fakes)?.result, var sale = quote.object else { return }
    let lifted = Int128(try minor(quote, "gross")) - Int128(try minor(plain, "gross"))
    #expect(lifted >= 0 && lifted <= Int128(reserve), "\(what): \(quote.text)")
    sale["side"] = nil
    for (name, value) in [
      ("payment", "p-1"), ("citizen", "anna"), ("amount", try amount(ducats, "DUC/2")), ("generation", 1),
      ("decision", "d-1"),
    ] as [(String, JSON)] { sale.append(name, value) }
    guard let sold = try ask("bridge.sell", .object(sale), fakes) else { return }
    var owed: Int128 = 0
    for move in sold.moves where move.amount.asset.name == "USD/2" {
      if move.to.text.hasPrefix("payable:") { owed += Int128(move.amount.minor) }
      if move.from.text.hasPrefix("payable:") { owed -= Int128(move.amount.minor) }
    }
    #expect(owed == Int128(try minor(quote, "net")), "\(what): \(sold)")
    #expect(sum(sold.moves.filter { $0.from.text == "reserve:uplift" }) == lifted, "\(what): \(sold)")
    #expect(sum(sold.moves.filter { $0.amount.asset.name == "DUC/2" }) == Int128(ducats), "\(what): \(sold)")
  }

  // MARK: Treasury and sprint

  private func checkTreasury() throws {
    let classes = [
      "Nobili", "Cittadini", "Popolani", "Facchini", "Scientisti", "Clero", "Innovatori", "Ambasciatore", "Artisti",
    ]
    var citizens: [JSON] = []
    for (place, name) in classes.enumerated() {
      for number in 0...place % 3 {
        citizens.append(["username": .string("c\(place)-\(number)"), "social_class": .string(name)])
      }
    }
    for treasury in [0, 1, 999_999_937, 1 << 50] as [Int64] {
      let fakes: JSON = ["ledger": ["balances": ["treasury": try amount(treasury, "DUC/2")]]]
      guard let day = try ask("treasury.redistribute", ["citizens": .array(citizens)], fakes) else { continue }
      let (pool, paid) = (try minor(day.result, "pool"), try minor(day.result, "paid"))
      #expect(sum(day.moves) == Int128(paid) && paid >= 0 && paid <= treasury, "\(what): \(day)")
      #expect(pool >= 0 && pool <= treasury, "\(what): \(day.result.text)")
      let shares = try #require(day.result["payments"]?.array).filter { $0["reason"] == "share" }
      let shared = try shares.reduce(Int128(0)) { $0 + Int128(try minor($1, "amount")) }
      #expect(
        shared == Int128(pool), "\(what): every class of the ladder has members, and \(shared) of \(pool) are shared")
    }
  }

  private func checkSprint() throws {
    let backing: Int64 = 3_400_000_000
    let fakes: JSON = ["ledger": ["balances": ["sprint:backing": try amount(backing, "DUC/2")]]]
    guard let funded = try ask("sprint.fund", ["sprint": "s1"], fakes) else { return }
    let budget = Int128(try minor(funded.result, "budget"))
    #expect(budget <= Int128(backing), "\(what): \(funded)")
    #expect(sum(funded.moves.filter { $0.from.text == "sprint:backing" }) == budget, "\(what): \(funded)")
    #expect(sum(funded.moves.filter { $0.to.text != "sprint:s1:funding" }) == budget, "\(what): \(funded)")
  }
}
