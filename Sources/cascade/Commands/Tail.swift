import ArgumentParser
import Core
import Outbound
import Synchronization
import Tokens

/// `cascade tail`: prints what happens on a running host, an event a line.
struct Tail: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints what happens on a running host, an event a line.",
    discussion: """
      The events of GET /v1/stream as {"event","id","data"}. When the connection breaks, it
      goes on behind the last event; what was left out meanwhile is an event 'gap'. Ends with
      2 at a gap, unless --allow-gap is given, or it is of topics that nothing keeps and came
      while nobody read.
      """)

  @OptionGroup var host: RunningHost
  @Option(help: "Of what, separated by commas: decisions,ledger,… (default: all)") var topics: String?
  @Option(help: "Which decisions: point:NAME, or point:PREFIX*.") var filter: String?
  @Option(help: "The id of the event after which to begin, or 'oldest'. (default: now)") var since: String?
  @Flag(help: "Goes on when something was left out.") var allowGap = false
  @Flag(help: "Ends when everything that was there is printed.") var once = false

  /// How long nothing may come before the host counts as gone: it says every 15 seconds that it lives.
  private static let silence = Duration.seconds(60)
  /// How long to wait before the next attempt.
  private static let pause = Duration.seconds(2)

  func run() async throws {
    let lines = TailLines(since: since, endsWhenLive: once, endsAtGap: !allowGap)
    var limits = OutboundLimits()
    // It ends when somebody ends it.
    limits.total = .seconds(100 * 366 * 86_400)
    let client = OutboundClient(limits: limits)
    while true {
      let problem = await read(lines, client)
      if let ending = lines.ending {
        await client.shutdown()
        if ending != .success { throw ending }
        return
      }
      if let problem {
        Output.note("error: \(problem)")
        await client.shutdown()
        throw lines.hasRead ? ExitCode.no : ExitCode.couldNotStart
      }
      Output.note("the connection to \(host.api) broke; reading on")
      try await Task.sleep(for: Self.pause)
    }
  }

  /// Reads until the connection ends; why the next attempt would fail as well, nil when it may not.
  private func read(_ lines: TailLines, _ client: OutboundClient) async -> String? {
    let response: Result<OutboundResponse, OutboundError>
    do {
      let request = try request(after: lines.last)
      response = await withTaskGroup(of: Result<OutboundResponse, OutboundError>?.self) { group in
        group.addTask {
          do throws(OutboundError) {
            return .success(try await client.receive(request) { lines.take($0) })
          } catch {
            return .failure(error)
          }
        }
        group.addTask {
          while !Task.isCancelled, lines.silence < Self.silence { try? await Task.sleep(for: .seconds(1)) }
          return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first ?? .failure(OutboundError(.timedOut, "the host is silent"))
      }
    } catch {
      return "\(error)"
    }
    switch response {
    case .success(let answer) where answer.status == 200: return nil
    case .success(let answer):
      let detail = (try? JSON(parsing: answer.body))?["detail"]?.string
      return detail ?? "\(host.api) answered \(answer.status)"
    case .failure(let error): return lines.hasRead ? nil : "no host answers at \(host.api): \(error)"
    }
  }

  private func request(after last: String?) throws -> OutboundRequest {
    var query: [String] = []
    for (name, value) in [("topics", topics), ("filter", filter), ("last_event_id", last)] {
      if let value { query.append("\(name)=\(PercentEncoding.text(value))") }
    }
    let parameters = query.isEmpty ? "" : "?" + query.joined(separator: "&")
    var request = try Address(host.api, option: "--api").request(.get, "/v1/stream\(parameters)")
    request.fields = [
      .init("accept", "application/x-ndjson"),
      .init("authorization", "Bearer \(try host.data.mintOperatorToken().text)"),
    ]
    return request
  }
}

/// What comes of a stream, line by line: printed, and remembered where to read on.
private final class TailLines: Sendable {
  private struct State {
    var rest: [UInt8] = []
    var last: String?
    var heard = ContinuousClock.now
    var hasRead = false
    /// Whether all that was kept has come, since it was connected last.
    var isLive = false
    var ending: ExitCode?
  }

  private let state: Mutex<State>
  private let endsWhenLive: Bool
  private let endsAtGap: Bool

  init(since: String?, endsWhenLive: Bool, endsAtGap: Bool) {
    state = Mutex(State(last: since))
    self.endsWhenLive = endsWhenLive
    self.endsAtGap = endsAtGap
  }

  /// The id after which to read on.
  var last: String? { state.withLock { $0.last } }
  /// Whether this host ever answered with a stream.
  var hasRead: Bool { state.withLock { $0.hasRead } }
  /// How to end; nil while there is no reason to.
  var ending: ExitCode? { state.withLock { $0.ending } }
  /// How long nothing has come.
  var silence: Duration { state.withLock { $0.heard.duration(to: .now) } }

  /// Takes a piece; false when no more is wanted.
  func take(_ bytes: [UInt8]) -> Bool {
    state.withLock { state in
      state.heard = .now
      state.hasRead = true
      state.rest += bytes
      while state.ending == nil, let end = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(state.rest[..<end])
        state.rest.removeFirst(end + 1)
        print(line, &state)
      }
      return state.ending == nil
    }
  }

  private func print(_ line: [UInt8], _ state: inout State) {
    guard let json = try? JSON(parsing: line, limits: JSON.ParsingLimits(bytes: 64 << 20)) else { return }
    let event = json["event"]?.string
    if event == "ping" { return }
    Output.write(json: String(decoding: line, as: UTF8.self))
    if let id = json["id"]?.string { state.last = id }
    if event == "hello" { state.isLive = false }
    // Of topics that nothing keeps something may always have come while nobody read.
    let isExpected = !state.isLive && json["data"]?["reason"] == "unkept"
    if event == "gap", endsAtGap, !isExpected { state.ending = .no }
    if event == "live" {
      state.isLive = true
      if endsWhenLive { state.ending = .success }
    }
  }
}
