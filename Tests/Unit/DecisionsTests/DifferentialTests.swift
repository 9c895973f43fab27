import Core
import Decisions
import Foundation
import Rulebook
import Testing

/// Random rules with effects come to the same verdict, for the same reason, in a spec, in `eval` and in a host that
/// serves. `CASCADE_SEED` makes one run again, and `CASCADE_ROUNDS` more of them.
struct DifferentialTests {
  /// Draws rules. SplitMix64.
  struct Source {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ z >> 31) % UInt64(bound))
    }

    mutating func one(_ choices: [String]) -> String { choices[next(choices.count)] }

    private mutating func account() -> String {
      one([
        "\"pot\"", "\"pot\"", "\"till\"", "\"shop\"", "\"citizen:ada\"", "account(\"citizen\", \"Zoë\")", "\"a b\"",
        "\"world\"", "nil",
      ])
    }

    private mutating func sum() -> String {
      one([
        "amount(\"1.00 DUC/2\")", "amount(\"1.00 DUC/2\") * 3", "amount(\"4.99 DUC/2\")", "amount(\"5.01 DUC/2\")",
        "amount(\"0.00 DUC/2\")", "amount(\"1.00 USD/2\")", "amount(\"-1.00 DUC/2\")", "\"1.00 DUC/2\"", "1",
        "amount(\"5.00 DUC/2\"):shares({ 2, 1 })[1]",
      ])
    }

    private mutating func transfer() -> String {
      let more = one([
        "", "", "", ", code = \"c\"", ", metadata = { why = \"w\" }", ", metadata = { n = 1 }", ", refernce = \"r\"",
      ])
      // Mostly such as may be.
      let isSound = next(3) > 0
      let (from, to) = isSound ? ("\"pot\"", one(["\"shop\"", "\"citizen:ada\""])) : (account(), account())
      let amount = isSound ? one(["amount(\"1.00 DUC/2\")", "amount(\"2.50 DUC/2\")"]) : sum()
      return "{ from = \(from), to = \(to), amount = \(amount)\(more) }"
    }

    private mutating func limit() -> String {
      one([
        "{ name = \"n\", most = 2, per = \"day\" }", "{ name = \"n\", most = 2, per = \"day\" }",
        "{ name = \"n\", most = 2, per = \"month\", offset = 60 }", "{ name = \"n\", most = 0, per = \"day\" }",
        "{ name = \"m\", most = amount(\"2.00 DUC/2\"), per = \"hour\", amount = \(sum()) }",
        "{ name = \"n\", most = amount(\"2.00 DUC/2\"), per = \"day\", amount = amount(\"1.00 DUC/2\") }",
      ])
    }

    mutating func statement(_ number: Int) -> String {
      switch next(9) {
      case 0, 1, 2: return "host.ledger.post \(transfer())"
      case 3: return "local held\(number) = host.ledger.hold \(transfer())"
      case 4:
        let hold = "local h\(number) = host.ledger.hold \(transfer())\n"
        let end = one([
          "host.ledger.void { hold = h\(number).id }", "host.ledger.settle { hold = h\(number).id }",
          "host.ledger.settle { hold = h\(number).id, amount = \(sum()) }",
        ])
        return hold + end + (next(4) == 0 ? "\n" + end : "")
      case 5: return "local b\(number) = host.ledger.balance(\(account()))\nseen[#seen + 1] = tostring(b\(number))"
      case 6:
        return one([
          "if host.ledger.balance(\"pot\") < \(sum()) then return nil, { code = \"too_poor\", message = \"no\" } end",
          "host.ledger.settle { hold = \"018bcfe5-6800-7000-8000-00000000000c\" }",
          "pcall(host.ledger.post, \(transfer()))", "note(\"so far\", #seen)",
        ])
      case 7: return "seen[#seen + 1] = tostring(host.limit.take(\(limit())).left)"
      default: return "seen[#seen + 1] = \"\(number)\""
      }
    }

    mutating func plugin() -> String {
      let body = (0..<(1 + next(4))).map { statement($0) }.joined(separator: "\n")
      let debits = one(["{ \"pot\" }", "{ \"pot\", \"till\", \"citizen:*\" }", "{ \"*\" }"])
      let credits = one(["", "", "", "credits = { \"shop\", \"citizen:*\" },"])
      let uses = one([
        "{ \"ledger.balance\", \"ledger.post\", \"ledger.hold\", \"ledger.settle\", \"ledger.void\", \"limit.take\" }",
        "{ \"ledger.balance\", \"ledger.post\", \"ledger.hold\", \"ledger.settle\", \"ledger.void\", \"limit.take\" }",
        "{ \"ledger.balance\", \"ledger.post\", \"ledger.hold\" }",
      ])
      return """
        return { name = "probe", version = "1.0.0", decisions = { ["probe.it"] = {
          uses = \(uses), debits = \(debits), \(credits) input = {}, output = { seen = { list = "string" } },
          decide = function(_, host)
            local seen = {}
            \(body)
            return { seen = seen }
          end,
        } } }
        """
    }
  }

  private static let fakes = #"{"ledger":{"balances":{"pot":"5.00 DUC/2","till":"1.00 DUC/2"}}}"#

  /// `decided` with what was answered, or the code and the reason.
  private func served(_ generation: Generation) async throws -> String {
    let fixture = try EffectsFixture(generation)
    try await fixture.give("pot", 500, id: 1)
    try await fixture.give("till", 100, id: 2)
    let told = await fixture.decide("probe.it", [:], key: 1)
    await fixture.decisions.stop()
    if let failure = told.failure { return "\(failure.code.rawValue) \(failure.reason ?? "-")" }
    return "decided \(told.body?["result"]?.text ?? "\(told)")"
  }

  private func evaluated(_ generation: Generation) throws -> String {
    let fakes = try Fakes(json: JSON(parsing: Array(Self.fakes.utf8)))
    switch DecisionRunner(rulebook: generation.rulebook).decide("probe.it", input: Array("{}".utf8), fakes: fakes)
      .result
    {
    case .success(let bytes): return "decided \(String(decoding: bytes, as: UTF8.self))"
    case .failure(let failure): return "\(failure.code.rawValue) \(failure.reason ?? "-")"
    }
  }

  /// Whether a spec that expects this verdict passes.
  private func specAgrees(_ generation: Generation, _ verdict: String) throws -> SpecResult {
    let ask = "decide(\"probe.it\", {}, { ledger = { balances = { pot = \"5.00 DUC/2\", till = \"1.00 DUC/2\" } } })"
    let words = verdict.split(separator: " ", maxSplits: 1).map { String($0) }
    let body: String
    if words[0] == "decided" {
      let seen = try JSON(parsing: Array(words[1].utf8))["seen"]?.array ?? []
      body = "assert.same({ seen = { \(seen.map(\.text).joined(separator: ", ")) } }, (\(ask)))"
    } else {
      body = "assert.refused(\"\(words[1] == "-" ? words[0] : words[1])\", function() \(ask) end)"
    }
    var files = generation.rulebook.snapshot.files
    files["plugins/probe/spec/probe_spec.lua"] = Array("it(\"is the same\", function() \(body) end)".utf8)
    let rulebook = try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false)
    return try #require(SpecRunner(rulebook: rulebook).run().results.first)
  }

  @Test func `random rules are judged alike in a spec, in eval and in service`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(.max))
    print("CASCADE_SEED=\(seed)")
    var source = Source(state: seed)
    var verdicts: [String: Int] = [:]
    for _ in 0..<(environment["CASCADE_ROUNDS"].flatMap { Int($0) } ?? 60) {
      let plugin = source.plugin()
      let generation = try EffectsFixture.generation(plugin)
      let verdict = try await served(generation)
      #expect(try evaluated(generation) == verdict, "\(plugin)")
      let spec = try specAgrees(generation, verdict)
      #expect(spec.status == .passed, "\(verdict)\n\(spec.message ?? "")\n\(plugin)")
      verdicts[verdict.split(separator: " ").first.map { String($0) } ?? "", default: 0] += 1
    }
    // Draws that are all refused, or never, would show nothing.
    #expect(verdicts["decided", default: 0] > 3 && verdicts["refused", default: 0] > 3, "\(verdicts)")
  }
}
