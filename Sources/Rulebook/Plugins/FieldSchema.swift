package import Core

/// What one value of a decision's input or output must be.
package indirect enum ValueSchema: Sendable, Equatable {
  case any, string, boolean, amount, account
  /// A text that is an exact decimal of up to 18 digits, a day of the calendar, or an instant with its offset.
  case decimal, date, timestamp
  /// A whole number between bounds.
  case integer(minimum: Double?, maximum: Double?)
  /// A finite number between bounds.
  case number(minimum: Double?, maximum: Double?)
  /// One of these texts.
  case options([String])
  /// One of these numbers.
  case numbers([Double])
  /// A list of such values.
  case list(FieldSchema)
  /// A table with any names and such values.
  case map(FieldSchema)
  /// A table with these fields and no others.
  case record(RecordSchema)
  /// The first of these that fits.
  case anyOf([FieldSchema])

  /// Whether each value of it is a text.
  var isText: Bool {
    switch self {
    case .string, .account, .options: true
    default: false
    }
  }
}

/// How long a text is, how many elements a list or map has, how large an amount is: none says nothing.
package struct ValueBounds: Sendable, Equatable {
  /// The fewest characters, elements or minor units.
  package var least: Int64?
  /// The most of them.
  package var most: Int64?
  /// What a whole text must fit.
  package var pattern: TextPattern?
  /// The asset that an amount must be of.
  package var asset: Asset?

  /// Bounds that any value keeps.
  package init() {}
}

/// A value with what holds for the field it stands in.
package struct FieldSchema: Sendable, Equatable {
  /// What the value must be.
  package var value: ValueSchema
  /// Its bounds, beside those of a number.
  package var bounds = ValueBounds()
  /// Whether it may be absent.
  package var isOptional = false
  /// What stands in for it when it is absent.
  package var defaultValue: JSON?
  /// One sentence for people.
  package var summary: String?

  /// A field that must be there.
  package init(_ value: ValueSchema) { self.value = value }
}

/// The fields of a table.
package struct RecordSchema: Sendable, Equatable {
  /// The fields, sorted by the bytes of their names, which are unique.
  package let fields: [Field]

  /// A field with its name.
  package struct Field: Sendable, Equatable {
    /// What the table calls it.
    package var name: String
    /// What it must be.
    package var schema: FieldSchema
  }

  /// A record of these fields. O(fields · log fields).
  package init(_ fields: [ExactText: FieldSchema] = [:]) {
    self.fields = fields.sorted { $0.key < $1.key }.map { Field(name: $0.key.text, schema: $0.value) }
  }
}
