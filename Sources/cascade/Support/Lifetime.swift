import ArgumentParser

/// A lifetime: seconds, or a number followed by `s`, `m` or `h`.
struct Lifetime: Sendable {
  var seconds: Int64
}

extension Lifetime: ExpressibleByArgument {
  init?(argument: String) {
    let digits = Substring(argument.utf8.prefix { (0x30...0x39).contains($0) })
    let units: [Substring: Int64] = ["": 1, "s": 1, "m": 60, "h": 3600]
    guard let count = Int64(digits), count > 0, let unit = units[argument[digits.endIndex...]] else { return nil }
    let (seconds, overflows) = count.multipliedReportingOverflow(by: unit)
    if overflows { return nil }
    self.seconds = seconds
  }

  var defaultValueDescription: String { seconds.isMultiple(of: 3600) ? "\(seconds / 3600)h" : "\(seconds)s" }
}
