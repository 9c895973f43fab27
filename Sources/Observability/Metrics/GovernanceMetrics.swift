internal import Core
package import Decisions
internal import Governance

/// What governance comes to, as Prometheus text.
package enum GovernanceMetrics {
  /// The families `cascade_governance_*`; without a root only those of which there is something to say. O(open
  /// proposals).
  package static func render(_ view: GovernanceView) -> String {
    let state = view.current
    var text = single(
      "cascade_governance_enforced", "1 while only signed rules decide.", state?.isEnforced == true ? 1 : 0)
    text += single(
      "cascade_governance_stale", "1 while what is in force wasn't confirmed for longer than the root allows.",
      view.isStale ? 1 : 0)
    guard let state else { return text }
    let age = WallClock.milliseconds() / 1000 - state.freshness.seconds
    text += single("cascade_governance_root_version", "The root in force.", Double(state.root.version))
    text += single(
      "cascade_governance_sequence", "The sequence of the rulebook in force.", Double(state.active.sequence))
    text += single("cascade_governance_emergencies", "Emergencies in force.", Double(state.emergencies.count))
    text += single(
      "cascade_governance_freshness_age_seconds", "Since what is in force was last confirmed.", Double(age))
    text += single("cascade_governance_held", "1 while an emergency holds activations.", state.isHeld ? 1 : 0)
    let name = "cascade_governance_proposals"
    text += MetricText.header(name, "gauge", "Open proposals by their state.")
    for phase in ["proposed", "approved", "ready"] {
      let count = state.open.values.count { $0.phase.name == phase }
      text += MetricText.sample(name, MetricText.labels([("state", phase)]), String(count))
    }
    return text
  }

  private static func single(_ name: String, _ help: String, _ value: Double) -> String {
    MetricText.single(name, "gauge", help, value: value).text
  }
}
