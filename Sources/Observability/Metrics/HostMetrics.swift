/// Whether the parts of a host work, as Prometheus text.
package enum HostMetrics {
  /// The family `cascade_part_works` with a sample for each part, from the start on. O(parts).
  package static func render(_ parts: [(name: String, works: Bool)]) -> String {
    let name = "cascade_part_works"
    return parts.reduce(into: MetricText.header(name, "gauge", "1 while a part of the host works, else 0.")) {
      $0 += MetricText.sample(name, MetricText.labels([("part", $1.name)]), $1.works ? "1" : "0")
    }
  }
}
