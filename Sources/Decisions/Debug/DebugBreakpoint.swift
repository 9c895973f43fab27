internal import Core

/// A place at which somebody wants a run to stop, or to say something.
struct DebugBreakpoint: Sendable, Equatable {
  /// Which passes of the line count.
  enum Hits: Sendable, Equatable {
    case all
    /// The pass of this number alone.
    case only(Int)
    /// This one and later ones.
    case from(Int)
    /// Each of so many.
    case every(Int)

    /// Reads `5`, `>= 5` and `% 5`; nil for any other text.
    init?(_ text: String) {
      let text = String(text.trimmed)
      guard let number = Int(text.drop { !$0.isWholeNumber }), number >= 1 else { return nil }
      switch String(text.prefix { !$0.isWholeNumber }).trimmed {
      case "", "==": self = .only(number)
      case ">=": self = .from(number)
      case ">": self = .from(number + 1)
      case "%": self = .every(number)
      default: return nil
      }
    }

    /// Whether the pass of this number counts, from 1.
    func take(_ pass: Int) -> Bool {
      switch self {
      case .all: true
      case .only(let number): pass == number
      case .from(let number): pass >= number
      case .every(let number): pass % number == 0
      }
    }
  }

  /// Its number, for whoever set it.
  var id: Int
  /// The line in its file.
  var line: Int
  /// An expression that must hold.
  var condition: String?
  /// Which passes count, from the beginning of the run.
  var hits = Hits.all
  /// What is said instead of stopping: text with expressions in braces.
  var message: String?

  /// The parts of a message: texts, and expressions that stood in braces.
  static func parts(_ message: String) -> [(text: String, isExpression: Bool)] {
    var parts: [(String, Bool)] = []
    var (text, isOpen) = ("", false)
    for character in message.unicodeScalars {
      if character == (isOpen ? "}" : "{") {
        if !text.isEmpty { parts.append((text, isOpen)) }
        (text, isOpen) = ("", !isOpen)
      } else {
        text.unicodeScalars.append(character)
      }
    }
    if !text.isEmpty { parts.append((isOpen ? "{" + text : text, false)) }
    return parts
  }
}
