internal import Core

extension DecisionDefinition {
  /// Classes for lua-language-server: `cascade.tier.assign.Input` and `cascade.tier.assign.Output`, and
  /// `cascade.tier.assign.Refusal` where it declares refusals. O(fields).
  package var annotations: [String] {
    let refusal = refused.isEmpty ? "cascade.Refusal?" : "cascade.\(name).Refusal|cascade.Refusal|nil"
    let decide = "fun(input: cascade.\(name).Input, host: cascade.Host): cascade.\(name).Output?, \(refusal)"
    let decision = ["---@class cascade.\(name).Decision: cascade.Decision", "---@field decide \(decide)", ""]
    return records + refused + decision
  }

  /// The refusals that it declares, each with what it says of it. A rule may answer any other as well, as a function
  /// that several rules call says no more than that it is a refusal.
  private var refused: [String] {
    guard let refusals, !refusals.isEmpty else { return [] }
    return ["---@alias cascade.\(name).RefusalCode"]
      + refusals.map { refusal in
        let summary = refusal.summary.isEmpty ? "" : " # " + AnnotationText.comment(refusal.summary)
        return "---| " + AnnotationText.quoted(refusal.code) + summary
      } + ["", "---@class cascade.\(name).Refusal: cascade.Refusal", "---@field code cascade.\(name).RefusalCode", ""]
  }

  private var records: [String] {
    [("Input", input), ("Output", output)].flatMap { kind, record in
      ["---@class cascade.\(name).\(kind)"]
        + record.fields.map { field in
          // What has a default is there when the rule looks, and need not be when the rule answers.
          let mark = field.schema.isOptional || field.schema.defaultValue != nil && kind == "Output" ? "?" : ""
          let summary = field.schema.summary.map { " " + AnnotationText.comment($0) } ?? ""
          return "---@field \(AnnotationText.key(field.name))\(mark) \(field.schema.annotation)\(summary)"
        } + [""]
    }
  }
}

extension FieldSchema {
  /// The type in lua-language-server's notation.
  fileprivate var annotation: String {
    switch value {
    case .any: "any"
    case .string, .account, .decimal, .date, .timestamp: "string"
    case .boolean: "boolean"
    case .amount: "cascade.Amount"
    case .integer: "integer"
    case .number: "number"
    case .options(let names): names.map(AnnotationText.quoted).joined(separator: "|")
    case .numbers(let numbers): numbers.map { JSON.number($0).text }.joined(separator: "|")
    case .list(let element): "(\(element.annotation))[]"
    case .map(let element): "table<string, \(element.annotation)>"
    case .anyOf(let forms): forms.map(\.annotation).joined(separator: "|")
    case .record(let record):
      "{ "
        + record.fields.map {
          "\(AnnotationText.key($0.name))\($0.schema.isOptional ? "?" : ""): \($0.schema.annotation)"
        }.joined(separator: ", ") + " }"
    }
  }
}

/// The texts of a rulebook in a Lua comment that annotates: each stays in its place and in its line.
enum AnnotationText {
  /// What people read: white space and line ends are one space each, other control characters are spelled out.
  static func comment(_ text: String) -> String {
    let spaced = text.byteLines.joined(separator: " ").unicodeScalars.map { $0 == "\t" || $0 == "\r" ? " " : $0 }
    return VisibleText.line(String(String.UnicodeScalarView(spaced)))
  }

  /// A field's name: as it is, or in brackets and quotes when it is no name in Lua.
  static func key(_ name: String) -> String {
    let isName =
      name.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "_"), 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
      }
    return isName ? name : "[\(quoted(name))]"
  }

  /// A string literal of Lua.
  static func quoted(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "\"") { out, scalar in
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case _ where VisibleText.isControl(scalar): out += VisibleText.escape(scalar)
      default: out.unicodeScalars.append(scalar)
      }
    } + "\""
  }
}
