package import Metrics
import Synchronization

/// A swift-metrics backend that keeps every metric in memory and renders them as Prometheus' text
/// format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
///
/// Counters end in `_total`, timers are histograms in seconds and end in `_seconds`, meters and
/// recorders that don't aggregate are gauges, recorders that aggregate are histograms. What a name or a
/// label key may not hold becomes `_`. Beside what the application records there are `process_*`,
/// `cascade_build_info` and `cascade_metrics_dropped_series_total`.
///
/// Making a handler takes a lock; recording never does. Hold handlers in a `let`.
package final class PrometheusMetrics: MetricsFactory, Sendable {
  /// The most series kept unless told otherwise.
  package static let defaultSeriesLimit = 2000
  /// The media type of what ``render()`` returns.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let registry: Mutex<MetricRegistry>
  private let dropped = Atomic<Int>(0)
  private let buildInfo: String
  private let process = ProcessMetrics()

  /// An empty backend. `build` becomes the labels of `cascade_build_info`.
  ///
  /// Beyond `seriesLimit` series (one for each name and set of labels) new ones are counted as dropped
  /// and record nothing; those that exist go on.
  package init(build: [(String, String)] = [], seriesLimit: Int = PrometheusMetrics.defaultSeriesLimit) {
    registry = Mutex(MetricRegistry(limit: seriesLimit))
    buildInfo = MetricText.labels(build)
  }

  /// Sets the help text of a metric, named as it is made or as it is rendered. `buckets`, in ascending
  /// order, are the upper bounds of a histogram that is made later; empty stands for the default, which
  /// is 10 µs to 10 s for timers and 1 to 1 000 000 for recorders.
  package func describe(_ name: String, _ help: String, buckets: [Double] = []) {
    registry.withLock { $0.describe(name, help: help, buckets: buckets) }
  }

  /// Every metric in the text format, families by name. O(series · log series); recording goes on
  /// meanwhile, so the numbers of one family need not be from the same instant.
  package func render() -> String {
    let registry = registry.withLock { $0 }
    var blocks = registry.families.map { name, family in
      (name: name, text: family.render(name: name, help: registry.help(for: name)))
    }
    blocks +=
      process.families() + [
        MetricText.single(
          "cascade_build_info", "gauge", "What this host was built from; always 1.", labels: buildInfo, value: 1),
        MetricText.single(
          MetricRegistry.droppedName, "counter", "Metric series not kept because the limit was reached.",
          value: Double(dropped.load(ordering: .relaxed))),
      ]
    return blocks.sorted { $0.name < $1.name }.map(\.text).joined()
  }

  private func handler<Handler: MetricSeries>(
    _ kind: MetricKind, _ label: String, _ dimensions: [(String, String)],
    make: (MetricSeriesIdentity, [Double]) -> Handler
  ) -> Handler? {
    let handler = registry.withLock { registry in
      registry.series(kind, label, dimensions, make: make) as? Handler
    }
    if handler == nil { dropped.add(1, ordering: .relaxed) }
    return handler
  }

  private func destroy(_ handler: AnyObject) {
    guard let series = handler as? any MetricSeries else { return }
    registry.withLock { $0.remove(series) }
  }
}

extension PrometheusMetrics {
  /// The counter of this name and these labels, made if it is new.
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    counter(label, dimensions) ?? NOOPMetricsHandler.instance
  }

  /// The same counters, counting in fractions.
  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    counter(label, dimensions) ?? NOOPFloatingPointCounter.instance
  }

  /// The gauge of this name and these labels, made if it is new.
  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    gauge(label, dimensions) ?? NOOPMetricsHandler.instance
  }

  /// A histogram when `aggregate`, or else a gauge.
  package func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    let handler: (any RecorderHandler)? =
      aggregate
      ? handler(.histogram, label, dimensions, make: HistogramSeries.init) : gauge(label, dimensions)
    return handler ?? NOOPMetricsHandler.instance
  }

  /// A histogram in seconds.
  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    handler(.timer, label, dimensions, make: HistogramSeries.init) ?? NOOPMetricsHandler.instance
  }

  /// Forgets the series when everyone who made it has destroyed it.
  package func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
  /// Forgets the series when everyone who made it has destroyed it.
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
  /// Forgets the series when everyone who made it has destroyed it.
  package func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
  /// Forgets the series when everyone who made it has destroyed it.
  package func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
  /// Forgets the series when everyone who made it has destroyed it.
  package func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

  private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries? {
    handler(.counter, label, dimensions) { identity, _ in CounterSeries(identity: identity) }
  }

  private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries? {
    handler(.gauge, label, dimensions) { identity, _ in GaugeSeries(identity: identity) }
  }
}

/// Stands in for a dropped counter; swift-metrics' own no-op has no such handler.
private final class NOOPFloatingPointCounter: FloatingPointCounterHandler {
  static let instance = NOOPFloatingPointCounter()
  func increment(by: Double) {}
  func reset() {}
}
