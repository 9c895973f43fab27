import Metrics
@testable import Observability
import Testing

struct PrometheusMetricsTests {
  /// The lines of one family, without those of the backend's own.
  private func lines(_ metrics: PrometheusMetrics, _ name: String) -> [String] {
    metrics.render().split(separator: "\n").map(String.init).filter {
      $0.hasPrefix(name) || $0.hasPrefix("# HELP \(name)") || $0.hasPrefix("# TYPE \(name)")
    }
  }

  @Test func `a counter ends in total and stays exact`() {
    let metrics = PrometheusMetrics()
    metrics.describe("cascade_decisions", "Decisions taken.")
    let counter = Counter(label: "cascade_decisions", factory: metrics)
    counter.increment(by: 9_007_199_254_740_993)
    counter.increment(by: -5)
    #expect(
      lines(metrics, "cascade_decisions") == [
        "# HELP cascade_decisions_total Decisions taken.",
        "# TYPE cascade_decisions_total counter",
        "cascade_decisions_total 9007199254740993",
      ])
  }

  @Test func `fractions and whole numbers count into the same counter`() {
    let metrics = PrometheusMetrics()
    FloatingPointCounter(label: "x_total", factory: metrics).increment(by: 0.25)
    Counter(label: "x", factory: metrics).increment(by: 2)
    #expect(lines(metrics, "x_total").last == "x_total 2.25")
    Counter(label: "x", factory: metrics).reset()
    #expect(lines(metrics, "x_total").last == "x_total 0")
  }

  @Test func `gauges come from meters and from recorders that do not aggregate`() {
    let metrics = PrometheusMetrics()
    let meter = Meter(label: "cascade.rulebook-generation", factory: metrics)
    meter.set(7)
    meter.increment(by: 2)
    meter.decrement(by: 0.5)
    Recorder(label: "depth", aggregate: false, factory: metrics).record(3)
    #expect(lines(metrics, "cascade_rulebook").last == "cascade_rulebook_generation 8.5")
    #expect(lines(metrics, "depth") == ["# HELP depth depth", "# TYPE depth gauge", "depth 3"])
    meter.set(-Double.infinity)
    #expect(lines(metrics, "cascade_rulebook").last == "cascade_rulebook_generation -Inf")
  }

  @Test func `a timer is a histogram in seconds from ten microseconds up`() {
    let metrics = PrometheusMetrics()
    let timer = Timer(label: "wait", dimensions: [("lane", "1")], factory: metrics)
    timer.recordNanoseconds(10_000)
    timer.recordNanoseconds(10_001)
    timer.recordNanoseconds(2_000_000_000)
    timer.recordNanoseconds(60_000_000_000)
    let text = lines(metrics, "wait")
    #expect(
      text.prefix(5) == [
        "# HELP wait_seconds wait seconds",
        "# TYPE wait_seconds histogram",
        #"wait_seconds_bucket{lane="1",le="1e-05"} 1"#,
        #"wait_seconds_bucket{lane="1",le="2.5e-05"} 2"#,
        #"wait_seconds_bucket{lane="1",le="5e-05"} 2"#,
      ])
    #expect(
      text.suffix(6) == [
        #"wait_seconds_bucket{lane="1",le="2.5"} 3"#,
        #"wait_seconds_bucket{lane="1",le="5"} 3"#,
        #"wait_seconds_bucket{lane="1",le="10"} 3"#,
        #"wait_seconds_bucket{lane="1",le="+Inf"} 4"#,
        #"wait_seconds_sum{lane="1"} 62.000020001"#,
        #"wait_seconds_count{lane="1"} 4"#,
      ])
    #expect(text.count == 24)
  }

  @Test func `a recorder that aggregates takes the described buckets`() {
    let metrics = PrometheusMetrics()
    metrics.describe("fuel", "Cost of a decision.", buckets: [10, 100])
    let recorder = Recorder(label: "fuel", factory: metrics)
    for value in [10, 11, 100, 101] { recorder.record(value) }
    recorder.record(Double.nan)
    #expect(
      lines(metrics, "fuel") == [
        "# HELP fuel Cost of a decision.", "# TYPE fuel histogram",
        #"fuel_bucket{le="10"} 1"#, #"fuel_bucket{le="100"} 3"#, #"fuel_bucket{le="+Inf"} 4"#,
        "fuel_sum 222", "fuel_count 4",
      ])
  }

  @Test func `help and type stand once per family`() {
    let metrics = PrometheusMetrics()
    for outcome in ["refused", "answered", "failed"] {
      Counter(label: "d", dimensions: [("outcome", outcome)], factory: metrics).increment()
    }
    #expect(
      lines(metrics, "d_total") == [
        "# HELP d_total d total", "# TYPE d_total counter",
        #"d_total{outcome="answered"} 1"#, #"d_total{outcome="failed"} 1"#, #"d_total{outcome="refused"} 1"#,
      ])
  }

  @Test func `names, keys, values and help texts are escaped`() {
    let metrics = PrometheusMetrics()
    metrics.describe("9 größe.bytes", "A \\ and\na \"break\".")
    let dimensions = [("plugin-name", "a\"b\\c\nd"), ("9", "ü"), ("le", "1")]
    Gauge(label: "9 größe.bytes", dimensions: dimensions, factory: metrics).record(1)
    #expect(
      lines(metrics, "_9") == [
        #"# HELP _9_gr__e_bytes A \\ and\na "break"."#, "# TYPE _9_gr__e_bytes gauge",
        #"_9_gr__e_bytes{_9="ü",le="1",plugin_name="a\"b\\c\nd"} 1"#,
      ])
    Timer(label: "t", dimensions: [("le", "x")], factory: metrics).recordNanoseconds(1)
    #expect(lines(metrics, "t_seconds").contains(#"t_seconds_bucket{_le="x",le="10"} 1"#))
  }

  @Test func `the order of labels makes no new series`() {
    let metrics = PrometheusMetrics()
    Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: metrics).increment()
    Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: metrics).increment()
    #expect(lines(metrics, "c_total").last == #"c_total{a="1",b="2"} 2"#)
  }

  @Test func `beyond the limit new series are dropped and counted, old ones go on`() {
    let metrics = PrometheusMetrics(seriesLimit: 3)
    let first = Counter(label: "c", dimensions: [("n", "0")], factory: metrics)
    for number in 1..<10 {
      Counter(label: "c", dimensions: [("n", "\(number)")], factory: metrics).increment()
    }
    Timer(label: "late", factory: metrics).recordNanoseconds(1)
    FloatingPointCounter(label: "late", factory: metrics).increment(by: 1)
    first.increment(by: 5)
    #expect(lines(metrics, "c_total{").count == 3)
    #expect(lines(metrics, "c_total{").first == #"c_total{n="0"} 5"#)
    #expect(lines(metrics, "late").isEmpty)
    #expect(lines(metrics, "cascade_metrics").last == "cascade_metrics_dropped_series_total 9")
  }

  @Test func `a name keeps the kind it was first made as`() {
    let metrics = PrometheusMetrics()
    Gauge(label: "depth", factory: metrics).record(1)
    Recorder(label: "depth", factory: metrics).record(1)
    Gauge(label: "process_open_fds", factory: metrics).record(-1)
    #expect(lines(metrics, "depth").count == 3)
    #expect(lines(metrics, "process_open_fds").count == 3)
    #expect(lines(metrics, "process_open_fds").last != "process_open_fds -1")
    #expect(lines(metrics, "cascade_metrics").last == "cascade_metrics_dropped_series_total 2")
  }

  @Test func `a series is forgotten when its last maker destroys it`() {
    let metrics = PrometheusMetrics(seriesLimit: 1)
    let one = Counter(label: "c", factory: metrics)
    let two = Counter(label: "c", factory: metrics)
    one.destroy()
    two.increment()
    #expect(lines(metrics, "c_total").last == "c_total 1")
    two.destroy()
    #expect(lines(metrics, "c_total").isEmpty)
    Gauge(label: "g", factory: metrics).record(1)
    #expect(lines(metrics, "g ") == ["# HELP g g", "# TYPE g gauge", "g 1"])
  }

  @Test func `threads lose no increment`() async {
    let metrics = PrometheusMetrics()
    let counter = Counter(label: "c", factory: metrics)
    let fractions = FloatingPointCounter(label: "f", factory: metrics)
    let timer = Timer(label: "t", factory: metrics)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<5_000 {
            counter.increment()
            fractions.increment(by: 0.5)
            timer.recordNanoseconds(1_000_000_000)
          }
        }
      }
    }
    #expect(lines(metrics, "c_total").last == "c_total 40000")
    #expect(lines(metrics, "f_total").last == "f_total 20000")
    #expect(lines(metrics, "t_seconds").suffix(2) == ["t_seconds_sum 40000", "t_seconds_count 40000"])
  }

  @Test func `the process and the build are always there`() throws {
    let metrics = PrometheusMetrics(build: [("version", "1.0.0"), ("swift", "6.3")])
    #expect(lines(metrics, "cascade_build_info").last == #"cascade_build_info{swift="6.3",version="1.0.0"} 1"#)
    func value(_ name: String) throws -> Double {
      let line = try #require(lines(metrics, name).last)
      return try #require(line.split(separator: " ").last.flatMap { Double($0) })
    }
    #expect(try value("process_resident_memory_bytes") > 1_000_000)
    #expect(try value("process_open_fds") >= 3)
    #expect(try value("process_max_fds") >= value("process_open_fds"))
    #expect(try value("process_cpu_seconds_total") >= 0)
    // After 2020, before 2100.
    #expect((1.57e9..<4.1e9).contains(try value("process_start_time_seconds")))
  }

  @Test func `a program with a strange name is read all the same`() {
    let numbers = (4...52).map(String.init).joined(separator: " ")
    let status = ProcessStatus("42 (a) b (c)) S \(numbers)\n")
    #expect(status?.cpuTicks == 14 + 15)
    #expect(status?.startTicks == 22)
    #expect(status?.residentPages == 24)
    #expect(ProcessStatus("") == nil)
    #expect(ProcessStatus("42 (a) S 1 2") == nil)
  }
}
