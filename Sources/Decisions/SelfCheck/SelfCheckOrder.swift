/// An order by chance in which so many things are taken, each once. It is computed, so it takes no memory.
struct SelfCheckOrder: Sendable {
  private let count: UInt64
  /// Has no divisor with `count` in common, so that its multiples come by every place before they repeat one.
  private let factor: UInt64
  private let shift: UInt64
  private var taken: UInt64 = 0

  /// The places from 0 up to `count`.
  init(_ count: Int) {
    let count = UInt64(max(0, count))
    self.count = count
    (factor, shift) = count > 0 ? (Self.factor(of: count), .random(in: 0..<count)) : (0, 0)
  }

  private static func factor(of count: UInt64) -> UInt64 {
    while true {
      let factor = UInt64.random(in: 1...count)
      var (left, right) = (factor, count)
      while right > 0 { (left, right) = (right, left % right) }
      if left == 1 { return factor % count }
    }
  }

  /// Whether each was taken.
  var isOver: Bool { taken == count }

  /// The next place; nil when each was taken.
  mutating func next() -> Int? {
    if isOver { return nil }
    // Both are below the count, so what doesn't fit into one word still divides.
    let multiple = count.dividingFullWidth(factor.multipliedFullWidth(by: taken)).remainder
    taken += 1
    let beyond = count - shift
    return Int(multiple >= beyond ? multiple - beyond : multiple + shift)
  }
}
