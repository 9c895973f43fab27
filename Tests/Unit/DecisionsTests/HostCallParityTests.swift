import Core
import Decisions
import LuaRuntime
import Rulebook
import Testing

/// What a host in service refuses, `cascade eval` and specs refuse with the same code and the same words.
struct HostCallParityTests {
  /// A host call that a rule gets wrong, and part of what it is told.
  struct BadCall: Sendable, CustomTestStringConvertible {
    var lua: String
    var code: DecisionErrorCode
    var part: String
    var testDescription: String { lua }
  }

  private static let transfer = #"from = "pot", to = "shop", amount = amount("1.00 DUC/2")"#

  private static func post(_ more: String, _ code: DecisionErrorCode, _ part: String) -> BadCall {
    BadCall(lua: "host.ledger.post { \(transfer), \(more) }", code: code, part: part)
  }

  private static func take(_ fields: String, _ code: DecisionErrorCode, _ part: String) -> BadCall {
    BadCall(lua: "host.limit.take { name = \"n\", \(fields) }", code: code, part: part)
  }

  private static let long = #"string.rep("x", 256)"#

  static let calls: [BadCall] = [
    post(#"refrence = "r""#, .runtime, "unknown field 'refrence'; did you mean 'reference'?"),
    post("metadata = { week = 2 }", .runtime, "'week' is none; write tostring(…) around the number"),
    post("metadata = { ok = true }", .runtime, "'metadata' must be a table of strings by name"),
    post(#"metadata = { "a" }"#, .runtime, "'metadata' must be a table of strings by name"),
    post("metadata = 5", .runtime, "'metadata' must be a table of strings by name"),
    post(#"metadata = { _x = "1" }"#, .refused, "reserved_metadata_key"),
    post(#"metadata = { x = string.rep("x", 4097) }"#, .refused, "invalid_metadata"),
    post("code = 5", .runtime, "'code' must be a string"),
    post("code = \(long)", .refused, "invalid_code"),
    post("reference = \(long)", .refused, "invalid_reference"),
    post("timeout_seconds = 60", .runtime, "unknown field 'timeout_seconds'"),
    BadCall(lua: "host.ledger.post(5)", code: .runtime, part: "takes a table of from, to, amount"),
    BadCall(lua: "host.ledger.post()", code: .runtime, part: "takes a table of from, to, amount"),
    BadCall(lua: "host.ledger.post({ \(transfer) }, 5)", code: .runtime, part: "takes (transfer), and got 2"),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "a b", amount = amount("1.00 DUC/2") }"#, code: .refused,
      part: "'to' must be an account's name, and 'a b' is none"),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "shop", amount = "1.00 DUC/2" }"#, code: .runtime,
      part: #"write amount("1.00 DUC/2")"#),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "shop", amount = amount("DUC/2", -1) }"#, code: .runtime,
      part: "isn't negative"),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "pot", amount = amount("1.00 DUC/2") }"#, code: .refused,
      part: "accounts_must_be_different"),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "shop", amount = amount("5.01 DUC/2") }"#, code: .refused,
      part: "exceeds_credits"),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "shop", amount = amount("1.00 USD/2") }"#, code: .refused,
      part: "from_account_has_different_asset"),
    BadCall(
      lua: #"host.ledger.post { from = "world", to = "shop", amount = amount("1.00 DUC/2") }"#, code: .forbidden,
      part: "may not debit 'world'"),
    BadCall(
      lua: #"host.ledger.post { from = "bank", to = "shop", amount = amount("1.00 DUC/2") }"#, code: .forbidden,
      part: "may not debit 'bank'"),
    BadCall(lua: "host.ledger.hold { \(transfer), timeout_seconds = 1.5 }", code: .runtime, part: "whole number"),
    BadCall(lua: "host.ledger.hold { \(transfer), timeout = 60 }", code: .runtime, part: "unknown field 'timeout'"),
    BadCall(lua: #"host.ledger.settle { hold = "x" }"#, code: .runtime, part: "'hold' must be the id of a hold"),
    BadCall(
      lua: #"host.ledger.settle { hold = "018bcfe5-6800-7000-8000-00000000000c" }"#, code: .refused,
      part: "pending_transfer_not_found"),
    BadCall(
      lua: "local h = host.ledger.hold { \(transfer) } host.ledger.void { hold = h.id } "
        + "host.ledger.settle { hold = h.id }", code: .refused, part: "pending_transfer_already_voided"),
    BadCall(
      lua: "local h = host.ledger.hold { \(transfer) } host.ledger.settle { hold = h.id, "
        + #"amount = amount("1.01 DUC/2") }"#, code: .refused, part: "exceeds_pending_transfer_amount"),
    BadCall(lua: "host.ledger.balance(5)", code: .runtime, part: "the first argument must be a name"),
    BadCall(lua: #"host.ledger.balance("a b")"#, code: .refused, part: "'a b' is no account's name"),
    BadCall(
      lua: #"host.graph.metrics("anna", { windw = 3 })"#, code: .runtime, part: "unknown option 'windw'"),
    BadCall(lua: #"host.graph.metrics("anna")"#, code: .runtime, part: "the option 'window' is missing"),
    BadCall(
      lua: #"host.graph.null_model("anna", { window = 0, samples = 1, seed = 1 })"#, code: .runtime,
      part: "window must be 1 to 256, not 0"),
    BadCall(lua: "host.graph.network({ neutral = 101 })", code: .runtime, part: "neutral must be 0 to 100"),
    BadCall(lua: "host.limit.take(5)", code: .runtime, part: "takes a table of name, most, per"),
    BadCall(
      lua: "host.limit.take { most = 1, per = \"day\" }", code: .runtime, part: "'name' must be a text of 1 to 200"),
    take("most = 1", .runtime, "'per' must be one of hour, day, month"),
    take("most = 1, per = \"week\"", .runtime, "'per' must be one of hour, day, month"),
    take("most = 0, per = \"day\"", .runtime, "'most' must be a whole number above zero"),
    take("most = 1, per = \"day\", offset = 841", .runtime, "'offset' must be whole minutes"),
    take("most = amount(\"1.00 DUC/2\"), per = \"day\"", .runtime, "or an amount beside 'amount'"),
    take(
      "most = amount(\"1.00 DUC/2\"), per = \"day\", amount = amount(\"1.00 USD/2\")", .runtime,
      "the asset of 'most', DUC/2"),
    take("most = 1, per = \"day\", mots = 2", .runtime, "unknown field 'mots'; did you mean 'most'?"),
    take(
      "most = amount(\"1.00 DUC/2\"), per = \"day\", amount = amount(\"1.01 DUC/2\")", .refused,
      "'n' has 1.00 DUC/2 left of 1.00 DUC/2 a day"),
    BadCall(
      lua: "for _ = 1, 3 do host.limit.take { name = \"n\", most = 2, per = \"month\" } end", code: .refused,
      part: "'n' has 0 left of 2 a month"),
    BadCall(
      lua: #"host.ledger.post { from = "pot", to = "limit:n:2026-11-29", amount = amount("1.00 DUC/2") }"#,
      code: .forbidden, part: "counts a limit: only host.limit.take moves it"),
    BadCall(lua: #"host.token.sign { purpose = "access", claims = { sub = "a" } }"#, code: .forbidden, part: "'uses'"),
  ]

  private static func probe(_ lua: String) -> String {
    """
    return { name = "probe", version = "1.0.0", decisions = { ["probe.it"] = {
      uses = { "ledger.balance", "ledger.post", "ledger.hold", "ledger.settle", "ledger.void", "graph.metrics",
        "graph.null_model", "graph.network", "limit.take" },
      debits = { "pot" }, input = {}, output = { done = "boolean" },
      decide = function(_, host)
        \(lua)
        return { done = true }
      end,
    } } }
    """
  }

  @Test(arguments: calls)
  func `a bad call fails alike in service, in eval and in a spec`(call: BadCall) async throws {
    let generation = try EffectsFixture.generation(Self.probe(call.lua))
    let fixture = try EffectsFixture(generation)
    try await fixture.give("pot", 500, id: 1)
    let served = try #require(await fixture.decide("probe.it", [:], key: 1).failure)
    await fixture.decisions.stop()
    #expect(served.code == call.code)
    #expect(served.message.contains(call.part), "\(served.message)")

    let fakes = try Fakes(json: ["ledger": ["balances": ["pot": "5.00 DUC/2"]]])
    let runner = DecisionRunner(rulebook: generation.rulebook)
    guard case .failure(let evaluated) = runner.decide("probe.it", input: Array("{}".utf8), fakes: fakes).result else {
      Issue.record("eval took it")
      return
    }
    #expect(evaluated.code == served.code)
    #expect(Self.withoutIDs(evaluated.message) == Self.withoutIDs(served.message))
    #expect(evaluated.reason == served.reason)

    let spec = """
      local function ask()
        decide("probe.it", {}, { ledger = { balances = { pot = "5.00 DUC/2" } } })
      end
      it("is refused", function() assert.refused("\(served.reason ?? served.code.rawValue)", ask) end)
      it("says the same", ask)
      """
    var files = generation.rulebook.snapshot.files
    files["plugins/probe/spec/probe_spec.lua"] = Array(spec.utf8)
    let rulebook = try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false)
    let results = SpecRunner(rulebook: rulebook).run().results
    #expect(results.map(\.status) == [.passed, .failed], "\(results)")
    let told = Self.withoutIDs(results.last?.message ?? "")
    #expect(told.contains(Self.withoutIDs(served.message)), "\(told)")
  }

  /// Ids derive from the decision's own, which is another one each time.
  private static func withoutIDs(_ message: String) -> String {
    message.replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "ID")
  }

  @Test func `what is fine for one is fine for all`() async throws {
    let lua = """
      host.ledger.post { \(Self.transfer), metadata = {}, code = "c", reference = string.rep("x", 255) }
      local held = host.ledger.hold { \(Self.transfer), timeout_seconds = 60 }
      host.ledger.settle { hold = held.id, amount = amount("0.50 DUC/2") }
      """
    let generation = try EffectsFixture.generation(Self.probe(lua))
    let fixture = try EffectsFixture(generation)
    try await fixture.give("pot", 500, id: 1)
    #expect(await fixture.decide("probe.it", [:], key: 1).body?["result"] == ["done": true])
    await fixture.decisions.stop()
    let fakes = try Fakes(json: ["ledger": ["balances": ["pot": "5.00 DUC/2"]]])
    let answer = DecisionRunner(rulebook: generation.rulebook).decide(
      "probe.it", input: Array("{}".utf8), fakes: fakes)
    #expect(String(decoding: try answer.result.get(), as: UTF8.self) == #"{"done":true}"#)
    #expect(answer.effects.map(\.call.name) == [.post, .hold, .settle])
  }
}
