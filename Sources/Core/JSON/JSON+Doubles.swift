extension JSON {
  /// The text of a finite double: the shortest digits that read back as the same number, laid out as the machines' C
  /// library lays them out (`std::to_chars`), so that a value has one text whoever prints it. A float stays one: `5.0`.
  static func text(_ value: Double) -> String {
    let (digits, exponent) = decimal(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    // Whichever of the two is shorter; without a point, an exponent is shorter by one.
    let isSingle = digits.count == 1
    let fixed = (isSingle ? -3 : -(digits.count + 3))...(isSingle ? 4 : 5)
    if value == 0 { return sign + "0.0" }
    if !fixed.contains(exponent) { return sign + scientific(digits, exponent) }
    if exponent >= 0 {
      // All digits of the number, not the shortest followed by zeros.
      return "\(sign)\(UInt128(value.magnitude)).0"
    }
    let point = digits.count + exponent
    if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(ascii(digits[...]))" }
    return "\(sign)\(ascii(digits[..<point])).\(ascii(digits[point...]))"
  }

  /// `d.ddde+XX` with at least two digits behind the sign.
  private static func scientific(_ digits: [UInt8], _ exponent: Int) -> String {
    let power = exponent + digits.count - 1
    let fraction = digits.count > 1 ? "." + ascii(digits[1...]) : ""
    return "\(ascii(digits[..<1]))\(fraction)e\(power < 0 ? "-" : "+")\(abs(power) < 10 ? "0" : "")\(abs(power))"
  }

  /// The shortest digits of a number, none of them a leading or closing zero, and the power of ten of the last.
  private static func decimal(_ value: Double) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = []
    var exponent = 0
    var isBehindPoint = false
    let text = "\(value)".utf8
    for (place, byte) in zip(text.indices, text) {
      if byte == UInt8(ascii: "e") {
        exponent += Int(Substring(text[text.index(after: place)...])) ?? 0
        break
      }
      if byte == UInt8(ascii: ".") {
        isBehindPoint = true
      } else {
        if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte) }
        if isBehindPoint { exponent -= 1 }
      }
    }
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      exponent += 1
    }
    return (digits, exponent)
  }

  private static func ascii(_ digits: ArraySlice<UInt8>) -> String { String(decoding: digits, as: UTF8.self) }
}
