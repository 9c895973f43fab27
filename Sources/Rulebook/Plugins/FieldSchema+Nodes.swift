internal import Core
package import LuaRuntime

/// Builds the flat form of schemas that machines bind.
package struct SchemaNodes: Sendable {
  /// All nodes so far.
  package private(set) var nodes: [SchemaNode] = []

  /// A list without any node.
  package init() {}

  /// Adds a record as a root and gives its place. O(fields).
  package mutating func add(_ record: RecordSchema) -> Int {
    nodes.append(SchemaNode(kind: .record))
    let root = nodes.count - 1
    fill(root, FieldSchema(.record(record)), name: "")
    return root
  }

  // A node's children stand together, so their places are taken before any of them is filled.
  private mutating func fill(_ place: Int, _ field: FieldSchema, name: String) {
    var node = SchemaNode(
      kind: .any, name: name, isOptional: field.isOptional, least: field.bounds.least, most: field.bounds.most,
      text: field.bounds.pattern?.text ?? field.bounds.asset?.name,
      defaultJSON: field.defaultValue.map { field.settingEmptyTables($0).text })
    var children: [(name: String, field: FieldSchema)] = []
    switch field.value {
    case .any: node.kind = .any
    case .string: node.kind = .string
    case .boolean: node.kind = .boolean
    case .amount: node.kind = .amount
    case .account: node.kind = .account
    case .integer(let minimum, let maximum):
      node.kind = .integer
      (node.minimum, node.maximum) = (minimum, maximum)
    case .number(let minimum, let maximum):
      node.kind = .number
      (node.minimum, node.maximum) = (minimum, maximum)
    case .decimal: node.kind = .decimal
    case .date: node.kind = .date
    case .timestamp: node.kind = .timestamp
    case .options(let names):
      node.kind = .options
      children = names.map { ($0, FieldSchema(.any)) }
    case .numbers(let numbers):
      node.kind = .numbers
      children = numbers.map { ("", FieldSchema(.number(minimum: $0, maximum: nil))) }
    case .map(let element):
      node.kind = .map
      children = [("", element)]
    case .anyOf(let forms):
      node.kind = .anyOf
      children = forms.map { ("", $0) }
    case .list(let element):
      node.kind = .list
      children = [("", element)]
    case .record(let record):
      node.kind = .record
      children = record.fields.map { ($0.name, $0.schema) }
    }
    node.children = children.isEmpty ? 0..<0 : nodes.count..<(nodes.count + children.count)
    nodes[place] = node
    nodes += children.map { SchemaNode(kind: .any, name: $0.name) }
    for (child, (name, field)) in zip(node.children, children) { fill(child, field, name: name) }
  }
}
