/// Whether the parts of a host work, as Prometheus text.
package enum HostMetrics {
  /// A gauge with one sample.
  package struct Reading: Sendable {
    /// The name of the family.
    package var name: String
    /// What it is, in a sentence.
    package var help: String
    /// The value; `NaN` when nobody can tell it now.
    package var value: Double

    package init(name: String, help: String, value: Double) {
      self.name = name
      self.help = help
      self.value = value
    }
  }

  /// The family `cascade_part_works` with a sample for each part, from the start on; the lines of the log that were
  /// dropped, as they came faster than anybody read them; and the readings. O(parts + readings).
  package static func render(
    _ parts: [(name: String, works: Bool)], _ readings: [Reading] = [], droppedLogLines: Int
  ) -> String {
    let (works, dropped) = ("cascade_part_works", "cascade_log_lines_dropped_total")
    let text = parts.reduce(into: MetricText.header(works, "gauge", "1 while a part of the host works, else 0.")) {
      $0 += MetricText.sample(works, MetricText.labels([("part", $1.name)]), $1.works ? "1" : "0")
    }
    return text + MetricText.header(dropped, "counter", "Lines of the log that nobody read in time.")
      + MetricText.sample(dropped, "", String(droppedLogLines))
      + readings.map { MetricText.single($0.name, "gauge", $0.help, value: $0.value).text }.joined()
  }
}
