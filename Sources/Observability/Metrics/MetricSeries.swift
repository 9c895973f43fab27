import Metrics
import Synchronization

/// Where a series stands: its family's name as rendered and its labels as rendered (`a="b",c="d"`).
struct MetricSeriesIdentity: Sendable, Hashable {
  var family: String
  var labels: String
}

/// A handler that can be rendered.
protocol MetricSeries: AnyObject, Sendable {
  /// The name and labels that the series is printed under.
  var identity: MetricSeriesIdentity { get }
  /// Appends its samples, a line each.
  func render(into text: inout String)
}

/// A number of type Double that threads add to without a lock.
struct AtomicDouble: ~Copyable, Sendable {
  private let bits = Atomic<UInt64>(Double(0).bitPattern)

  /// The number as it was last stored; no lock.
  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  /// Replaces the number for every later scrape.
  func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// Adds to the number; tried again when another thread was faster.
  func add(_ amount: Double) {
    var current = bits.load(ordering: .relaxed)
    while true {
      let next = (Double(bitPattern: current) + amount).bitPattern
      let (exchanged, original) = bits.weakCompareExchange(
        expected: current, desired: next, ordering: .relaxed)
      if exchanged { return }
      current = original
    }
  }
}

/// A counter. Whole increments are one atomic addition and stay exact; fractions are kept apart.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
  let identity: MetricSeriesIdentity
  private let whole = Atomic<Int64>(0)
  private let fraction = AtomicDouble()

  init(identity: MetricSeriesIdentity) {
    self.identity = identity
  }

  /// A counter never falls: less than zero is ignored.
  func increment(by amount: Int64) {
    if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
  }

  func increment(by amount: Double) {
    if amount > 0, amount.isFinite { fraction.add(amount) }
  }

  func reset() {
    whole.store(0, ordering: .relaxed)
    fraction.store(0)
  }

  func render(into text: inout String) {
    let whole = whole.load(ordering: .relaxed)
    let fraction = fraction.value
    let value = fraction == 0 ? String(whole) : MetricText.number(Double(whole) + fraction)
    text += MetricText.sample(identity.family, identity.labels, value)
  }
}

/// A gauge: a number that is set, or goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
  let identity: MetricSeriesIdentity
  private let value = AtomicDouble()

  init(identity: MetricSeriesIdentity) {
    self.identity = identity
  }

  func set(_ value: Int64) { self.value.store(Double(value)) }
  func set(_ value: Double) { self.value.store(value) }
  func increment(by amount: Double) { value.add(amount) }
  func decrement(by amount: Double) { value.add(-amount) }
  func record(_ value: Int64) { self.value.store(Double(value)) }
  func record(_ value: Double) { self.value.store(value) }

  func render(into text: inout String) {
    text += MetricText.sample(identity.family, identity.labels, MetricText.number(value.value))
  }
}

/// A histogram with fixed upper bounds.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
  private final class Bucket: Sendable {
    let count = Atomic<Int>(0)
  }

  let identity: MetricSeriesIdentity
  private let bounds: [Double]
  /// One for each bound, each counting its own values alone, and one for what is above them all.
  private let buckets: [Bucket]
  private let sum = AtomicDouble()

  init(identity: MetricSeriesIdentity, bounds: [Double]) {
    self.identity = identity
    self.bounds = bounds
    buckets = (0...bounds.count).map { _ in Bucket() }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  func record(_ value: Int64) { record(Double(value)) }

  /// What is not a number is ignored. O(log bounds).
  func record(_ value: Double) {
    if value.isNaN { return }
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    buckets[low].count.add(1, ordering: .relaxed)
    sum.add(value)
  }

  func render(into text: inout String) {
    let separator = identity.labels.isEmpty ? "" : ","
    var total = 0
    for (index, bucket) in buckets.enumerated() {
      total += bucket.count.load(ordering: .relaxed)
      let bound = index < bounds.count ? MetricText.number(bounds[index]) : "+Inf"
      let labels = identity.labels + separator + "le=\"\(bound)\""
      text += MetricText.sample(identity.family + "_bucket", labels, String(total))
    }
    text += MetricText.sample(identity.family + "_sum", identity.labels, MetricText.number(sum.value))
    // The same reading as `+Inf`, which the format asks to be equal.
    text += MetricText.sample(identity.family + "_count", identity.labels, String(total))
  }
}
