import Citizens
import Core
import Decisions
import Ledger
import Logging
import ServiceLifecycle

/// Some life in a demonstration: sample citizens ask for a few decisions a second, and now and then a sprint spends
/// and the treasury is shared out, so that nobody who looks meets empty pages. All of it is asked for by `demo`.
struct DemoLife: Service {
  /// How long it is quiet between two questions.
  private static let interval = Duration.milliseconds(250)
  /// Questions between two that move money.
  private static let quiet = 16

  let decisions: HostDecisions
  let ledger: any LedgerStore
  let measurements: Measurements
  let logger: Logger

  private struct Sample {
    var username: String
    var socialClass: String
  }

  func run() async throws {
    let citizens = try Self.citizens()
    if citizens.isEmpty { return }
    do {
      try await begin(citizens)
    } catch {
      logger.warning("the demonstration has no money to move: \(error)")
    }
    var turn = 0
    var identifiers = IdentifierGenerator()
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      let citizen = citizens[(turn * 17) % citizens.count]
      if turn % Self.quiet == Self.quiet - 1 {
        await ask(Self.spending(turn, citizen), key: identifiers.next())
      } else {
        await ask(try await question(turn, citizen), key: nil)
      }
      if turn % 480 == 100 { await ask(Self.redistribution(citizens), key: identifiers.next()) }
      turn += 1
    }
  }

  private func ask(_ asked: (point: String, input: JSON), key: Identifier?) async {
    // What the rules refuse is a decision like any other; a rulebook without this one is asked all the same.
    _ = try? await decisions.decide(
      Question(asked.point, .value(asked.input), requester: "demo", key: key, trace: nil, request: nil))
  }

  private func question(_ turn: Int, _ citizen: Sample) async throws -> (String, JSON) {
    let level = (try? await measurements.measure(citizen.username)?["level"]?.number) ?? 0
    switch turn % 4 {
    case 0:
      return ("tier.assign", ["social_class": .string(citizen.socialClass), "influence": .integer(Int64(turn % 900))])
    case 1, 3:
      let side = turn % 8 == 3 ? "buy" : "sell"
      // Now and then less than is quoted.
      let minor = turn % 32 == 1 ? 50 : Int64(1_000 + (turn * 7_919) % 90_000)
      let asset = side == "sell" ? "DUC/2" : "USD/2"
      return (
        "bridge.quote",
        [
          "side": .string(side), "amount": ["asset": .string(asset), "minor": .integer(minor)],
          "level": .double(level), "citizen": .string(citizen.username),
        ]
      )
    default:
      return (
        "access.grant",
        [
          "citizen": ["username": .string(citizen.username), "social_class": .string(citizen.socialClass)],
          "measurement": ["level": .double(level)], "tier": "participant", "permissions": ["read", "trade"],
        ]
      )
    }
  }

  private static func spending(_ turn: Int, _ citizen: Sample) -> (String, JSON) {
    let envelopes = ["team", "infrastructure", "quality"]
    let reasons = ["a week's work", "servers", "a review", "tools", "a test run"]
    return (
      "sprint.spend",
      [
        "sprint": "demo", "envelope": .string(envelopes[(turn / quiet) % 3]), "week": 1,
        "reason": .string(reasons[(turn / quiet) % reasons.count]),
        "amount": ["asset": "DUC/2", "minor": .integer(Int64(5_000 + (turn * 631) % 60_000))],
        "payee": .string("citizen:" + citizen.username),
      ]
    )
  }

  private static func redistribution(_ citizens: [Sample]) -> (String, JSON) {
    let some = citizens.prefix(12).map { citizen -> JSON in
      ["username": .string(citizen.username), "social_class": .string(citizen.socialClass)]
    }
    return ("treasury.redistribute", ["citizens": .array(some)])
  }

  /// Gives the demonstration its money, once in the life of its ledger.
  private func begin(_ citizens: [Sample]) async throws {
    guard let world = AccountName("world"), let treasury = AccountName("treasury"),
      let backing = AccountName("sprint:backing"),
      let ducat = Asset("DUC/2"), try await ledger.account(treasury) == nil
    else { return }
    var identifiers = IdentifierGenerator()
    var events = [
      LedgerEvent.posted(identifiers.next(), from: world, to: treasury, Amount(250_000_000, ducat)),
      LedgerEvent.posted(identifiers.next(), from: world, to: backing, Amount(60_000_000, ducat)),
    ]
    for (place, citizen) in citizens.prefix(20).enumerated() {
      guard let account = AccountName("citizen:" + citizen.username) else { continue }
      events.append(
        .posted(identifiers.next(), from: world, to: account, Amount(Int64(50_000 + place * 12_500), ducat)))
    }
    for place in events.indices { events[place].reference = "demo" }
    _ = try await ledger.commit(
      Submission(events.map { .event($0) }, authority: .operator, requester: "demo"))
    await ask(("sprint.fund", ["sprint": "demo"]), key: identifiers.next())
  }

  private static func citizens() throws -> [Sample] {
    let json = try JSON(parsing: PackageResources.venice_citizens_json)
    return (json["citizens"]?.array ?? []).compactMap { citizen in
      guard let name = citizen["username"]?.string, let socialClass = citizen["socialClass"]?.string,
        AccountName("citizen:" + name) != nil
      else { return nil }
      return Sample(username: name, socialClass: socialClass)
    }
  }
}
