import Core
import Cryptography
import Decisions
import FoundationEssentials
import Ledger
import LuaRuntime
import Rulebook
import Testing
import Tokens

struct EffectsTokenTests {
  private static let probe = """
    local function decision(decide)
      return { uses = { "token.sign" }, input = { name = { type = "string", default = "anna" } },
        output = { token = "string", all = { list = "string", optional = true } }, decide = decide }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.state"] = decision(function(input, host)
        local token = host.token.sign { purpose = "statement", claims = { sub = input.name, tier = "creator" } }
        return { token = "Bearer " .. token, all = { token, input.name } }
      end),
      ["probe.two"] = decision(function(input, host)
        local all = {}
        for i = 1, 2 do
          all[i] = host.token.sign { purpose = "receipt", claims = { sub = input.name, code = "c" .. i } }
        end
        return { token = "", all = all }
      end),
      ["probe.access"] = decision(function(input, host)
        return { token = host.token.sign { purpose = "access", claims = { sub = input.name } } }
      end),
      ["probe.forge"] = decision(function(input, host)
        return { token = host.token.sign { purpose = "statement", claims = { sub = input.name, exp = 1 } } }
      end),
      ["probe.greedy"] = decision(function(input, host)
        for i = 1, 17 do host.token.sign { purpose = "statement", claims = { sub = input.name } } end
        return { token = "" }
      end),
      ["probe.refused"] = decision(function(input, host)
        host.token.sign { purpose = "statement", claims = { sub = input.name } }
        return nil, { code = "no", message = "not today" }
      end),
    } }
    """

  /// An issuer with a ring in a directory of its own, and decisions that have tokens signed by it.
  private final class Fixture {
    let issuer: Issuer
    let effects: EffectsFixture
    private let data = FileManager.default.temporaryDirectory.appending(path: "effects-\(SecureRandom.word())").path

    init() throws {
      let now = WallClock.milliseconds()
      issuer = try Issuer(name: "https://cascade.example", ring: KeyDirectory(data: data).ring, now: now)
      effects = try EffectsFixture(
        EffectsFixture.generation(EffectsTokenTests.probe), tokens: MintedTokens(TokenMinter(issuer)))
    }

    deinit { try? FileManager.default.removeItem(atPath: data) }

    func claims(_ token: String) throws -> JSON {
      let policy = ClaimsPolicy(issuer: issuer.name, audience: issuer.name, types: [.statement])
      let verifier = TokenVerifier(keys: issuer.keys, policy: policy)
      return .object(try verifier.verify(token, now: WallClock.milliseconds()).claims)
    }
  }

  @Test func `a rule's placeholder becomes a token after the commit, and is all the record has`() async throws {
    let fixture = try Fixture()
    let body = await fixture.effects.decide("probe.state", [:], key: 1).body
    let result = try #require(body?["result"])
    let token = try #require(result["all"]?.array?.first?.string)
    #expect(result["token"]?.string == "Bearer " + token)
    let claims = try fixture.claims(token)
    #expect(claims["sub"] == "anna")
    #expect(claims["tier"] == "creator")
    #expect(claims["generation"] == 1)
    let record = try await fixture.effects.record(1)
    #expect(claims["decision"]?.string == record.id.description)
    #expect(claims["iat"]?.integer == record.timeMilliseconds / 1000)
    let text = record.json.text
    for part in token.split(separator: ".") { #expect(!text.contains(part)) }
    #expect(text.contains(try #require(claims["jti"]?.string)))
    #expect(record.result?["all"]?.array?.first?.string == record.calls.first?.hostAnswerText)
    await fixture.effects.decisions.stop()
  }

  @Test func `a repeat is another signature over the same claims`() async throws {
    let fixture = try Fixture()
    var claims: Set<String> = []
    for turn in 0..<3 {
      let reply = await fixture.effects.decide("probe.two", [:], key: 1)
      guard case .decided(_, let isRepeat) = reply else {
        Issue.record("\(reply)")
        break
      }
      #expect(isRepeat == (turn > 0))
      let all = reply.body?["result"]?["all"]?.array
      let tokens = try #require(all).compactMap(\.string)
      let said = try tokens.map { try fixture.claims($0) }
      #expect(Set(said.map { $0["jti"]?.string }).count == 2)
      claims.formUnion(said.map(\.text))
    }
    #expect(claims.count == 2)
    await fixture.effects.decisions.stop()
  }

  @Test(arguments: [
    ("probe.access", "'purpose' must be"), ("probe.forge", "the host alone sets the claim 'exp'"),
    ("probe.greedy", "at most 16 tokens"), ("probe.refused", "not today"),
  ])
  func `what may not be signed fails the decision`(point: String, message: String) async throws {
    let fixture = try Fixture()
    let failure = await fixture.effects.decide(point, [:], key: 1).failure
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "it decided")")
    await fixture.effects.decisions.stop()
  }

  @Test func `a recorded decision with tokens runs again to the same`() async throws {
    let fixture = try Fixture()
    _ = await fixture.effects.decide("probe.two", [:], key: 1)
    let record = try await fixture.effects.record(1)
    let snapshot = RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(Self.probe.utf8)])
    let rulebook = try RulebookLoader.load(snapshot, runSpecs: false)
    #expect(RecordedRun.replay(record, by: rulebook).verdict == .same)
    await fixture.effects.decisions.stop()
  }
}

extension RecordedCall {
  fileprivate var hostAnswerText: String? { if case .value(let json) = answer { json.string } else { nil } }
}
