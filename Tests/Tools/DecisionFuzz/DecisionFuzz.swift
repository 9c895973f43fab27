internal import Foundation

/// Runs odd rules without end: each ends in time and within its memory, leaves nothing behind, and comes out the same
/// a second time, on another machine, in another process and without the processor's extensions.
///
/// `DecisionFuzz COUNT [SEED]` ends with status 1 when a rule breaks one of these; the seed is printed.
/// `DecisionFuzz --worker FROM COUNT` prints a line for each rule, `DecisionFuzz --show NUMBER` a rule.
@main
enum DecisionFuzz {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "--show", let number = arguments.last.flatMap(UInt64.init) {
      let program = Program(number)
      print(program.source, program.input, separator: "\n")
    } else if arguments.first == "--worker", arguments.count == 3, let from = UInt64(arguments[1]),
      let count = UInt64(arguments[2])
    {
      work(from: from, count: count)
    } else if let count = arguments.first.flatMap(UInt64.init) {
      try supervise(count, seed: arguments.dropFirst().first.flatMap(UInt64.init) ?? .random(in: 0..<1 << 40))
    } else {
      print("DecisionFuzz COUNT [SEED]")
      exit(2)
    }
  }

  private static func work(from: UInt64, count: UInt64) {
    let judge = Judge()
    for number in from..<from + count {
      do { print(try judge.line(number)) } catch {
        print("broken: \(error)")
        exit(1)
      }
    }
  }

  /// How many rules a worker runs before its lines are compared.
  private static let block: UInt64 = 5000

  private static func supervise(_ count: UInt64, seed: UInt64) throws {
    print("seed \(seed)")
    let plain = ProcessInfo.processInfo.environment
    // Names of glibc's for what it would choose other code by; simdjson has a name for that of its own.
    let without = plain.merging(
      [
        "GLIBC_TUNABLES":
          "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-FMA,-FMA4,-SSE4_2,-SSE4_1,-SSSE3,-BMI2,-BMI1,-ERMS,-FSRM,-MOVBE",
        "SIMDJSON_FORCE_IMPLEMENTATION": "fallback",
      ], uniquingKeysWith: { $1 })
    var tally: [String: Int] = [:]
    for begin in stride(from: seed, to: seed + count, by: Int(block)) {
      let size = min(block, seed + count - begin)
      let one = try Worker(from: begin, count: size, environment: plain)
      let other = try Worker(from: begin, count: size, environment: without)
      let (left, right) = try (one.lines(), other.lines())
      for (mine, theirs) in zip(left, right) {
        let fields = mine.split(separator: " ")
        tally[String(fields[1]), default: 0] += 1
        if mine != theirs, !isPhysical(mine), !isPhysical(theirs) {
          print("came out otherwise without the processor's extensions: \(mine), \(theirs)")
          exit(1)
        }
      }
      if left.count != Int(size) || right.count != Int(size) {
        print("a worker ended early")
        exit(1)
      }
      print("held from \(begin) to \(begin + size - 1)")
      fflush(nil)
    }
    print(tally.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
  }

  private static func isPhysical(_ line: String) -> Bool {
    line.contains(" deadline ") || line.contains(" memory_exhausted ") || line.contains(" load:deadline ")
      || line.contains(" load:memory_exhausted ")
  }
}

/// Another process of this program.
private struct Worker {
  private let process = Process()
  private let output = Pipe()

  init(from: UInt64, count: UInt64, environment: [String: String]) throws {
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["--worker", "\(from)", "\(count)"]
    process.environment = environment
    process.standardOutput = output
    try process.run()
  }

  /// What it printed; throws when a rule broke a promise.
  func lines() throws -> [String] {
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    if process.terminationStatus != 0 {
      print(lines.last ?? "", "status \(process.terminationStatus)")
      exit(1)
    }
    return lines
  }
}
