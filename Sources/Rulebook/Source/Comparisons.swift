internal import Core

/// Finds comparisons of a declared field with a literal that it can't be.
struct Comparisons {
  /// What is known of the values.
  let inference: ShapeInference

  private static let signs: Set<String> = ["==", "~=", "<", "<=", ">", ">="]

  /// Every such comparison. O(nodes).
  var findings: [SourceFinding] {
    var findings: [SourceFinding] = []
    for (file, content) in inference.source.files.enumerated() where !content.path.isForSpecs {
      for node in content.tree.nodes {
        guard case .binary(let sign, let left, let right) = node.kind, Self.signs.contains(sign) else { continue }
        for (field, other) in [(left, right), (right, left)] {
          guard case .fields(let schemas, of: let what) = inference.shapes[file][field],
            let literal = Literal(other, in: content.tree), let clash = Self.clash(schemas, literal)
          else { continue }
          let result = sign == "==" ? "this is never true" : sign == "~=" ? "this is always true" : "this fails"
          findings.append(
            SourceFinding(
              code: .impossibleComparison, file: content, offset: node.mark.lowerBound,
              text: "\(what) is \(clash.kind), so \(result)\(clash.advice)"))
        }
      }
    }
    return findings
  }

  /// A literal as a comparison sees it.
  private enum Literal {
    case text(String), number, boolean

    init?(_ place: LuaTree.Place, in tree: LuaTree) {
      switch tree.nodes[tree.bare(place)].kind {
      case .constant(.string(let text?)): self = .text(text)
      case .constant(.number): self = .number
      case .constant(.boolean): self = .boolean
      case .unary("-", let operand):
        guard case .constant(.number) = tree.nodes[operand].kind else { return nil }
        self = .number
      default: return nil
      }
    }
  }

  /// What a field is that a literal can't be, and what to do.
  private typealias Clash = (kind: String, advice: String)

  /// Nil when by one of its schemas the field can be the literal.
  private static func clash(_ schemas: [FieldSchema], _ literal: Literal) -> Clash? {
    var last: Clash?
    for schema in schemas {
      guard let clash = clash(schema.value, literal) else { return nil }
      last = clash
    }
    return last
  }

  private static func clash(_ value: ValueSchema, _ literal: Literal) -> Clash? {
    switch (value, literal) {
    case (.any, _), (.string, .text), (.account, .text), (.boolean, .boolean), (.integer, .number), (.number, .number):
      nil
    case (.options(let names), .text(let text)):
      names.contains { $0.isSame(as: text) }
        ? nil
        : (
          "one of \(names.joined(separator: ", ")) and never '\(text)'", NearestName.suggestion(for: text, in: names)
        )
    case (.amount, .number): ("an amount and no number", "; compare its 'minor', or with amount(\"… USD/2\")")
    case (.amount, .text(let text)): ("an amount and no string", "; compare with amount(\"\(text)\")")
    case (.amount, .boolean): ("an amount and no boolean", "")
    case (.options, _), (.string, _), (.account, _): ("a string", "; write the literal in quotes")
    case (.boolean, _): ("a boolean", "; test it without a comparison")
    case (.integer, _), (.number, _): ("a number", "; write the literal without quotes")
    case (.list, _): ("a list", "; compare one of its elements, or its length with #")
    case (.record, _): ("a table", "; compare one of its fields")
    }
  }
}
