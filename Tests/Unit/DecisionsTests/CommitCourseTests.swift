import Core
@testable import Decisions
import LuaRuntime
import Testing

/// What happens next with a decision, by what has happened.
struct CommitCourseTests {
  private static func account(_ name: String) throws -> AccountName { try #require(AccountName(name)) }

  @Test func `a run is committed, and what is committed is answered`() {
    var course = CommitCourse(fetchLimit: 8)
    #expect(course.next(after: .ran(.decided)) == .commit)
    #expect(course.next(after: .committed(.done)) == .answer)
  }

  @Test(arguments: DecisionErrorCode.allCases)
  func `a failure binds the key, unless it says nothing about the question`(code: DecisionErrorCode) {
    var course = CommitCourse(fetchLimit: 8)
    let failure = LuaFailure(code: code, message: "no")
    let isFree: Set<DecisionErrorCode> = [.conflict, .deadline, .memoryExhausted, .invalidInput, .unknownDecision]
    let action = course.next(after: .ran(.failed(failure)))
    #expect(action == (isFree.contains(code) ? .log(failure) : .commitFailure(failure)))
  }

  @Test func `what a run misses is fetched for the next one, as often as the limit says`() throws {
    var course = CommitCourse(fetchLimit: 2)
    let missing = MissingAnswer.account(try Self.account("pot"))
    for _ in 0..<2 {
      #expect(course.next(after: .ran(.missing(missing))) == .fetch(missing))
      #expect(course.next(after: .fetched) == .run)
    }
    guard case .commitFailure(let failure) = course.next(after: .ran(.missing(missing))) else {
      Issue.record("a third account was fetched")
      return
    }
    #expect(failure.reason == LuaFailure.notHeldReason)
  }

  @Test func `from the third time on the writer waits for the run, until the decision's time is over`() throws {
    var course = CommitCourse(fetchLimit: 2)
    let changed = [try Self.account("pot")]
    #expect(course.next(after: .conflicted(changed, isLate: false)) == .run)
    #expect(course.next(after: .conflicted(changed, isLate: false)) == .runBeforeWriter)
    #expect(course.next(after: .ran(.missing(.account(changed[0])))) == .fetch(.account(changed[0])))
    #expect(course.next(after: .fetched) == .runBeforeWriter)
    #expect(course.next(after: .conflicted(changed, isLate: false)) == .runBeforeWriter)
    guard case .log(let failure) = course.next(after: .conflicted(changed, isLate: true)) else {
      Issue.record("it went on")
      return
    }
    #expect(failure.code == .conflict)
    #expect(failure.message.contains("pot changed each of the 4 times"))
  }

  @Test func `a run after a conflict may fetch as often as the first`() throws {
    var course = CommitCourse(fetchLimit: 1)
    let pot = try Self.account("pot")
    #expect(course.next(after: .ran(.missing(.account(pot)))) == .fetch(.account(pot)))
    #expect(course.next(after: .conflicted([pot], isLate: false)) == .run)
    #expect(course.next(after: .ran(.missing(.account(pot)))) == .fetch(.account(pot)))
  }

  @Test func `a refusal is recorded, a record that is too large is logged, an earlier record is answered`() {
    var course = CommitCourse(fetchLimit: 8)
    let refused = LuaFailure(code: .refused, message: "no", reason: "exceeds_credits")
    #expect(course.next(after: .committed(.refused(refused))) == .commitFailure(refused))
    #expect(course.next(after: .committed(.tooLarge(limit: 9))) == .log(.recordTooLarge(9)))
    #expect(course.next(after: .committed(.repeated([1]))) == .answerRepeat([1]))
  }
}
