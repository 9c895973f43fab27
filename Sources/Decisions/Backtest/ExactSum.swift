package import Core

/// A sum of numbers that comes out the same in any order: of decimal fractions, without rounding on the way.
package struct ExactSum: Sendable, Equatable {
  /// Fraction digits that are kept; a number with more has no exact sum here.
  private static let digits = 18
  private static let unit: Int128 = 1_000_000_000_000_000_000

  /// In units of 10⁻¹⁸; nil when a number did not fit.
  private var units: Int128? = 0

  /// The sum of no numbers.
  package init() {}

  /// Adds a number; anything else counts as nothing.
  package mutating func add(_ value: JSON?) {
    guard let sum = units else { return }
    switch value {
    case .integer(let integer): units = Self.sum(sum, Self.product(Int128(integer), Self.unit))
    case .double(let number): units = Self.sum(sum, Self.units(of: number))
    default: break
    }
  }

  /// Adds an amount in minor units.
  package mutating func add(_ minor: Int64) { add(.integer(minor)) }

  /// The difference to an earlier sum.
  package func minus(_ other: ExactSum) -> ExactSum {
    var difference = ExactSum()
    difference.units = other.units.flatMap { Self.sum(units, -$0) }
    return difference
  }

  /// The sum of both.
  package func plus(_ other: ExactSum) -> ExactSum {
    var total = ExactSum()
    total.units = Self.sum(units, other.units)
    return total
  }

  /// A whole number when it is one and fits 64 bits, else the nearest double; null when a number did not fit.
  package var json: JSON {
    guard let units else { return .null }
    let (whole, rest) = units.quotientAndRemainder(dividingBy: Self.unit)
    if rest == 0, let integer = Int64(exactly: whole) { return .integer(integer) }
    return .double(Double(units) / Double(Self.unit))
  }

  /// Whether it is zero.
  package var isZero: Bool { units == 0 }

  /// Whether it is below zero.
  package var isNegative: Bool { units.map { $0 < 0 } ?? false }

  /// How large it is without its sign in units of 10⁻¹⁸; nil when it has no exact value.
  package var magnitude: UInt128? { units?.magnitude }

  private static func sum(_ left: Int128?, _ right: Int128?) -> Int128? {
    guard let left, let right else { return nil }
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? nil : sum
  }

  private static func product(_ left: Int128, _ right: Int128) -> Int128? {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? nil : product
  }

  /// The shortest decimal that reads back as the number, in units; nil when it doesn't fit.
  private static func units(of number: Double) -> Int128? {
    var text = "\(number.magnitude)"[...]
    var exponent = 0
    if let mark = text.place(of: "e") {
      exponent = Int(text[text.index(after: mark)...]) ?? 0
      text = text[..<mark]
    }
    var mantissa: Int128 = 0
    var fraction = 0
    var isBehindPoint = false
    for character in text.utf8 {
      if character == UInt8(ascii: ".") {
        isBehindPoint = true
        continue
      }
      guard (0x30...0x39).contains(character), let next = product(mantissa, 10) else { return nil }
      mantissa = next + Int128(character - 0x30)
      if isBehindPoint { fraction += 1 }
    }
    var shift = digits + exponent - fraction
    while shift < 0 {
      let (quotient, rest) = mantissa.quotientAndRemainder(dividingBy: 10)
      if rest != 0 { return nil }
      mantissa = quotient
      shift += 1
    }
    while shift > 0, mantissa != 0 {
      guard let next = product(mantissa, 10) else { return nil }
      mantissa = next
      shift -= 1
    }
    return number < 0 ? -mantissa : mantissa
  }
}
