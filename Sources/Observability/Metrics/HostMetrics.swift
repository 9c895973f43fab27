/// Whether the parts of a host work, as Prometheus text.
package enum HostMetrics {
  /// The family `cascade_part_works` with a sample for each part, from the start on; and the lines of the log that were
  /// dropped, as they came faster than anybody read them. O(parts).
  package static func render(_ parts: [(name: String, works: Bool)], droppedLogLines: Int) -> String {
    let (works, dropped) = ("cascade_part_works", "cascade_log_lines_dropped_total")
    let text = parts.reduce(into: MetricText.header(works, "gauge", "1 while a part of the host works, else 0.")) {
      $0 += MetricText.sample(works, MetricText.labels([("part", $1.name)]), $1.works ? "1" : "0")
    }
    return text + MetricText.header(dropped, "counter", "Lines of the log that nobody read in time.")
      + MetricText.sample(dropped, "", String(droppedLogLines))
  }
}
