extension DecisionDefinition {
  /// Classes for lua-language-server: `cascade.tier.assign.Input` and `cascade.tier.assign.Output`. O(fields).
  package var annotations: [String] {
    [("Input", input), ("Output", output)].flatMap { kind, record in
      ["---@class cascade.\(name).\(kind)"]
        + record.fields.map { field in
          let mark = field.schema.isOptional || field.schema.defaultValue != nil && kind == "Input" ? "?" : ""
          let summary = field.schema.summary.map { " " + $0.replacing("\n", with: " ") } ?? ""
          return "---@field \(field.name)\(mark) \(field.schema.annotation)\(summary)"
        } + [""]
    }
  }
}

extension FieldSchema {
  /// The type in lua-language-server's notation.
  fileprivate var annotation: String {
    switch value {
    case .any: "any"
    case .string, .account: "string"
    case .boolean: "boolean"
    case .amount: "cascade.Amount"
    case .integer: "integer"
    case .number: "number"
    case .options(let names): names.map { "\"\($0)\"" }.joined(separator: "|")
    case .list(let element): "(\(element.annotation))[]"
    case .record(let record):
      "{ "
        + record.fields.map { "\($0.name)\($0.schema.isOptional ? "?" : ""): \($0.schema.annotation)" }
        .joined(separator: ", ") + " }"
    }
  }
}
