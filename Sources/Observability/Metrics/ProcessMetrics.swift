internal import Core
import Glibc

/// The `process_*` metrics every Prometheus client has, read from `/proc` when asked for.
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics)
struct ProcessMetrics: Sendable {
  private let startSeconds: Double?

  /// Reads once what doesn't change.
  init() {
    let boot = Self.field("btime", of: Self.contents(of: "/proc/stat"))
    let status = ProcessStatus(Self.contents(of: "/proc/self/stat"))
    if let boot = boot.flatMap(Double.init), let status {
      startSeconds = boot + Double(status.startTicks) / Self.ticksPerSecond
    } else {
      startSeconds = nil
    }
  }

  /// The families, each with its name; one that can't be read is left out. O(open descriptors).
  func families() -> [(name: String, text: String)] {
    var families: [(name: String, text: String)] = []
    if let status = ProcessStatus(Self.contents(of: "/proc/self/stat")) {
      families.append(
        MetricText.single(
          "process_cpu_seconds_total", "counter", "User and system CPU time spent in seconds.",
          value: Double(status.cpuTicks) / Self.ticksPerSecond))
      families.append(
        MetricText.single(
          "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
          value: Double(status.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE)))))
    }
    if let startSeconds {
      families.append(
        MetricText.single(
          "process_start_time_seconds", "gauge", "Start time of the process since the Unix epoch in seconds.",
          value: startSeconds))
    }
    if let open = Self.openDescriptors() {
      families.append(
        MetricText.single(
          "process_open_fds", "gauge", "Number of open file descriptors.", value: Double(open)))
    }
    if let limit = Self.field("Max open files", of: Self.contents(of: "/proc/self/limits")) {
      families.append(
        MetricText.single(
          "process_max_fds", "gauge", "Maximum number of open file descriptors.",
          value: Double(limit) ?? .infinity))
    }
    return families
  }

  private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

  /// The first word after `name` in the line that begins with it.
  private static func field(_ name: String, of text: String) -> String? {
    text.words(at: "\n").first { $0.begins(with: name + " ") }
      .flatMap { $0.dropFirst(name.count).words().first }
      .map(String.init)
  }

  /// Without the descriptor that counting itself needs.
  private static func openDescriptors() -> Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    // `.`, `..` and the directory just opened.
    return entries - 3
  }

  private static func contents(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { _ = close(descriptor) }
    var bytes: [UInt8] = []
    let chunkSize = 4096
    var chunk = [UInt8](repeating: 0, count: chunkSize)
    while true {
      let count = read(descriptor, &chunk, chunkSize)
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
    }
  }
}

/// What of `/proc/self/stat` is of use (proc(5)).
struct ProcessStatus: Equatable {
  /// User and system time, in clock ticks.
  var cpuTicks: UInt64
  /// Start, in clock ticks after boot.
  var startTicks: UInt64
  /// Resident set size, in pages.
  var residentPages: UInt64

  /// Reads the line; nil when it isn't one. The program's name in it may hold spaces and brackets.
  init?(_ line: String) {
    guard let bracket = line.lastPlace(of: ")") else { return nil }
    let fields = line[bracket...].dropFirst().words()
    guard fields.count > 21,
      let user = UInt64(fields[11]), let system = UInt64(fields[12]),
      let start = UInt64(fields[19]), let resident = UInt64(fields[21])
    else { return nil }
    cpuTicks = user + system
    startTicks = start
    residentPages = resident
  }
}
