import Core
import Ledger
import Testing

@testable import Rulebook

/// The periods of limits.
struct LimitRequestTests {
  private static func request(_ per: String, offset: Int64 = 0, name: String = "n") throws -> LimitRequest {
    let fields: JSON = ["name": .string(name), "most": 3, "per": .string(per), "offset": .integer(offset)]
    guard case .take(let request) = try HostCall(.take, [fields]) else { throw HostCallProblem("another call") }
    return request
  }

  @Test(arguments: [
    ("hour", 0, "2026-11-29T10:59:59", "2026-11-29T10", "2026-11-29T11:00"),
    ("hour", 90, "2026-11-29T10:30:00", "2026-11-29T12", "2026-11-29T11:30"),
    ("day", 0, "2026-11-29T00:00:00", "2026-11-29", "2026-11-30"),
    ("day", 0, "2026-11-29T23:59:59", "2026-11-29", "2026-11-30"),
    ("day", 60, "2026-11-29T23:00:00", "2026-11-30", "2026-11-30T23:00"),
    ("day", -300, "2026-11-29T04:59:59", "2026-11-28", "2026-11-29T05:00"),
    ("month", 0, "2026-11-30T23:59:59", "2026-11", "2026-12-01"),
    ("month", 0, "2026-12-31T12:00:00", "2026-12", "2027-01-01"),
    ("month", 840, "2026-12-31T10:00:00", "2027-01", "2027-01-31T10:00"),
  ])
  func `a period has a name, and an end`(per: String, offset: Int64, at: String, key: String, end: String) throws {
    let request = try Self.request(per, offset: offset)
    let now = try #require(MinuteText.milliseconds(at))
    #expect(try request.account(at: now).text == "limit:" + key + ":n")
    #expect(LimitCounts.isCount(try request.account(at: now).text))
    #expect(request.end(at: now) == MinuteText.milliseconds(end))
  }

  @Test(arguments: ["ada", "a b", "", "-", "-_", "--_x", "Zoë:x", "a:b_c-d"])
  func `a limit's account has the segment that rules make of its name`(name: String) throws {
    let plugin = """
      return { name = "p", version = "1", decisions = { ["p.q"] = {
        input = { x = "string" }, output = { x = "string" },
        decide = function(input) return { x = account("limit", "1970-01-01", input.x) } end,
      } } }
      """
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: ["plugins/p/plugin.lua": Array(plugin.utf8)]), runSpecs: false)
    let answer = DecisionRunner(rulebook: rulebook).decide("p.q", input: (["x": .string(name)] as JSON).bytes)
    let made = try JSON(parsing: answer.result.get())["x"]?.string
    #expect(made == "limit:1970-01-01:" + AccountName.segment(of: name))
  }

  @Test func `a name that is too long for an account's is told so`() throws {
    let request = try Self.request("day", name: String(repeating: "é", count: 100))
    #expect(throws: HostCallProblem.self) { try request.account(at: 0) }
  }

  @Test func `fakes say what is taken, and nothing else can be`() throws {
    let fakes = try Fakes(json: ["limits": ["a": 3, "b": "1.00 USD/2"]])
    #expect(fakes.limits["a"]?[.day]?.description == "3 TIMES")
    #expect(fakes.limits["b"]?[.month]?.description == "1.00 USD/2")
    let periods = try Fakes(json: ["limits": ["a": ["day": 3, "month": 9]]]).limits["a"]
    #expect(periods?[.day]?.minor == 3 && periods?[.month]?.minor == 9 && periods?[.hour] == nil)
    for wrong in [
      ["limits": 3], ["limits": ["a": -1]], ["limits": ["a": "x"]], ["limits": ["a": [:]]],
      ["limits": ["a": ["week": 1]]], ["limits": ["a": ["day": -1]]],
    ] as [JSON] {
      #expect(throws: UsageError.self) { try Fakes(json: wrong) }
    }
  }
}
