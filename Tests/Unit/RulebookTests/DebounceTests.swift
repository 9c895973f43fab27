import Testing

@testable import Rulebook

struct DebounceTests {
  @Test func `a burst is reported when it is over`() {
    let start = ContinuousClock.now
    var debounce = Debounce(quiet: .milliseconds(5), atMost: .milliseconds(200))
    #expect(debounce.deadline == nil)
    var reports: [Int] = []
    for tenth in 0...300 {
      let now = start.advanced(by: .microseconds(tenth * 100))
      if tenth <= 90, tenth % 10 == 0 { debounce.eventArrived(at: now) }
      if tenth == 100 { #expect(debounce.deadline == start.advanced(by: .milliseconds(14))) }
      if debounce.takeReport(at: now) { reports.append(tenth) }
    }
    #expect(reports == [140])
    #expect(debounce.deadline == nil)
  }

  @Test func `a burst without end is reported in between`() {
    let start = ContinuousClock.now
    var debounce = Debounce(quiet: .milliseconds(5), atMost: .milliseconds(200))
    var reports: [Int] = []
    for millisecond in 0...1000 {
      let now = start.advanced(by: .milliseconds(millisecond))
      debounce.eventArrived(at: now)
      if debounce.takeReport(at: now) { reports.append(millisecond) }
    }
    #expect(reports == [200, 401, 602, 803])
  }
}
