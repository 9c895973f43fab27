internal import Core

extension RecordSchema {
  /// `json` with each empty table as this record wants it. A Lua table that holds nothing is neither a list nor a
  /// record, and becomes one of the two only where it is known which. O(size).
  func settingEmptyTables(_ json: JSON) -> JSON {
    guard let object = json.object else { return json == [] ? [:] : json }
    var settled = object
    for field in fields {
      if let value = object[field.name] { settled[field.name] = field.schema.settingEmptyTables(value) }
    }
    return .object(settled)
  }
}

extension FieldSchema {
  /// `json` with each empty table as this field wants it. O(size).
  func settingEmptyTables(_ json: JSON) -> JSON {
    switch value {
    case .record(let record): record.settingEmptyTables(json)
    case .list(let element):
      json == [:] ? [] : json.array.map { .array($0.map(element.settingEmptyTables)) } ?? json
    case .map(let element):
      json == []
        ? [:]
        : json.object.map { .object(JSON.Object($0.members.map { ($0.name, element.settingEmptyTables($0.value)) })) }
          ?? json
    default: json
    }
  }
}
