internal import Core

/// Who reads the stream, which decides what is shown.
package enum StreamViewer: Sendable, Equatable {
  /// An operator, who sees everything.
  case `operator`(String)
  /// A citizen, who sees what is its own.
  case citizen(String)

  /// By what its readers are counted.
  var subject: String {
    switch self {
    case .operator(let requester): requester
    case .citizen(let name): StreamViewer.citizenPrefix + name
    }
  }

  /// What requesters that are citizens begin with.
  static let citizenPrefix = "citizen:"
}

/// From where a stream is wanted.
package enum StreamStart: Sendable, Equatable {
  /// What comes from now on.
  case live
  /// From the oldest that is kept.
  case oldest
  /// After what this cursor has seen.
  case after(StreamCursor)
}

/// What a reader wants.
package struct StreamRequest: Sendable {
  /// What it wants to be told of.
  package var topics: Set<StreamTopic>
  /// Which decisions: `bridge.quote`, or `bridge.*` for all that begin so; nil for all.
  package var point: String?
  /// Where reading begins: now, unless the request says another place.
  package var start = StreamStart.live
  /// How it is written.
  package var form = StreamForm.events

  /// A wish for these topics.
  package init(topics: Set<StreamTopic>) { self.topics = topics }

  /// Reads the parameters of a request by `viewer`. `lastID` is the header's, which wins. Throws `invalid_input` that
  /// names the parameter, and `forbidden` for topics that are the operators'.
  package init(
    topics: String?, filter: String?, lastID: String?, accept: String?, viewer: StreamViewer
  ) throws(ProblemDocument) {
    self.topics = try Self.topics(topics, viewer)
    point = try filter.map(Self.point)
    form = StreamForm(accept: accept)
    switch lastID {
    case nil, "": start = .live
    case "oldest": start = .oldest
    case let text?:
      guard let cursor = StreamCursor(text) else {
        throw ProblemDocument(.invalidInput, "last_event_id wants the id of an event, or 'oldest'")
      }
      start = .after(cursor)
    }
  }

  private static func topics(_ text: String?, _ viewer: StreamViewer) throws(ProblemDocument) -> Set<StreamTopic> {
    let allowed: [StreamTopic]
    if case .citizen = viewer { allowed = StreamTopic.forCitizens } else { allowed = StreamTopic.plain }
    guard let text, !text.isEmpty else { return Set(allowed) }
    var topics: Set<StreamTopic> = []
    for name in text.pieces(at: ",", most: StreamLimits.topics) {
      guard let topic = StreamTopic(name) else {
        let known = StreamTopic.plain.map(\.name).joined(separator: ", ")
        throw ProblemDocument(.invalidInput, "topics has no '\(name)'; there are \(known) and backtest:ID")
      }
      if case .citizen = viewer, !allowed.contains(topic) {
        throw ProblemDocument(.forbidden, "the topic '\(topic.name)' is for operators")
      }
      topics.insert(topic)
    }
    return topics
  }

  private static func point(_ text: String) throws(ProblemDocument) -> String {
    guard let point = text.rest(behind: "point:"), !point.isEmpty, point.dropLast().allSatisfy({ $0 != "*" }) else {
      throw ProblemDocument(.invalidInput, "filter wants point:NAME or point:PREFIX*, got '\(text)'")
    }
    return String(point)
  }

  /// Whether the reader wants this event and may see it.
  func takes(_ event: StreamEvent, _ viewer: StreamViewer) -> Bool {
    guard topics.contains(event.topic) else { return false }
    if case .citizen(let name) = viewer, event.citizen?.isSame(as: name) != true { return false }
    guard let wanted = point, let point = event.point else { return true }
    return wanted.ends(with: "*") ? point.begins(with: String(wanted.dropLast())) : point == wanted
  }
}
