internal import Core

/// Reads the schemas in a plugin's table, and notes everything that is wrong with them.
struct SchemaReader {
  private(set) var problems: [PluginProblem] = []

  static let types = ["string", "integer", "number", "boolean", "amount", "account", "any"]
  private static let keys = [
    "type", "enum", "list", "record", "optional", "default", "min", "max", "description",
  ]

  mutating func record(_ json: JSON?, at path: [String]) -> RecordSchema {
    guard let members = json?.members else {
      note(path, json == nil ? "is missing; an empty table stands for no fields" : "must be a table of fields")
      return RecordSchema()
    }
    var fields: [ExactText: FieldSchema] = [:]
    for (name, value) in members {
      fields[name] = field(value, at: path + [name])
    }
    return RecordSchema(fields)
  }

  private mutating func note(_ path: [String], _ text: String) {
    problems.append(PluginProblem(path: path, text: text))
  }

  private mutating func field(_ json: JSON, at path: [String]) -> FieldSchema {
    if let name = json.string { return FieldSchema(type(name, json, at: path)) }
    guard let members = json.members, !members.isEmpty else {
      note(path, "must be a type's name or a table that describes the field: \"string\", { type = \"string\" }")
      return FieldSchema(.any)
    }
    for (key, _) in members where !Self.keys.contains(key) {
      note(path + [key], "unknown key '\(key)'" + NearestName.suggestion(for: key, in: Self.keys))
    }
    var field = FieldSchema(value(json, at: path))
    field.isOptional = boolean("optional", in: json, at: path)
    field.summary = text("description", in: json, at: path)
    if let value = json["default"] {
      field.defaultValue = value
      if !field.value.accepts(value) {
        note(path + ["default"], "'default' doesn't fit the field's own type; give a value that the field takes")
      }
    }
    return field
  }

  private mutating func boolean(_ key: String, in json: JSON, at path: [String]) -> Bool {
    guard let value = json[key] else { return false }
    if value.bool == nil { note(path + [key], "'\(key)' must be true or false") }
    return value.bool ?? false
  }

  private mutating func text(_ key: String, in json: JSON, at path: [String]) -> String? {
    guard let value = json[key] else { return nil }
    if value.string == nil { note(path + [key], "'\(key)' must be a text") }
    return value.string
  }

  private mutating func value(_ json: JSON, at path: [String]) -> ValueSchema {
    let given = ["type", "enum", "list", "record"].filter { json[$0] != nil }
    guard given.count == 1, let key = given.first, let value = json[key] else {
      note(path, "needs exactly one of 'type', 'enum', 'list', 'record'")
      return .any
    }
    let schema: ValueSchema
    switch key {
    case "type":
      schema = type(value.string, json, at: path + ["type"])
    case "enum":
      let names = (value.array ?? []).compactMap(\.string)
      if names.isEmpty || names.count != value.array?.count || Set(names.map(ExactText.init)).count != names.count {
        note(path + ["enum"], "'enum' must be a list of different texts: enum = { \"one\", \"other\" }")
      }
      schema = .options(names)
    case "list": schema = .list(field(value, at: path + ["list"]))
    default: schema = .record(record(value, at: path + ["record"]))
    }
    if !schema.isNumeric {
      for bound in ["min", "max"] where json[bound] != nil {
        note(path + [bound], "'\(bound)' is for integers and numbers only; take it out")
      }
    }
    return schema
  }

  private mutating func type(_ name: String?, _ json: JSON, at path: [String]) -> ValueSchema {
    switch name {
    case "any": return .any
    case "string": return .string
    case "boolean": return .boolean
    case "amount": return .amount
    case "account": return .account
    case "integer", "number":
      let minimum = bound("min", in: json, at: path)
      let maximum = bound("max", in: json, at: path)
      if let minimum, let maximum, minimum > maximum { note(path, "'min' is over 'max'; change one of them") }
      return name == "integer"
        ? .integer(minimum: minimum, maximum: maximum) : .number(minimum: minimum, maximum: maximum)
    default:
      let known = name.map { "unknown type '\($0)'" + NearestName.suggestion(for: $0, in: Self.types) }
      note(path, (known ?? "'type' must be a type's name") + "; the types are " + Self.types.joined(separator: ", "))
      return .any
    }
  }

  private mutating func bound(_ key: String, in json: JSON, at path: [String]) -> Double? {
    guard let value = json[key] else { return nil }
    if value.number == nil { note(path + [key], "'\(key)' must be a number") }
    return value.number
  }
}

extension ValueSchema {
  fileprivate var isNumeric: Bool {
    switch self {
    case .integer, .number: true
    // A type that wasn't understood has been reported already.
    default: false
    }
  }

  /// Whether `value` may stand for an absent field; what is nested in it is checked when a machine uses it.
  fileprivate func accepts(_ value: JSON) -> Bool {
    switch self {
    case .any: true
    case .string: value.string != nil
    case .boolean: value.bool != nil
    case .account: value.string.flatMap { AccountName($0) } != nil
    case .amount: Amount(json: value) != nil || value.string != nil
    case .integer(let minimum, let maximum):
      value.integer.map { Double($0) >= minimum ?? -.infinity && Double($0) <= maximum ?? .infinity } ?? false
    case .number(let minimum, let maximum):
      value.number.map { $0 >= minimum ?? -.infinity && $0 <= maximum ?? .infinity } ?? false
    case .options(let names): names.contains { value == .string($0) }
    case .list: value.array != nil || value.members?.isEmpty == true
    case .record: value.members != nil
    }
  }
}

extension JSON {
  /// The members of a Lua table with names as keys; an empty table has none. Nil for anything else.
  var members: [(name: String, value: JSON)]? {
    switch self {
    case .object(let object): object["$function"] == nil ? object.members : nil
    case .array(let elements): elements.isEmpty ? [] : nil
    default: nil
    }
  }
}
