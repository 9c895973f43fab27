internal import Core

extension FieldSchema {
  /// What the field takes, as people read it: `amount in USD/2, at least 1.00 USD/2`. O(size).
  var words: String {
    var parts = [kind]
    parts += bounds(of: value)
    if isOptional { parts.append("may be left out") }
    if let defaultValue { parts.append("\(settingEmptyTables(defaultValue).text) when left out") }
    return parts.joined(separator: ", ")
  }

  private var kind: String {
    switch value {
    case .any: "anything"
    case .string: "text"
    case .boolean: "true or false"
    case .amount: bounds.asset.map { "amount in \($0.name)" } ?? "amount"
    case .account: "account"
    case .decimal: "exact decimal"
    case .date: "day"
    case .timestamp: "moment"
    case .integer: "whole number"
    case .number: "number"
    case .options(let names): "one of " + names.joined(separator: ", ")
    case .numbers(let numbers): "one of " + numbers.map { JSON.number($0).text }.joined(separator: ", ")
    case .list(let element): "list of \(element.words)"
    case .map(let element): "by name: \(element.words)"
    case .record(let record):
      "{ " + record.fields.map { "\($0.name): \($0.schema.words)" }.joined(separator: "; ") + " }"
    case .anyOf(let forms): forms.map(\.words).joined(separator: ", or ")
    }
  }

  private func bounds(of value: ValueSchema) -> [String] {
    func sides(_ least: String?, _ most: String?, _ unit: String = "") -> [String] {
      [least.map { "at least \($0)\(unit)" }, most.map { "at most \($0)\(unit)" }].compactMap(\.self)
    }
    switch value {
    case .integer(let minimum, let maximum), .number(let minimum, let maximum):
      return sides(minimum.map { JSON.number($0).text }, maximum.map { JSON.number($0).text })
    case .amount:
      guard let asset = bounds.asset else { return [] }
      return sides(
        bounds.least.map { Amount($0, asset).description }, bounds.most.map { Amount($0, asset).description })
    case .string:
      let pattern = bounds.pattern.map { ["fits \($0.text)"] } ?? []
      return sides(bounds.least.map { "\($0)" }, bounds.most.map { "\($0)" }, " characters") + pattern
    case .list, .map: return sides(bounds.least.map { "\($0)" }, bounds.most.map { "\($0)" }, " entries")
    default: return []
    }
  }
}
