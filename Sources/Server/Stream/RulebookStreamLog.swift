internal import Core
package import Decisions

/// The generations of the rulebook as a log of the stream, by number. Only the one that serves can be told of: of
/// those that came and went unseen the numbers are known.
package struct RulebookStreamLog: StreamLog {
  private let control: any HostControl

  /// The log of this host.
  package init(_ control: any HostControl) { self.control = control }

  /// The log's name in positions: `rulebook`.
  package var name: String { "rulebook" }
  /// It brings the rulebook's generations.
  package var topics: Set<StreamTopic> { [.rulebook] }

  /// Up to the generation that serves.
  package func bounds() async throws -> (oldest: UInt64, end: UInt64) {
    let number = UInt64(clamping: control.status.generation)
    return (number - min(number, 1), number)
  }

  /// See ``StreamLog/read(after:limit:)``.
  package func read(after position: UInt64, limit: Int) async throws -> StreamPage {
    let status = control.status
    let number = UInt64(clamping: status.generation)
    if number <= position { return StreamPage(next: position, isEnd: true) }
    let gap = number - position > 1 ? StreamPage.Gap(.expired, to: number - 1) : nil
    let event = StreamEvent(.rulebook, "generation", at: number, bytes: status.json.bytes)
    return StreamPage([event], next: number, gap: gap, isEnd: true)
  }
}
