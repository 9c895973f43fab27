package import Core

extension RecordSchema {
  /// The record as JSON Schema, draft 2020-12, for a document of its own. O(fields).
  package var jsonSchema: JSON {
    var object = JSON.Object([(name: "$schema", value: "https://json-schema.org/draft/2020-12/schema")])
    for (name, value) in members.members { object.append(name, value) }
    return .object(object)
  }

  fileprivate var members: JSON.Object {
    let required = fields.filter { !$0.schema.isOptional && $0.schema.defaultValue == nil }
    return JSON.Object([
      (name: "type", value: "object"),
      (name: "properties", value: .object(JSON.Object(fields.map { (name: $0.name, value: $0.schema.jsonSchema) }))),
      (name: "required", value: .array(required.map { .string($0.name) })),
      (name: "additionalProperties", value: false),
    ])
  }
}

extension FieldSchema {
  /// The field as JSON Schema. O(size).
  package var jsonSchema: JSON {
    var object = members
    object["default"] = defaultValue.map(settingEmptyTables)
    object["description"] = summary.map { .string($0) }
    return .object(object)
  }

  private var members: JSON.Object {
    switch value {
    case .any: JSON.Object()
    case .string: text()
    case .boolean: JSON.Object([(name: "type", value: "boolean")])
    case .amount: amount
    case .account:
      JSON.Object([
        (name: "type", value: "string"), (name: "maxLength", value: .integer(Int64(AccountName.maximumLength))),
        (name: "pattern", value: "^[a-zA-Z0-9_-]+(:[a-zA-Z0-9_-]+)*$"),
      ])
    case .decimal: text(pattern: "^-?[0-9]+(\\.[0-9]+)?$")
    case .date: text(format: "date")
    case .timestamp: text(format: "date-time")
    case .integer(let minimum, let maximum): Self.number("integer", minimum, maximum)
    case .number(let minimum, let maximum): Self.number("number", minimum, maximum)
    case .options(let names): JSON.Object([(name: "enum", value: .array(names.map { .string($0) }))])
    case .numbers(let numbers): JSON.Object([(name: "enum", value: .array(numbers.map(JSON.number)))])
    case .list(let element):
      counted("Items", JSON.Object([(name: "type", value: "array"), (name: "items", value: element.jsonSchema)]))
    case .map(let element):
      counted(
        "Properties",
        JSON.Object([(name: "type", value: "object"), (name: "additionalProperties", value: element.jsonSchema)]))
    case .record(let record): record.members
    case .anyOf(let forms): JSON.Object([(name: "anyOf", value: .array(forms.map(\.jsonSchema)))])
    }
  }

  private func text(format: String? = nil, pattern: String? = nil) -> JSON.Object {
    var object = counted("Length", JSON.Object([(name: "type", value: "string")]))
    object["format"] = format.map { .string($0) }
    object["pattern"] = (pattern ?? bounds.pattern?.regex).map { .string($0) }
    return object
  }

  private func counted(_ what: String, _ object: JSON.Object) -> JSON.Object {
    var object = object
    object["min" + what] = bounds.least.map { .integer($0) }
    object["max" + what] = bounds.most.map { .integer($0) }
    return object
  }

  private static func number(_ type: String, _ minimum: Double?, _ maximum: Double?) -> JSON.Object {
    var object = JSON.Object([(name: "type", value: .string(type))])
    object["minimum"] = minimum.map(JSON.number)
    object["maximum"] = maximum.map(JSON.number)
    return object
  }

  private var amount: JSON.Object {
    let name = "[A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?"
    let asset: JSON =
      bounds.asset.map { ["const": .string($0.name)] } ?? ["type": "string", "pattern": .string("^\(name)$")]
    var minor = JSON.Object([(name: "type", value: "integer")])
    minor["minimum"] = bounds.least.map { .integer($0) }
    minor["maximum"] = bounds.most.map { .integer($0) }
    let written = bounds.asset?.name ?? name
    return JSON.Object([
      (
        name: "oneOf",
        value: [
          [
            "type": "object",
            "properties": ["asset": asset, "minor": .object(minor)],
            "required": ["asset", "minor"],
            "additionalProperties": false,
          ],
          ["type": "string", "pattern": .string("^-?[0-9]+(\\.[0-9]+)? \(written)$")],
        ]
      )
    ])
  }
}

extension JSON {
  /// A number as it is written: whole where it is.
  package static func number(_ value: Double) -> JSON { Int64(exactly: value).map { .integer($0) } ?? .double(value) }
}
