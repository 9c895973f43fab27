import Glibc

/// The progress of long work on standard error: only on a terminal, and only after a moment.
struct ProgressBar {
  private static let width: Int64 = 30
  private static let patience = Duration.milliseconds(500)
  private static let pause = Duration.milliseconds(100)

  private let noun: String
  private let total: Int64
  private let isShown: Bool
  private var due = ContinuousClock.now + patience
  private var hasDrawn = false

  /// A bar for `total` items; `noun` names them in the plural.
  init(_ noun: String, total: Int64, isShown: Bool = isatty(STDERR_FILENO) == 1) {
    self.noun = noun
    self.total = total
    self.isShown = isShown && total > 0
  }

  /// Reports that `count` items are done; draws at most ten times a second.
  mutating func advance(to count: Int64) {
    guard isShown, case let now = ContinuousClock.now, now >= due else { return }
    due = now + Self.pause
    hasDrawn = true
    Output.status("\r" + line(count))
  }

  mutating func finish() {
    if hasDrawn { Output.status("\r\u{1B}[K") }
    hasDrawn = false
  }

  /// The line `[######........................]  20 % of 30000 entries`.
  func line(_ count: Int64) -> String {
    let share = min(1, Double(count) / Double(total))
    let done = Int(share * Double(Self.width))
    let bar = String(repeating: "#", count: done) + String(repeating: ".", count: Int(Self.width) - done)
    let percent = String(Int(share * 100))
    return "[\(bar)] \(String(repeating: " ", count: 3 - percent.count))\(percent) % of \(total) \(noun)"
  }
}
