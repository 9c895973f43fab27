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
    object["default"] = defaultValue
    object["description"] = summary.map { .string($0) }
    return .object(object)
  }

  private var members: JSON.Object {
    switch value {
    case .any: JSON.Object()
    case .string: JSON.Object([(name: "type", value: "string")])
    case .boolean: JSON.Object([(name: "type", value: "boolean")])
    case .amount: Self.amount
    case .account:
      JSON.Object([
        (name: "type", value: "string"), (name: "maxLength", value: .integer(Int64(AccountName.maximumLength))),
        (name: "pattern", value: "^[a-zA-Z0-9_-]+(:[a-zA-Z0-9_-]+)*$"),
      ])
    case .integer(let minimum, let maximum): Self.number("integer", minimum, maximum)
    case .number(let minimum, let maximum): Self.number("number", minimum, maximum)
    case .options(let names): JSON.Object([(name: "enum", value: .array(names.map { .string($0) }))])
    case .list(let element):
      JSON.Object([(name: "type", value: "array"), (name: "items", value: element.jsonSchema)])
    case .record(let record): record.members
    }
  }

  private static func number(_ type: String, _ minimum: Double?, _ maximum: Double?) -> JSON.Object {
    var object = JSON.Object([(name: "type", value: .string(type))])
    object["minimum"] = minimum.map(bound)
    object["maximum"] = maximum.map(bound)
    return object
  }

  private static func bound(_ value: Double) -> JSON {
    Int64(exactly: value).map { .integer($0) } ?? .double(value)
  }

  private static let amount = JSON.Object([
    (
      name: "oneOf",
      value: [
        [
          "type": "object",
          "properties": [
            "asset": ["type": "string", "pattern": "^[A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?$"],
            "minor": ["type": "integer"],
          ],
          "required": ["asset", "minor"],
          "additionalProperties": false,
        ],
        ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)? [A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?$"],
      ]
    )
  ])
}
