import Foundation

/// What the figures were measured on.
enum Machine {
  static func description(cascade: String) -> String {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    var lines = ["\(processor), \(cores) cores, \(memory), kernel \(kernel), \(system)"]
    let versions = [
      "cascade " + (first(cascade, ["--version"]) ?? "?"),
      first("nginx", ["-v"])?.replacingOccurrences(of: "nginx version: ", with: ""),
      first("lua5.4", ["-v"]).map { String($0.prefix { $0 != "C" }).trimmingCharacters(in: .whitespaces) },
      first("wrk", ["-v"]).map { $0.split(separator: " ").prefix(3).joined(separator: " ") },
      first("swift", ["--version"]),
    ]
    lines.append(versions.compactMap { $0 }.joined(separator: " · "))
    lines.append(load)
    return lines.joined(separator: "\n")
  }

  /// What else the machine did: figures under load are worth less.
  static var load: String {
    let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? "?"
    let averages = text.split(separator: " ").prefix(3).joined(separator: " ")
    return "load average of the last 1, 5 and 15 minutes: " + averages
  }

  private static var processor: String { field("model name", of: "/proc/cpuinfo") ?? "unknown processor" }

  private static var memory: String {
    let text = field("MemTotal", of: "/proc/meminfo") ?? ""
    let kibibytes = Int(text.prefix { $0.isNumber }) ?? 0
    return "\((kibibytes + 524_288) >> 20) GiB"
  }

  private static var kernel: String {
    let text = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
    return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "?"
  }

  private static var system: String {
    let text = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    return line.map { $0.dropFirst("PRETTY_NAME=".count).replacingOccurrences(of: "\"", with: "") } ?? "?"
  }

  private static func field(_ name: String, of path: String) -> String? {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }

  private static func first(_ program: String, _ arguments: [String]) -> String? {
    let text = try? Program.run(program, arguments, anyStatus: true)
    return text?.split(separator: "\n").first.map(String.init)
  }
}
