import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import Testing

/// Limits per period, as a host in service counts them.
struct LimitTests {
  private static let probe = """
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.it"] = {
        uses = { "limit.take" }, input = { who = "string", times = { type = "integer", default = 1 } },
        output = { left = "integer", resets_at = "integer", now = "integer" },
        decide = function(input, host)
          local limit
          for _ = 1, input.times do
            limit = host.limit.take { name = "rewards:" .. input.who, most = 5, per = "day" }
          end
          return { left = limit.left, resets_at = limit.resets_at, now = host.now }
        end,
      },
      ["probe.spend"] = {
        uses = { "limit.take", "ledger.post" }, debits = { "pot" },
        input = { much = "amount" }, output = { left = "amount" },
        decide = function(input, host)
          local limit = host.limit.take {
            name = "spending", most = amount("5.00 DUC/2"), per = "month", amount = input.much,
          }
          host.ledger.post { from = "pot", to = "shop", amount = input.much }
          return { left = limit.left }
        end,
      },
    } }
    """

  private static func fixture() throws -> EffectsFixture { try EffectsFixture(EffectsFixture.generation(probe)) }

  @Test func `a period has so many, says what is left, and refuses more`() async throws {
    let fixture = try Self.fixture()
    for number in 1...5 {
      let result = await fixture.decide("probe.it", ["who": "Zoë B."], key: UInt64(number)).body?["result"]
      #expect(result?["left"]?.integer == 5 - Int64(number))
      let (end, now) = (try #require(result?["resets_at"]?.integer), try #require(result?["now"]?.integer))
      #expect(end > now && end - now <= 86_400_000 && end % 86_400_000 == 0)
    }
    let refused = await fixture.decide("probe.it", ["who": "Zoë B."], key: 6).failure
    #expect(refused?.code == .refused && refused?.reason == "limit_exceeded")
    #expect(try await fixture.record(6).failure?.reason == "limit_exceeded")
    #expect(await fixture.decide("probe.it", ["who": "bob"], key: 7).body?["result"]?["left"] == 4)
    // The key's answer is what it was, and takes nothing again.
    #expect(await fixture.decide("probe.it", ["who": "bob"], key: 7).isRepeat == true)
    #expect(await fixture.decide("probe.it", ["who": "bob"], key: 8).body?["result"]?["left"] == 3)
    await fixture.decisions.stop()
  }

  @Test func `forty who ask at once never pass it together`() async throws {
    let fixture = try Self.fixture()
    let told = await withTaskGroup(of: Told.self) { group in
      for number in 0..<40 {
        group.addTask { await fixture.decide("probe.it", ["who": "ada"], key: UInt64(number)) }
      }
      return await group.reduce(into: [Told]()) { $0.append($1) }
    }
    #expect(told.count { $0.body != nil } == 5)
    #expect(Set(told.compactMap { $0.body?["result"]?["left"]?.integer }) == [0, 1, 2, 3, 4])
    #expect(told.compactMap(\.failure?.reason).allSatisfy { $0 == "limit_exceeded" })
    let counted = await fixture.store.allAccounts().filter {
      LimitCounts.isCount($0.name.text) && $0.name.text.pieces(at: ":").last == "rewards-_3aada"
    }
    #expect(counted.reduce(0) { $0 + $1.balances.available } == 5)
    await fixture.decisions.stop()
  }

  @Test func `what a decision has taken itself counts, and all or nothing of it stays`() async throws {
    let fixture = try Self.fixture()
    #expect(await fixture.decide("probe.it", ["who": "ada", "times": 3], key: 1).body?["result"]?["left"] == 2)
    #expect(await fixture.decide("probe.it", ["who": "ada", "times": 3], key: 2).failure?.reason == "limit_exceeded")
    #expect(await fixture.decide("probe.it", ["who": "ada", "times": 2], key: 3).body?["result"]?["left"] == 0)
    await fixture.decisions.stop()
  }

  @Test func `money is limited in its asset, and taken with the money or not at all`() async throws {
    let fixture = try Self.fixture()
    try await fixture.give("pot", 400, id: 1)
    let much: JSON = ["much": "3.00 DUC/2"]
    let first = await fixture.decide("probe.spend", much, key: 1)
    #expect(first.body?["result"]?["left"] == ["asset": "DUC/2", "minor": 200])
    #expect(await fixture.decide("probe.spend", much, key: 2).failure?.reason == "limit_exceeded")
    // The pot has no more than 1.00, so nothing is taken of the limit either.
    #expect(await fixture.decide("probe.spend", ["much": "1.50 DUC/2"], key: 3).failure?.reason == "exceeds_credits")
    let last = await fixture.decide("probe.spend", ["much": "1.00 DUC/2"], key: 4)
    #expect(last.body?["result"]?["left"] == ["asset": "DUC/2", "minor": 100])
    await fixture.decisions.stop()
  }

  @Test func `it is an entry of the ledger, and is replayed as it was`() async throws {
    let fixture = try Self.fixture()
    _ = await fixture.decide("probe.it", ["who": "ada"], key: 1)
    for number in 2...6 { _ = await fixture.decide("probe.it", ["who": "ada"], key: UInt64(number)) }
    let record = try await fixture.record(1)
    let stored = await fixture.store.entry(try #require(record.effects.first))
    let entry = try #require(stored).entry
    #expect(entry.postings.map(\.amount.description) == ["1 TIMES"])
    #expect(entry.limit == #"{"name":"rewards:ada","most":5,"per":"day"}"#)
    #expect(entry.postings.allSatisfy { LimitCounts.isCount($0.destination.text) })
    for number in [1, 6] as [UInt64] {
      let record = try await fixture.record(number)
      #expect(record.nowMilliseconds != nil)
      #expect(RecordedRun.replay(record, by: fixture.generation.rulebook).verdict == .same)
    }
    await fixture.decisions.stop()
  }
}
