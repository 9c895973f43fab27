/// One node of a decision's schema, in the flat form the machine reads: a node's children stand together
/// in the same array.
package struct SchemaNode: Sendable, Hashable {
  /// What a value must be.
  package enum Kind: Sendable, Hashable {
    case any, string, integer, number, boolean, amount, account
    /// One of the children's names.
    case options
    /// A list; the one child is its element.
    case list
    /// A record; the children are its fields, sorted by the bytes of their names.
    case record
    /// A text that is an exact decimal, a day, or an instant.
    case decimal, date, timestamp
    /// Any names with values of one type; the one child is the value.
    case map
    /// One of several numbers; the children have them as their minimum.
    case numbers
    /// The first of the children that fits.
    case anyOf
  }

  /// What a value must be.
  package var kind: Kind
  /// The field's or option's name; empty for a root or a list's element.
  package var name: String
  /// Whether the value may be absent.
  package var isOptional: Bool
  /// The least number that is allowed.
  package var minimum: Double?
  /// The greatest number that is allowed.
  package var maximum: Double?
  /// The fewest characters of a string, elements of a list or map, or minor units of an amount.
  package var least: Int64?
  /// The most of them.
  package var most: Int64?
  /// The Lua pattern of a string, which the whole text must fit; the asset of an amount.
  package var text: String?
  /// JSON text that stands in for an absent value.
  package var defaultJSON: String?
  /// The children's places in the array.
  package var children: Range<Int>

  /// A node; children and everything special may be left out.
  package init(
    kind: Kind, name: String = "", isOptional: Bool = false, minimum: Double? = nil, maximum: Double? = nil,
    least: Int64? = nil, most: Int64? = nil, text: String? = nil, defaultJSON: String? = nil,
    children: Range<Int> = 0..<0
  ) {
    self.kind = kind
    self.name = name
    self.isOptional = isOptional
    self.minimum = minimum
    self.maximum = maximum
    (self.least, self.most, self.text) = (least, most, text)
    self.defaultJSON = defaultJSON
    self.children = children
  }
}

/// A decision as a machine binds it.
package struct DecisionBinding: Sendable, Hashable {
  /// The name of the plugin.
  package var scope: String
  /// The plugin's main module.
  package var module: String
  /// The decision's name: `tier.assign`.
  package var name: String
  /// All nodes of both schemas.
  package var nodes: [SchemaNode]
  /// The place of the input's record.
  package var input: Int
  /// The place of the output's record.
  package var output: Int
  /// The host calls it declares, as places in the configuration's `hostCalls`.
  package var hostCalls: [Int]

  /// The binding of one decision.
  package init(
    scope: String, module: String, name: String, nodes: [SchemaNode], input: Int, output: Int, hostCalls: [Int]
  ) {
    self.scope = scope
    self.module = module
    self.name = name
    self.nodes = nodes
    self.input = input
    self.output = output
    self.hostCalls = hostCalls
  }
}
