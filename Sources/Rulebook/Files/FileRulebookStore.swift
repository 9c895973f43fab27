package import Core
internal import Platform
internal import Synchronization

/// Rulebooks in files of a data directory, for the one host that runs on it: each rulebook in `rulebooks/`, and in
/// `generation` a line of the last number that was taken and the current activation's number, digest and milliseconds
/// since 1970, and the digest that a rollback set aside, if one did. The first stage kept the last number alone.
package final class FileRulebookStore: RulebookStore {
  fileprivate struct State {
    /// The last number that was taken.
    var last = 0
    var current: RulebookActivation?
  }

  private let archive: RulebookArchive
  private let path: String
  /// Held while a file is written, on a thread that may wait.
  private let state: Mutex<State>

  /// The most bytes of the line in the file.
  private static let lineBytes = 256

  /// The rulebooks in `directory`, which is made when it isn't there. Blocks. Throws when the last activation can't be
  /// read.
  package init(directory: String) throws(StoreError) {
    archive = RulebookArchive(directory: directory + "/rulebooks")
    path = directory + "/generation"
    state = Mutex(try Self.read(directory, path))
  }

  /// The last number that was taken in `directory`; 0 when none was. Blocks. Throws when it can't be read.
  package static func lastNumber(in directory: String) throws(StoreError) -> Int {
    try read(directory, directory + "/generation").last
  }

  /// See ``RulebookStore/stage(_:)``.
  package func stage(_ snapshot: RulebookSnapshot) async throws(StoreError) -> Int {
    try await LoadingThread.run { [self] in
      state.withLock { state in Result { () throws(StoreError) in try stage(snapshot, &state) } }
    }.get()
  }

  /// See ``RulebookStore/snapshot(_:)``.
  package func snapshot(_ digest: String) async throws(StoreError) -> RulebookSnapshot? {
    try await LoadingThread.run { [self] in Result { () throws(StoreError) in try load(digest) } }.get()
  }

  /// See ``RulebookStore/activate(_:)``.
  package func activate(_ activation: RulebookActivation) async throws(StoreError) {
    try await LoadingThread.run { [self] in
      state.withLock { state in Result { () throws(StoreError) in try activate(activation, &state) } }
    }.get()
  }

  /// See ``RulebookStore/current()``.
  package func current() async throws(StoreError) -> RulebookActivation? { state.withLock { $0.current } }

  private func load(_ digest: String) throws(StoreError) -> RulebookSnapshot? {
    do throws(RulebookError) {
      return try archive.load(digest: digest)
    } catch {
      throw StoreError(.corrupt, error.message)
    }
  }

  private func stage(_ snapshot: RulebookSnapshot, _ state: inout State) throws(StoreError) -> Int {
    do throws(RulebookError) { try archive.store(snapshot) } catch { throw StoreError(.io, error.message) }
    var next = state
    let (number, isUsedUp) = state.last.addingReportingOverflow(1)
    if isUsedUp { throw StoreError(.full, "all numbers of generations are used up") }
    next.last = number
    try write(next)
    state = next
    return next.last
  }

  private func activate(_ activation: RulebookActivation, _ state: inout State) throws(StoreError) {
    guard archive.has(activation.digest), activation.number <= state.last,
      activation.number > state.current?.number ?? 0
    else { throw .notStaged(activation) }
    var next = state
    next.current = activation
    try write(next)
    state = next
  }

  private func write(_ state: State) throws(StoreError) {
    let current = state.current.map { current in
      " \(current.number) \(current.digest) \(current.milliseconds)" + (current.setAside.map { " " + $0 } ?? "")
    }
    do throws(FileError) {
      try File.replace(path, with: Array("\(state.last)\(current ?? "")\n".utf8))
    } catch {
      throw StoreError(.io, "can't write \(path): \(error.reason)")
    }
  }

  private static func read(_ directory: String, _ path: String) throws(StoreError) -> State {
    let text: String
    do throws(FileError) {
      try Directory.make(directory)
    } catch {
      throw StoreError(.io, "can't make \(directory): \(error.reason)")
    }
    do throws(FileError) {
      text = String(decoding: try File.read(path, limit: lineBytes), as: UTF8.self)
    } catch {
      guard error.isMissing else { throw StoreError(.io, "can't read \(path): \(error.reason)") }
      return State()
    }
    guard let state = State(text) else {
      throw StoreError(
        .corrupt,
        "\(path) should hold the last generation's number; write a number into it that is "
          + "higher than any in the decision records")
    }
    return state
  }
}

extension FileRulebookStore.State {
  /// The state that a line tells; nil when it tells none.
  fileprivate init?(_ line: String) {
    let words = String(line.trimmed).words()
    guard let last = words.first.flatMap({ Int($0) }), last >= 0 else { return nil }
    self.init(last: last)
    if words.count == 1 { return }
    guard words.count == 4 || words.count == 5, let number = Int(words[1]), (1...max(1, last)).contains(number),
      let milliseconds = Int64(words[3])
    else { return nil }
    current = RulebookActivation(
      number: number, digest: String(words[2]), milliseconds: milliseconds,
      setAside: words.count == 5 ? String(words[4]) : nil)
  }
}
