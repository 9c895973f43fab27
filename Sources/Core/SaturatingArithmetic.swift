/// Sums and products of numbers that come from outside, a clock and a file included: at the end of the range they stay,
/// where `+` and `*` would end the process.
extension FixedWidthInteger {
  /// The sum, or the end of the range it would pass.
  package func adding(saturating other: Self) -> Self {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, or the end of the range it would pass.
  package func subtracting(saturating other: Self) -> Self {
    let (difference, overflows) = subtractingReportingOverflow(other)
    return overflows ? (other < 0 ? .max : .min) : difference
  }

  /// The product, or the end of the range it would pass.
  package func multiplied(saturating other: Self) -> Self {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}
