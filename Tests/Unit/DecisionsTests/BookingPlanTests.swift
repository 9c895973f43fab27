import Core
@testable import Decisions
import Ledger
import LuaRuntime
import Testing

/// What the host books beside a rule, by the rule's result.
struct BookingPlanTests {
  private let key = Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | 7)
  private let cents = Amount(100, Asset("USD/2") ?? Asset("DUC/2")!)

  private func plan(_ booking: HostBooking, _ result: JSON) throws(LuaFailure) -> BookingPlan {
    try BookingPlan(booking, result, of: key)
  }

  @Test func `what was collected comes in from the world to the account that the rule names`() throws {
    let booking = HostBooking.collected(cents, reference: "p-1", metadata: ["rate": "2"])
    let (events, reads) = try plan(booking, ["clearing": "clearing:stripe"]).events(of: key, [:])
    let event = try #require(events.first)
    #expect(events.count == 1 && reads.isEmpty)
    #expect(event.id == Identifier(booking: 0, of: key))
    #expect(event.from?.text == "world" && event.to?.text == "clearing:stripe" && event.amount == cents)
    #expect(event.reference == "p-1" && event.metadata == ["rate": "2"] && event.code == "collected")
  }

  @Test func `an account that has moved or has a floor keeps it, and each is read`() throws {
    let result: JSON = [
      "overdrafts": [
        ["account": "uplift:anna:1", "limit": cents.json], ["account": "receivable:anna", "limit": cents.json],
        ["account": "uplift:anna:2", "limit": cents.json],
      ]
    ]
    let plan = try plan(.overdrafts, result)
    let names = plan.floors.map(\.account)
    #expect(names.map(\.text) == ["uplift:anna:1", "receivable:anna", "uplift:anna:2"])
    var moved = Account(name: names[0], asset: cents.asset)
    moved.version = 4
    var floored = Account(name: names[1])
    (floored.floor, floored.version) = (-5, 3)
    let (events, reads) = plan.events(of: key, [names[0]: moved, names[1]: floored])
    #expect(events.map(\.id) == [Identifier(booking: 2, of: key)])
    #expect(events.first?.floor == -100)
    #expect(reads == zip(names, [4, 3, 0]).map { BalanceRead(account: $0, version: $1) })
  }

  @Test func `reversals are of the given transfers alone`() throws {
    let original = Identifier(high: 1, low: 1 << 63)
    let result: JSON = [
      "reversals": [
        [
          "transfer": .string(original.description), "from": "fees:bridge", "to": "clearing:stripe",
          "amount": cents.json,
        ]
      ]
    ]
    let (events, _) = try plan(.reversals(of: [original], reference: "p"), result).events(of: key, [:])
    #expect(events.map(\.kind) == [.reversal] && events.first?.reverses == original)
    #expect(events.first?.id == Identifier(booking: 1_000, of: key))
    #expect(throws: LuaFailure.self) { try plan(.reversals(of: [], reference: "p"), result) }
  }

  @Test(arguments: [
    (#"{}"#, "clearing"), (#"{"clearing":"no account"}"#, "clearing"),
    (#"{"overdrafts":[{"account":"citizen:anna","limit":{"asset":"DUC/2","minor":1}}]}"#, "overdrafts"),
    (#"{"overdrafts":[{"account":"uplift:anna","limit":{"asset":"DUC/2","minor":-1}}]}"#, "overdrafts"),
    (#"{"overdrafts":[{"account":"uplift:anna"}]}"#, "overdrafts"),
    (#"{"reversals":[{"transfer":"x"}]}"#, "reversals"),
  ])
  func `a result that asks for anything else fails the decision, and names the field`(text: String, field: String)
    throws
  {
    let result = try JSON(parsing: Array(text.utf8))
    let booking: HostBooking =
      switch field {
      case "clearing": .collected(cents, reference: "", metadata: [:])
      case "overdrafts": .overdrafts
      default: .reversals(of: [], reference: "")
      }
    do {
      _ = try plan(booking, result)
      Issue.record("it was taken")
    } catch {
      #expect(error.code == .invalidOutput && error.message.contains("'\(field)'"))
    }
  }
}
