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

  /// Nil when by one of its schemas the field can be the literal.
  private static func clash(_ schemas: [FieldSchema], _ literal: Literal) -> Literal.Clash? {
    var last: Literal.Clash?
    for schema in schemas {
      guard let clash = literal.clash(schema.value) else { return nil }
      last = clash
    }
    return last
  }
}
