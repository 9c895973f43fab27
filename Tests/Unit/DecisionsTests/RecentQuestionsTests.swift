import Testing

@testable import Decisions

/// Which decisions were asked for within the hour.
struct RecentQuestionsTests {
  @Test func `a question counts for an hour, by whoever counted it`() {
    let start = ContinuousClock.now
    func at(_ minutes: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(60 * minutes)) }
    var questions = RecentQuestions()
    #expect(questions.recent(with: [:], at: at(0)).isEmpty)
    questions.count("sprint.spend")
    #expect(questions.recent(with: ["tier.assign": 2, "old.one": 0], at: at(5)) == ["sprint.spend", "tier.assign"])
    for minute in stride(from: 10, through: 60, by: 5) {
      #expect(questions.recent(with: ["tier.assign": 2], at: at(minute)) == ["sprint.spend", "tier.assign"])
    }
    #expect(questions.recent(with: ["tier.assign": 3], at: at(66)) == ["tier.assign"])
    #expect(questions.recent(with: ["tier.assign": 3], at: at(120)) == ["tier.assign"])
    #expect(questions.recent(with: ["tier.assign": 3], at: at(126)).isEmpty)
  }
}
