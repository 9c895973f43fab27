internal import Core

/// What sort of metric a family is; decides its name's suffix, its TYPE and its default buckets.
enum MetricKind: Sendable {
  case counter, gauge, timer, histogram

  /// The word after `# TYPE`.
  var typeName: String {
    switch self {
    case .counter: "counter"
    case .gauge: "gauge"
    case .timer, .histogram: "histogram"
    }
  }

  /// What the names of the kind end in.
  var suffix: String {
    switch self {
    case .counter: "_total"
    case .timer: "_seconds"
    case .gauge, .histogram: ""
    }
  }

  /// Upper bounds in three steps a decade: 10 µs to 10 s for timers, 1 to 1 000 000 for recorders.
  var defaultBuckets: [Double] {
    switch self {
    case .counter, .gauge: []
    case .timer:
      [
        1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3,
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
      ]
    case .histogram:
      [
        1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000,
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
      ]
    }
  }
}

/// All series of one name.
struct MetricFamily: Sendable {
  /// What it was first made as; a series of another kind is refused.
  let kind: MetricKind
  /// The upper bounds its histograms have.
  let buckets: [Double]
  /// Rendered labels → the series, and how many makers have not destroyed it.
  var series: [ExactText: (handler: any MetricSeries, makers: Int)] = [:]

  /// HELP, TYPE and the samples, series by their labels. O(series · log series).
  func render(name: String, help: String) -> String {
    var text = MetricText.header(name, kind.typeName, help)
    for (_, entry) in series.sorted(by: { $0.key < $1.key }) {
      entry.handler.render(into: &text)
    }
    return text
  }
}

/// Which series exist: a value, guarded by its owner.
struct MetricRegistry: Sendable {
  /// The metric that counts what isn't kept.
  static let droppedName = "cascade_metrics_dropped_series_total"
  /// Families the backend renders itself.
  static let reservedNames: Set<String> = [
    droppedName, "cascade_build_info", "process_cpu_seconds_total", "process_max_fds", "process_open_fds",
    "process_resident_memory_bytes", "process_start_time_seconds",
  ]

  /// Name as rendered → family; none is empty.
  private(set) var families: [String: MetricFamily] = [:]
  private var descriptions: [String: (help: String, buckets: [Double])] = [:]
  private var count = 0
  private let limit: Int

  /// An empty registry for at most `limit` series.
  init(limit: Int) {
    self.limit = limit
  }

  /// Keeps a help text, and buckets for histograms made later.
  mutating func describe(_ name: String, help: String, buckets: [Double]) {
    descriptions[MetricText.name(name)] = (help, buckets)
  }

  /// The help text of a family; its name in words when nobody gave one.
  func help(for name: String) -> String {
    description(of: name)?.help ?? name.words(at: "_").joined(separator: " ")
  }

  /// The series of this kind, label and dimensions, made if it is new; nil when the limit is reached,
  /// or the name belongs to another kind.
  mutating func series(
    _ kind: MetricKind, _ label: String, _ dimensions: [(String, String)],
    make: (MetricSeriesIdentity, [Double]) -> any MetricSeries
  ) -> (any MetricSeries)? {
    let name = MetricText.name(label, suffix: kind.suffix)
    let labels = MetricText.labels(dimensions, reserved: kind.typeName == "histogram" ? ["le"] : [])
    if let family = families[name], family.kind != kind || Self.reservedNames.contains(name) { return nil }
    if let known = families[name]?.series[labels] {
      families[name]?.series[labels] = (known.handler, known.makers + 1)
      return known.handler
    }
    guard count < limit, !Self.reservedNames.contains(name) else { return nil }
    let family = families[name] ?? newFamily(kind, name)
    let handler = make(MetricSeriesIdentity(family: name, labels: labels), family.buckets)
    families[name, default: family].series[labels] = (handler, 1)
    count += 1
    return handler
  }

  /// Ends one maker's use of a series; the last one's end removes it.
  mutating func remove(_ handler: any MetricSeries) {
    let identity = handler.identity
    guard let known = families[identity.family]?.series[identity.labels], known.handler === handler else { return }
    if known.makers > 1 {
      families[identity.family]?.series[identity.labels] = (known.handler, known.makers - 1)
      return
    }
    families[identity.family]?.series[identity.labels] = nil
    if families[identity.family]?.series.isEmpty == true { families[identity.family] = nil }
    count -= 1
  }

  private func newFamily(_ kind: MetricKind, _ name: String) -> MetricFamily {
    let described = description(of: name)?.buckets ?? []
    return MetricFamily(kind: kind, buckets: described.isEmpty ? kind.defaultBuckets : described)
  }

  private func description(of name: String) -> (help: String, buckets: [Double])? {
    if let exact = descriptions[name] { return exact }
    for suffix in ["_total", "_seconds"] where name.ends(with: suffix) {
      return descriptions[String(name.dropLast(suffix.count))]
    }
    return nil
  }
}
