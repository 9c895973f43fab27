import Core
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

  @Test func `files saved within 200 ms of each other are one change, later ones another`() {
    let start = ContinuousClock.now
    var debounce = Debounce(quiet: RulebookWatcher.defaultQuiet, atMost: .seconds(5))
    var reports: [Int] = []
    for millisecond in 0...1000 {
      let now = start.advanced(by: .milliseconds(millisecond))
      if [0, 199, 398, 600].contains(millisecond) { debounce.eventArrived(at: now) }
      if debounce.takeReport(at: now) { reports.append(millisecond) }
    }
    #expect(reports == [598, 800])
  }

  @Test func `while a file that vanished isn't there again, it waits longer`() {
    let start = ContinuousClock.now
    var debounce = Debounce(quiet: .milliseconds(5), quietAfterLoss: .milliseconds(50), atMost: .milliseconds(200))
    debounce.eventArrived(at: start)
    debounce.vanished("1/fees.lua")
    debounce.vanished("1/tiers.lua")
    #expect(debounce.deadline == start.advanced(by: .milliseconds(50)))
    debounce.appeared("1/fees.lua")
    #expect(debounce.deadline == start.advanced(by: .milliseconds(50)))
    debounce.appeared("1/tiers.lua")
    #expect(debounce.deadline == start.advanced(by: .milliseconds(5)))
    debounce.vanished("1/fees.lua")
    // Gone for good: that is a change like any other.
    let reports = [49, 50].map { debounce.takeReport(at: start.advanced(by: .milliseconds($0))) }
    #expect(reports == [false, true])
    debounce.eventArrived(at: start)
    #expect(debounce.deadline == start.advanced(by: .milliseconds(5)))
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
