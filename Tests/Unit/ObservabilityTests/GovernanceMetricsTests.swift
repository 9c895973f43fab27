import Decisions
import Governance
import GovernanceTesting
import GovernedHosts
import Observability
import Testing

/// What governance tells Prometheus.
struct GovernanceMetricsTests {
  private func value(_ name: String, _ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.utf8.count + 1)) }
  }

  @Test func `a governed host tells its root, its proposals, its emergencies and how stale it is`() async throws {
    let governed = try await GovernedHost()
    try await governed.serving { book, _, course in
      var text = GovernanceMetrics.render(book.view)
      #expect(value("cascade_governance_enforced", text) == "1")
      #expect(value("cascade_governance_root_version", text) == "1")
      #expect(value("cascade_governance_sequence", text) == "0")
      #expect(value("cascade_governance_stale", text) == "0")
      _ = try await governed.propose(4, course, book, by: [0])
      _ = try await governed.propose(5, course, book, by: [0, 1, 2])
      let hold = governed.committee.act(.hold, at: governed.time.clock)
      try await book.take(.emergency, hold.digest, try governed.committee.payload(hold, by: [0, 1]))
      governed.time.advance(seconds: 7 * 86_400 - 1, isRunning: false)
      _ = try await course.round()
      text = GovernanceMetrics.render(book.view)
      #expect(value("cascade_governance_proposals{state=\"proposed\"}", text) == "1")
      #expect(value("cascade_governance_proposals{state=\"approved\"}", text) == "1")
      // Ledger time goes with the boot-time clock, so the hold goes on.
      #expect(value("cascade_governance_emergencies", text) == "1")
      #expect(value("cascade_governance_held", text) == "1")
      #expect(value("cascade_governance_stale", text) == "0")
      governed.time.advance(seconds: 1, isRunning: false)
      _ = try await course.round()
      #expect(value("cascade_governance_stale", GovernanceMetrics.render(book.view)) == "1")
    }
  }
}
