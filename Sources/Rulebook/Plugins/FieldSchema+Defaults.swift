internal import Core

extension FieldSchema {
  /// What is wrong with `value` as this field's value, in words behind its name; nil when the field takes it. O(size of
  /// the value · length of patterns).
  func fault(of value: JSON) -> String? {
    switch self.value {
    case .any: nil
    case .string: value.string.map(textFault) ?? Self.otherType
    case .boolean: value.bool == nil ? Self.otherType : nil
    case .account: value.string.flatMap { AccountName($0) } == nil ? "is no account name" : nil
    case .decimal:
      value.string.map(Self.isDecimal) == true ? nil : "is no decimal: write it like \"0.025\", 18 digits at most"
    case .date: value.string.map(Self.isDate) == true ? nil : "is no date: write it like \"2026-11-29\""
    case .timestamp:
      value.string.map(Self.isTimestamp) == true ? nil : "is no timestamp: write it like \"2026-11-29T10:00:00Z\""
    case .amount: amountFault(value)
    case .integer(let least, let most):
      value.integer.map { Self.isNumber(Double($0), from: least, to: most) } == true ? nil : Self.otherType
    case .number(let least, let most):
      value.number.map { Self.isNumber($0, from: least, to: most) } == true ? nil : Self.otherType
    case .options(let names): names.contains { value == .string($0) } ? nil : Self.otherType
    case .numbers(let numbers): value.number.map { numbers.contains($0) } == true ? nil : Self.otherType
    case .list(let element):
      (value.array ?? (value.members?.isEmpty == true ? [] : nil)).map { elements in
        elements.lazy.compactMap(element.fault).first ?? countFault(elements.count, "elements")
      } ?? Self.otherType
    case .map(let element):
      value.members.map { members in
        members.lazy.compactMap { element.fault(of: $0.value) }.first ?? countFault(members.count, "members")
      } ?? Self.otherType
    case .record(let record): recordFault(value, record)
    case .anyOf(let forms): forms.contains { $0.fault(of: value) == nil } ? nil : "fits none of the field's forms"
    }
  }

  private static let otherType = "doesn't fit the field's own type; give a value that the field takes"

  private func textFault(_ text: String) -> String? {
    if let fault = countFault(text.unicodeScalars.count, "characters") { return fault }
    guard let pattern = bounds.pattern, !pattern.fits(text) else { return nil }
    return "doesn't fit the field's own pattern '\(pattern.text)'; change one of them"
  }

  private func countFault(_ count: Int, _ unit: String) -> String? {
    if let least = bounds.least, Int64(count) < least { return "has \(count) \(unit); give it at least \(least)" }
    if let most = bounds.most, Int64(count) > most { return "has \(count) \(unit); give it at most \(most)" }
    return nil
  }

  private func amountFault(_ value: JSON) -> String? {
    guard let amount = Amount(json: value) ?? value.string.flatMap(Amount.init(text:)) else {
      return "is no amount: write it like \"1.00 USD/2\""
    }
    if let asset = bounds.asset, asset != amount.asset {
      return "is in \(amount.asset) and the field in \(asset); give both in one asset"
    }
    if amount.minor < bounds.least ?? .min || amount.minor > bounds.most ?? .max {
      return "is outside of the field's own 'min' and 'max'; change one of them"
    }
    return nil
  }

  private func recordFault(_ value: JSON, _ record: RecordSchema) -> String? {
    guard let members = value.members else { return Self.otherType }
    for (name, value) in members {
      guard let field = record.fields.first(where: { $0.name.isSame(as: name) }) else {
        let suggestion = NearestName.suggestion(for: name, in: record.fields.map(\.name))
        return "has '\(name)', which isn't among the fields" + suggestion
      }
      if let fault = field.schema.fault(of: value) { return "has '\(name)', which \(fault)" }
    }
    let missing = record.fields.filter { !$0.schema.isOptional && $0.schema.defaultValue == nil }.first { field in
      !members.contains { $0.name.isSame(as: field.name) }
    }
    return missing.map { "lacks '\($0.name)', which isn't optional" }
  }

  private static func isNumber(_ value: Double, from least: Double?, to most: Double?) -> Bool {
    value >= least ?? -.infinity && value <= most ?? .infinity
  }

  /// Digits with or without a sign and a point between them, 18 at most.
  private static func isDecimal(_ text: String) -> Bool {
    let parts = (text.begins(with: "-") ? String(text.dropFirst()) : text).pieces(at: ".")
    return (1...2).contains(parts.count) && parts.allSatisfy { !$0.isEmpty && $0.isDigits }
      && parts.map(\.utf8.count).reduce(0, +) <= 18
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.pieces(at: "-")
    guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy(\.isDigits), let year = Int64(parts[0]),
      let month = Int64(parts[1]), let day = Int64(parts[2])
    else { return false }
    // The calendar repeats after 400 years, and is asked for one that it has.
    return CalendarDay(year: year % 400 + 2000, month: month, day: day) != nil
  }

  /// A day, `T`, the time with up to 9 decimals of its second, and `Z` or an offset.
  private static func isTimestamp(_ text: String) -> Bool {
    let halves = text.pieces(at: "T")
    guard halves.count == 2, isDate(String(halves[0])) else { return false }
    let time = Array(halves[1].utf8)
    guard time.count > 8, isClock(time[..<8], [23, 59, 59]) else { return false }
    var zone = time[8...]
    if zone.first == UInt8(ascii: ".") {
      let decimals = zone.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard (1...9).contains(decimals.count) else { return false }
      zone = zone.dropFirst(decimals.count + 1)
    }
    if zone.elementsEqual("Z".utf8) { return true }
    guard let sign = zone.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return false }
    return isClock(zone.dropFirst(), [23, 59])
  }

  /// Two digits for each of `most`, which none is over, with colons between them.
  private static func isClock(_ text: ArraySlice<UInt8>, _ most: [Int]) -> Bool {
    let numbers = String(decoding: text, as: UTF8.self).pieces(at: ":")
    return numbers.count == most.count && numbers.allSatisfy { $0.utf8.count == 2 && $0.isDigits }
      && zip(numbers, most).allSatisfy { Int($0) ?? .max <= $1 }
  }
}
