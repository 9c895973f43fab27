package import Core
package import LuaRuntime
package import NIOCore
internal import NIOPosix
package import Rulebook

/// All lanes, each bound to its event loop.
package final class LaneGroup: Sendable {
  /// A lane with the loop it lives on.
  package struct Place: Sendable {
    /// The loop that alone may touch the lane.
    package let loop: any EventLoop
    /// The lane, which only its loop touches.
    package let lane: NIOLoopBound<Lane>
  }

  /// The lanes in the order of their numbers.
  package let places: [Place]

  /// A lane on each of `loops`, deciding by `generation` while the `lease` allows it, with `reads` to answer host
  /// calls. Waits until each loop has made its own.
  package init(
    loops: [any EventLoop], generation: Generation, limits: RunLimits,
    reads: any HostCallHandler & Sendable = HostReads(), lease: HostLease? = nil
  ) async throws {
    var places: [Place] = []
    for (number, loop) in loops.enumerated() {
      let lane = try await loop.submit {
        try ThreadStack.check()
        let lane = Lane(
          number: number, generation: generation, machine: try generation.makeMachine(), limits: limits, reads: reads,
          lease: lease)
        let customer = NIOLoopBound(Customer(lane: lane), eventLoop: loop)
        lane.orderSpare = { Self.makeSpare(of: $0, for: customer, on: loop) }
        return NIOLoopBound(lane, eventLoop: loop)
      }.get()
      places.append(Place(loop: loop, lane: lane))
    }
    self.places = places
  }

  /// A lane that has ordered a machine, if it is still there.
  private struct Customer {
    weak var lane: Lane?
  }

  /// Makes a machine off the lanes, on a thread with stack enough, and offers it to the lane. One that can't be made
  /// is missed by nobody: the lane makes its own when it needs one.
  private static func makeSpare(
    of generation: Generation, for customer: NIOLoopBound<Customer>, on loop: any EventLoop
  ) {
    Task {
      let made = await LoadingThread.run { try? generation.makeMachine() }
      guard let made else { return }
      // Handed over whole: nobody here uses it again.
      nonisolated(unsafe) let machine = made
      // A loop that has ended meanwhile drops this. A scheduled task would leave a promise that nobody keeps.
      loop.execute { customer.value.lane?.offer(machine, of: generation) }
    }
  }

  /// Makes every lane decide by `generation`. The machines are made off the lanes, on a thread with stack enough; when
  /// this returns, every later decision uses the new generation. Throws before any lane has changed.
  package func install(_ generation: Generation) async throws(LuaFailure) {
    let count = places.count
    let made = await LoadingThread.run {
      Result { () throws(LuaFailure) -> [VirtualMachine] in
        try ThreadStack.check()
        var machines: [VirtualMachine] = []
        for _ in 0..<count { machines.append(try generation.makeMachine()) }
        return machines
      }
    }
    let machines = try made.get()
    await withTaskGroup(of: Void.self) { group in
      for (place, machine) in zip(places, machines) {
        // Handed over whole: nobody here uses it again.
        nonisolated(unsafe) let machine = machine
        group.addTask {
          try? await place.loop.submit { place.lane.value.install(generation, machine: machine) }.get()
        }
      }
    }
  }

  /// From now on the lanes record what they decide, as `keeping` says, each in a log of its own. Throws `StoreError`
  /// when one can't be opened. Waits for the disk.
  package func keepRecords(_ keeping: RecordKeeping) async throws {
    if keeping.policy == .effects { return }
    let logs = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [count = places.count] in
      try (0..<count).map { try keeping.log.lane($0) }
    }
    for (place, log) in zip(places, logs) {
      try? await place.loop.submit {
        let lane = place.lane.value
        lane.recorder = LaneRecorder(policy: keeping.policy, log: log, reads: lane.reads)
      }.get()
    }
  }

  /// The sum of all lanes' counts.
  package func statistics() async -> LaneStatistics {
    var sum = LaneStatistics()
    for place in places {
      if let one = try? await place.loop.submit({ place.lane.value.statistics }).get() { sum.add(one) }
    }
    return sum
  }
}
