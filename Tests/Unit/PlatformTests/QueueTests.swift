import Glibc
import Platform
import Synchronization
import Testing

/// What runs one after the other, and what waits for threads.
struct QueueTests {
  /// What runs at a time, and what has ended.
  private final class Seen: Sendable {
    private let state = Mutex((running: 0, most: 0, order: [Int]()))

    var most: Int { state.withLock { $0.most } }
    var order: [Int] { state.withLock { $0.order } }

    /// One more runs; how many now do.
    func begin() -> Int {
      state.withLock { state in
        state.running += 1
        state.most = max(state.most, state.running)
        return state.running
      }
    }

    func end(_ number: Int) {
      state.withLock { state in
        state.running -= 1
        state.order.append(number)
      }
    }
  }

  @Test func `work of a serial queue never overlaps and goes in the order in which it came`() async {
    let queue = SerialQueue()
    let (gate, open) = AsyncStream<Void>.makeStream()
    let seen = Seen()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask {
          let value = await queue.run { () async -> Int in
            #expect(seen.begin() == 1)
            if number == 0 { for await _ in gate {} }
            seen.end(number)
            return number
          }
          #expect(value == number)
        }
        while queue.waiting <= number { await Task.yield() }
      }
      open.finish()
    }
    #expect(seen.order == Array(0..<50) && seen.most == 1)
    #expect(queue.waiting == 0)
  }

  @Test func `a full queue refuses, and takes again when there is room`() async {
    let queue = SerialQueue()
    let (gate, open) = AsyncStream<Void>.makeStream()
    async let first: Int? = queue.run(limit: 1) {
      for await _ in gate {}
      return 1
    }
    while queue.waiting == 0 { await Task.yield() }
    #expect(await queue.run(limit: 1) { 2 } == nil)
    open.finish()
    #expect(await first == 1)
    #expect(await queue.run(limit: 1) { 3 } == 3)
  }

  @Test func `a pool runs no more at a time than it has threads, and all in the end`() async throws {
    let pool = BlockingPool(threads: 3)
    let seen = Seen()
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...200 {
        group.addTask {
          try await pool.run { () throws -> Int in
            _ = seen.begin()
            usleep(200)
            seen.end(number)
            return number
          }
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(sum == 20_100)
    #expect((1...3).contains(seen.most))
  }

  @Test func `what a work throws comes out of the pool`() async {
    struct Trouble: Error, Equatable {}
    await #expect(throws: Trouble()) {
      try await BlockingPool.shared.run { () throws(Trouble) in throw Trouble() }
    }
  }
}
