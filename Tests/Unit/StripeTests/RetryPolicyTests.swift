import Stripe
import Testing

/// When a call is tried again, and when it stands.
struct RetryPolicyTests {
  private let policy = RetryPolicy()
  private typealias Outcome = RetryPolicy.Outcome

  @Test(arguments: [409, 500, 502, 503, 504, 599])
  func `a conflict and a failing server are tried again`(status: Int) {
    #expect(policy.delay(after: 1, .answered(status: status), random: 0) != nil)
  }

  @Test(arguments: [200, 400, 401, 402, 403, 404, 410, 422, 429])
  func `every other answer stands`(status: Int) {
    #expect(policy.delay(after: 1, .answered(status: status), random: 0) == nil)
  }

  @Test func `a broken connection is tried again`() {
    #expect(policy.delay(after: 1, .connectionFailed, random: 0) != nil)
  }

  @Test(arguments: [200, 400, 402, 409, 429, 500])
  func `what Stripe says of trying again wins`(status: Int) {
    #expect(policy.delay(after: 1, .answered(status: status, shouldRetry: true), random: 0) != nil)
    #expect(policy.delay(after: 1, .answered(status: status, shouldRetry: false), random: 0) == nil)
  }

  @Test func `waits double from half a second to five seconds`() {
    let patient = RetryPolicy(attempts: 8)
    let waits = (1...7).map { patient.delay(after: $0, .connectionFailed, random: 1024) }
    #expect(waits == [500, 1000, 2000, 4000, 5000, 5000, 5000].map { .milliseconds($0) })
  }

  @Test func `chance takes at most half of a wait`() throws {
    for random in [0, 1, 512, 1023, 1024, 1025, UInt64.max] {
      for attempt in 1...4 {
        let full = try #require(policy.delay(after: attempt, .connectionFailed, random: 1024))
        let wait = try #require(policy.delay(after: attempt, .connectionFailed, random: random))
        #expect(wait <= full && wait >= full / 2, "\(attempt), \(random)")
      }
    }
    #expect(policy.delay(after: 1, .connectionFailed, random: 0) == .milliseconds(250))
  }

  @Test func `the last attempt stands`() {
    #expect(policy.delay(after: 4, .connectionFailed, random: 0) != nil)
    #expect(policy.delay(after: 5, .connectionFailed, random: 0) == nil)
    #expect(policy.delay(after: 5, .answered(status: 500, shouldRetry: true), random: 0) == nil)
    #expect(RetryPolicy(attempts: 1).delay(after: 1, .connectionFailed, random: 0) == nil)
  }

  @Test func `a wait that Stripe asks for is waited, up to a minute`() {
    func delay(_ seconds: Int) -> Duration? {
      policy.delay(after: 1, .answered(status: 503, retryAfter: .seconds(seconds)), random: 1024)
    }
    #expect(delay(0) == .milliseconds(500))
    #expect(delay(7) == .seconds(7))
    #expect(delay(60) == .seconds(60))
    #expect(delay(61) == nil)
  }

  @Test func `a wait asked for does not make an answer one to try again`() {
    #expect(policy.delay(after: 1, .answered(status: 429, retryAfter: .seconds(1)), random: 0) == nil)
    let both = Outcome.answered(status: 429, shouldRetry: true, retryAfter: .seconds(9))
    #expect(policy.delay(after: 1, both, random: 0) == .seconds(9))
  }
}
