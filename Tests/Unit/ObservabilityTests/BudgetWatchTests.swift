import Core
import Decisions
import Observability
import Testing

/// Whether a budget burns, told from what the lanes counted.
struct BudgetWatchTests {
  private static let answer: JSON = [
    "days": 30, "failures": ["runtime"],
    "points": [
      [
        "point": "bridge.quote", "availability": .double(0.999),
        "latency": ["seconds": .double(0.01), "share": .double(0.99)],
      ]
    ],
    "burns": [
      ["factor": .double(14.4), "long": "1h", "short": "5m", "severity": "page", "holds_activation": true],
      ["factor": 1, "long": "3d", "short": "6h", "severity": "ticket"],
    ],
  ]

  /// A host that decides, and what it counted.
  private struct Counted {
    let objectives: ServiceObjectives
    var lanes = LaneStatistics()
    var watch = BudgetWatch()
    var time: Int64 = 1_000_000

    init(_ answer: JSON = BudgetWatchTests.answer) throws { objectives = try ServiceObjectives(answer) }

    /// Runs for so many minutes, or longer steps, with a hundred decisions each, some of them failed or late.
    mutating func run(minutes: Int, of seconds: Int64 = 60, failed: Int = 0, late: Int = 0) {
      for _ in 0..<minutes {
        var point = PointStatistics()
        for number in 0..<100 {
          point.count(nanoseconds: number < late ? 20_000_000 : 1_000, code: number < failed ? .runtime : nil)
        }
        lanes.add(point, of: "bridge.quote")
        time += seconds
        watch.take(lanes, at: time)
      }
    }

    /// How each promise stands.
    var report: JSON { watch.report(objectives, lanes, at: time) }

    var burning: String? { watch.burning(objectives, lanes, at: time) }
  }

  @Test func `a budget burns when it does so over both windows, and no longer than over the short one`() throws {
    var host = try Counted()
    #expect(host.burning == nil)
    host.run(minutes: 120)
    #expect(host.burning == nil)
    // One of a hundred fails: ten times too fast.
    host.run(minutes: 120, failed: 1)
    #expect(host.burning == nil)
    // Ten of a hundred, but not yet for long: of the hour, 1.44 of a hundred must have failed.
    host.run(minutes: 2, failed: 10)
    #expect(host.burning == nil)
    host.run(minutes: 3, failed: 10)
    #expect(host.burning?.hasPrefix("bridge.quote: the availability budget of 30 days burns") == true)
    // It is over: the hour still burns, the last five minutes don't.
    host.run(minutes: 4)
    #expect(host.burning != nil)
    host.run(minutes: 2)
    #expect(host.burning == nil)
  }

  @Test func `what takes too long uses up a budget of its own`() throws {
    var host = try Counted()
    host.run(minutes: 60, late: 14)
    #expect(host.burning == nil)
    host.run(minutes: 60, late: 15)
    #expect(host.burning?.contains("latency") == true)
  }

  @Test func `only burns that hold activations forbid one, and only of decisions that were asked for`() throws {
    var answer = Self.answer.object ?? JSON.Object()
    answer["burns"] = [["factor": 1, "long": "1h", "short": "5m", "severity": "page"]]
    var host = try Counted(.object(answer))
    host.run(minutes: 60, failed: 50)
    #expect(host.burning == nil)
    var idle = try Counted()
    idle.time += 3600
    #expect(idle.burning == nil)
  }

  @Test func `days of samples stay few, and still tell a day's burn`() throws {
    var answer = Self.answer.object ?? JSON.Object()
    answer["burns"] = [["factor": 3, "long": "1d", "short": "2h", "severity": "page", "holds_activation": true]]
    var host = try Counted(.object(answer))
    host.run(minutes: 5 * 24 * 60)
    #expect(host.watch.sampleCount < 700)
    host.run(minutes: 3 * 60, failed: 2)
    #expect(host.burning == nil, "a quarter of a day at twenty times too fast is 2.5 over the day")
    host.run(minutes: 60, failed: 2)
    #expect(host.burning != nil)
  }

  @Test func `of each promise it says what ran, what was bad, what is left and what burns`() throws {
    var host = try Counted()
    let before = host.report
    #expect(before["seconds"] == 0 && before["days"] == 30 && before["holds_activation"] == .null)
    #expect(before["budgets"]?.array?.map { $0["left"] } == [.null, .null])
    // The first sample is the beginning: what ran before it isn't counted.
    host.run(minutes: 1)
    host.run(minutes: 600)
    host.run(minutes: 1, failed: 6, late: 3)
    let calm = host.report
    let budgets = try #require(calm["budgets"]?.array)
    let (failed, late) = (budgets[0], budgets[1])
    #expect(calm["seconds"] == .integer(601 * 60))
    #expect(failed["objective"] == "availability" && failed["runs"] == 60_100 && failed["bad"] == 6)
    // 6 of the 60.1 that may fail.
    #expect(abs((failed["left"]?.number ?? 0) - (1 - 6 / 60.1)) < 1e-9 && failed["burns"] == [])
    #expect(late["objective"] == "latency" && late["bad"] == 3 && late["budget"] == .double(0.01))
    host.run(minutes: 60, failed: 20)
    let burning = host.report
    let burnt = try #require(burning["budgets"]?.array?.first)
    #expect((burnt["left"]?.number ?? 0) < -1)
    #expect(burnt["burns"]?.array?.map { $0["severity"] } == ["page", "ticket"])
    #expect(burning["holds_activation"]?.string == host.burning && host.burning != nil)
  }

  @Test func `a budget is told over its thirty days, though few samples are kept`() throws {
    var host = try Counted()
    host.run(minutes: 60, failed: 1)
    host.run(minutes: 29 * 24 * 6, of: 600)
    #expect(host.report["budgets"]?.array?.first?["bad"] == 59 && host.watch.sampleCount < 750)
    host.run(minutes: 3 * 24 * 6, of: 600)
    #expect(host.report["seconds"] == .integer(30 * 86_400))
    #expect(host.report["budgets"]?.array?.first?["bad"] == 0)
  }
}
