import Core
import Decisions
import LuaRuntime
import NIOCore
import Rulebook
import Testing

/// Lanes: where decisions are made.
struct LaneTests {
  @Test func `a new generation has reached every lane when install returns`() async throws {
    try await LaneFixture.withLanes(3) { lanes in
      for number in 2...20 {
        try await lanes.install(LaneFixture.generation(number))
        for place in lanes.places {
          let made = try await LaneFixture.decide("probe.markers", on: place)
          #expect(made.generation == number)
          #expect(made.result["left"] == .integer(Int64(number)))
          #expect(made.result["right"] == .integer(Int64(number)))
        }
      }
    }
  }

  @Test func `a machine that a limit stopped is replaced for the next decision`() async throws {
    try await LaneFixture.withLanes(1, limits: RunLimits(fuel: 100_000)) { lanes in
      let place = try #require(lanes.places.first)
      for _ in 1...10 {
        #expect(try await LaneFixture.decide("probe.spin", on: place).code == .fuelExhausted)
        #expect(try await LaneFixture.decide("probe.markers", on: place).result["left"] == 1)
      }
      #expect(await lanes.statistics().replacedMachines == 10)
    }
  }

  @Test func `once a limit has stopped a machine, the lane need not make the next one`() async throws {
    try await LaneFixture.withLanes(1, limits: RunLimits(fuel: 100_000)) { lanes in
      let place = try #require(lanes.places.first)
      func hasSpare() async throws -> Bool { try await place.loop.submit { place.lane.value.hasSpare }.get() }
      func waitForSpare() async throws {
        for _ in 0..<2000 {
          if try await hasSpare() { return }
          try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await hasSpare())
      }
      _ = try await LaneFixture.decide("probe.markers", on: place)
      #expect(try await !hasSpare())
      for _ in 1...3 {
        #expect(try await LaneFixture.decide("probe.spin", on: place).code == .fuelExhausted)
        try await waitForSpare()
        #expect(try await LaneFixture.decide("probe.markers", on: place).result["left"] == 1)
      }
      // What was made of a generation that is over is not used.
      try await waitForSpare()
      try await lanes.install(LaneFixture.generation(2))
      #expect(try await !hasSpare())
      #expect(try await LaneFixture.decide("probe.spin", on: place).code == .fuelExhausted)
      #expect(try await LaneFixture.decide("probe.markers", on: place).result["left"] == 2)
    }
  }

  @Test func `an entry of an earlier generation decides nothing`() async throws {
    try await LaneFixture.withLanes(1) { lanes in
      let place = try #require(lanes.places.first)
      let entry = try #require(try await place.loop.submit { place.lane.value.decision(named: "probe.spin") }.get())
      #expect(entry.generation == 1)
      try await lanes.install(LaneFixture.generation(2))
      let code = try await place.loop.submit { () -> DecisionErrorCode? in
        let made = Array("{}".utf8).withUnsafeBytes { place.lane.value.decide(entry, input: $0, isEnveloped: false) }
        if case .failure(let failure) = made.outcome.ending { return failure.code }
        return nil
      }.get()
      #expect(code == .unknownDecision)
      #expect(try await LaneFixture.decide("probe.markers", on: place).result["left"] == 2)
    }
  }

  @Test func `statistics of all lanes add up`() async throws {
    try await LaneFixture.withLanes(3, limits: RunLimits(fuel: 100_000)) { lanes in
      for (turn, place) in lanes.places.enumerated() {
        for _ in 0...turn { _ = try await LaneFixture.decide("probe.markers", on: place) }
        _ = try await LaneFixture.decide("probe.spin", on: place)
        try await place.loop.submit { place.lane.value.countFailure(.forbidden) }.get()
      }
      let sum = await lanes.statistics()
      #expect(sum.decided == 6)
      #expect(sum.runs == ["probe.markers": 6, "probe.spin": 3])
      #expect(sum.failed.reduce(0, +) == 6)
      let index = try #require(DecisionErrorCode.allCases.firstIndex(of: .fuelExhausted))
      #expect(sum.failed[index] == 3)
      #expect(sum.buckets.reduce(0, +) == 12)
      #expect(sum.nanoseconds > 0)
      #expect(sum.fuel >= 300_000)
    }
  }

  @Test func `durations are counted up to their bucket's bound`() {
    var statistics = LaneStatistics()
    for bound in LaneStatistics.bucketBounds { statistics.count(nanoseconds: bound, fuel: 1, code: nil) }
    #expect(statistics.buckets == [Int](repeating: 1, count: LaneStatistics.bucketBounds.count) + [0])
    statistics.count(nanoseconds: 1_001, fuel: 1, code: nil)
    statistics.count(nanoseconds: .max, fuel: 1, code: .deadline)
    #expect(statistics.buckets[1] == 2)
    #expect(statistics.buckets.last == 1)
  }

  @Test func `a lane's thread has the stack that nested calls need`() async throws {
    try await LaneFixture.withLanes(2) { lanes in
      for place in lanes.places {
        #expect(try await place.loop.submit { ThreadStack.current }.get() >= ThreadStack.minimum)
        let made = try await LaneFixture.decide("probe.deep", on: place)
        #expect(made.code != nil)
        #expect(try await LaneFixture.decide("probe.markers", on: place).result["left"] == 1)
      }
    }
  }

  @Test func `ids are version 7, of now, and never the same`() {
    var generator = IdentifierGenerator()
    var other = IdentifierGenerator()
    let before = WallClock.milliseconds()
    let ids = (0..<10_000).flatMap { _ in [generator.next(), other.next()] }
    let after = WallClock.milliseconds()
    #expect(Set(ids).count == 20_000)
    for id in ids {
      #expect(id.high >> 12 & 0xF == 7)
      #expect(id.low >> 62 == 2)
      #expect((before...after).contains(Int64(id.high >> 16)))
    }
  }
}
