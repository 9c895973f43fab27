import Testing

@testable import Venice

struct VenicePartsTests {
  @Test func `a cache never holds more than its limit, and keeps what is asked again`() {
    var cache = AnswerCache<Int>(life: .seconds(10), limit: 100)
    let now = ContinuousClock.now
    for number in 0..<1000 {
      cache.keep(number, for: "\(number)", now: now)
      #expect(cache.count <= 100)
      #expect(cache.answer("0", now: now) == 0)
    }
    #expect(cache.answer("1", now: now) == nil)
    #expect(cache.answer("0", now: now + .seconds(10)) == nil)
    #expect(cache.answer("0", now: now) == nil, "what was too old is gone")
  }

  @Test func `a breaker opens after failures in a row only, and lets one question try`() {
    var breaker = CircuitBreaker(failures: 3, pause: .seconds(10))
    let now = ContinuousClock.now
    for _ in 0..<2 { breaker.failed(now: now) }
    breaker.succeeded()
    for _ in 0..<2 { breaker.failed(now: now) }
    #expect(breaker.wait(now: now) == nil)
    breaker.failed(now: now)
    #expect(breaker.wait(now: now + .seconds(4)) == .seconds(6))
    breaker.failed(now: now + .seconds(9))
    #expect(breaker.wait(now: now + .seconds(10)) == nil, "a late failure prolongs nothing")
    #expect(breaker.wait(now: now + .seconds(10)) == .seconds(10), "one at a time")
    breaker.failed(now: now + .seconds(11))
    #expect(breaker.wait(now: now + .seconds(20)) == .seconds(1))
    #expect(breaker.wait(now: now + .seconds(21)) == nil)
    breaker.succeeded()
    #expect(breaker.wait(now: now) == nil)
  }
}
