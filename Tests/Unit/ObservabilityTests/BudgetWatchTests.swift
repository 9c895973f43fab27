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

    /// Runs for so many minutes with a hundred decisions each, some of them failed or late.
    mutating func run(minutes: Int, failed: Int = 0, late: Int = 0) {
      for _ in 0..<minutes {
        var point = PointStatistics()
        for number in 0..<100 {
          point.count(nanoseconds: number < late ? 20_000_000 : 1_000, code: number < failed ? .runtime : nil)
        }
        lanes.add(point, of: "bridge.quote")
        time += 60
        watch.take(lanes, at: time)
      }
    }

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
}
