internal import Core
internal import LuaRuntime

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
      Self.isForm(value, .decimal) ? nil : "is no decimal: write it like \"0.025\", 18 digits at most"
    case .date: Self.isForm(value, .date) ? nil : "is no date: write it like \"2026-11-29\""
    case .timestamp:
      Self.isForm(value, .timestamp) ? nil : "is no timestamp: write it like \"2026-11-29T10:00:00Z\""
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

  private static func isForm(_ value: JSON, _ kind: SchemaNode.Kind) -> Bool {
    value.string.map(kind.isForm(of:)) == true
  }

  private static func isNumber(_ value: Double, from least: Double?, to most: Double?) -> Bool {
    value >= least ?? -.infinity && value <= most ?? .infinity
  }
}
