internal import Core

/// Answers of Venice that hosts keep for each other, for as long as one keeps its own. What can't be read there is
/// asked of Venice, and what can't be written is not kept: nobody waits for it twice.
struct SharedAnswers: Sendable {
  private let store: any ExpiringStore
  private let life: Duration

  /// Answers in `store`, each for `life`.
  init(_ store: any ExpiringStore, life: Duration) {
    self.store = store
    self.life = life
  }

  /// The answer to a `GET` of `path`; nil when none is kept.
  func answer(to path: String) async -> VeniceResponse? {
    guard let bytes = try? await store.value(under: Self.key(path)), bytes.count >= 2 else { return nil }
    return VeniceResponse(status: Int(bytes[0]) << 8 | Int(bytes[1]), body: Array(bytes.dropFirst(2)))
  }

  /// Keeps an answer; one that is too long is not kept.
  func keep(_ response: VeniceResponse, for path: String) async {
    guard let status = UInt16(exactly: response.status) else { return }
    let bytes = [UInt8(status >> 8), UInt8(status & 0xff)] + response.body
    try? await store.put(bytes, under: Self.key(path), for: life)
  }

  private static func key(_ path: String) -> ExpiringKey { ExpiringKey(.directory, path) }
}
