package import Core

extension RecordComparison {
  /// One record of a report as a line of its own:
  /// `{"record","point","class","reason","file","line","input","before","after"}`; of a value with more than `most`
  /// bytes only how many it has. O(size · names).
  package func line(_ question: RecordedQuestion, _ names: inout SubjectNames, most: Int = .max) -> JSON {
    func shown(_ value: JSON, _ names: inout SubjectNames) -> JSON {
      let value = names.shown(value)
      if most == .max { return value }
      let count = value.bytes.count
      return count <= most ? value : ["bytes": .integer(Int64(count))]
    }
    var object = JSON.Object([
      (name: "record", value: .string(record.description)), (name: "point", value: .string(point)),
      (name: "class", value: .string(kind.rawValue)),
    ])
    object["reason"] = reason.map { names.shown(.string($0)) }
    object["file"] = parting.map { .string($0.file) }
    object["line"] = parting.map { .integer(Int64($0.line)) }
    object.append("input", shown(question.record.input, &names))
    object["before"] = before.map { shown($0.json, &names) }
    object["after"] = after.map { shown($0.json, &names) }
    return .object(object)
  }
}
