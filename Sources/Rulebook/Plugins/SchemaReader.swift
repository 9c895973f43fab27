internal import Core

/// Reads the schemas in a plugin's table, and notes everything that is wrong with them.
struct SchemaReader {
  private(set) var problems: [PluginProblem] = []

  static let types = [
    "string", "integer", "number", "boolean", "amount", "account", "decimal", "date", "timestamp", "any",
  ]
  private static let forms = ["type", "enum", "list", "map", "record", "any_of"]
  private static let keys =
    forms + [
      "optional", "default", "description", "min", "max", "asset", "min_length", "max_length", "pattern", "min_items",
      "max_items",
    ]
  /// Forms of an `any_of`: each is tried with a value before one is taken.
  private static let mostForms = 8
  /// The fields of one record that a machine takes.
  private static let mostFields = 1_024

  mutating func record(_ json: JSON?, at path: [String]) -> RecordSchema {
    guard let members = json?.members else {
      note(path, json == nil ? "is missing; an empty table stands for no fields" : "must be a table of fields")
      return RecordSchema()
    }
    if members.count > Self.mostFields {
      note(path, "a record has at most \(Self.mostFields) fields; make records or a map of some")
    }
    var fields: [ExactText: FieldSchema] = [:]
    for (name, value) in members {
      fields[name] = field(value, at: path + [name])
    }
    return RecordSchema(fields)
  }

  mutating func note(_ path: [String], _ text: String) {
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
    field.bounds = bounds(of: field.value, in: json, at: path)
    field.isOptional = boolean("optional", in: json, at: path)
    field.summary = text("description", in: json, at: path)
    if let value = json["default"] {
      field.defaultValue = value
      if let fault = field.fault(of: value) { note(path + ["default"], "'default' \(fault)") }
    }
    return field
  }

  private mutating func boolean(_ key: String, in json: JSON, at path: [String]) -> Bool {
    guard let value = json[key] else { return false }
    if value.bool == nil { note(path + [key], "'\(key)' must be true or false") }
    return value.bool ?? false
  }

  mutating func text(_ key: String, in json: JSON, at path: [String]) -> String? {
    guard let value = json[key] else { return nil }
    if value.string == nil { note(path + [key], "'\(key)' must be a text") }
    return value.string
  }

  private mutating func value(_ json: JSON, at path: [String]) -> ValueSchema {
    let given = Self.forms.filter { json[$0] != nil }
    guard given.count == 1, let key = given.first, let value = json[key] else {
      note(path, "needs exactly one of " + Self.forms.map { "'\($0)'" }.joined(separator: ", "))
      return .any
    }
    switch key {
    case "type": return type(value.string, json, at: path + ["type"])
    case "enum": return options(value, at: path + ["enum"])
    case "list": return .list(field(value, at: path + ["list"]))
    case "map": return .map(field(value, at: path + ["map"]))
    case "any_of": return anyOf(value, at: path + ["any_of"])
    default: return .record(record(value, at: path + ["record"]))
    }
  }

  private mutating func options(_ json: JSON, at path: [String]) -> ValueSchema {
    let elements = json.array ?? []
    let names = elements.compactMap(\.string)
    let numbers = elements.compactMap(\.number)
    if !numbers.isEmpty, numbers.count == elements.count, Set(numbers).count == numbers.count {
      return .numbers(numbers)
    }
    if names.isEmpty || names.count != elements.count || Set(names.map(ExactText.init)).count != names.count {
      note(path, "'enum' must be a list of different texts, or of different numbers: enum = { \"one\", \"other\" }")
    }
    return .options(names)
  }

  private mutating func anyOf(_ json: JSON, at path: [String]) -> ValueSchema {
    let forms = (json.array ?? []).map { field($0, at: path) }
    if !(2...Self.mostForms).contains(forms.count) {
      note(path, "'any_of' must be a list of 2 to \(Self.mostForms) types: any_of = { \"string\", \"integer\" }")
    }
    if forms.contains(where: { $0.isOptional || $0.defaultValue != nil }) {
      note(path, "'optional' and 'default' stand beside 'any_of', not in it; move them out")
    }
    return .anyOf(forms)
  }

  private mutating func type(_ name: String?, _ json: JSON, at path: [String]) -> ValueSchema {
    switch name {
    case "any": return .any
    case "string": return .string
    case "boolean": return .boolean
    case "amount": return .amount
    case "account": return .account
    case "decimal": return .decimal
    case "date": return .date
    case "timestamp": return .timestamp
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
