import Core
import Glibc

/// What a git work tree says of a file: who changed it last, in which commit.
enum GitHistory {
  /// `3fc3ea3 of 2026-11-29 by Ada: the fee is 3 %`; nil outside of a work tree, for a file that isn't committed, and
  /// where there is no git. Blocks.
  static func last(_ path: String, in directory: String) -> String? {
    let arguments = ["git", "-C", directory, "log", "-1", "--format=%h of %as by %an: %s", "--", path]
    let text = output(arguments).map { String(decoding: $0, as: UTF8.self) }
    return text.flatMap { $0.pieces(at: "\n").first }.map { String($0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The most bytes that are read of a program.
  private static let limit = 64 << 10

  /// What a program prints; nil when it can't be run or ends with a failure. Blocks.
  private static func output(_ arguments: [String]) -> [UInt8]? {
    var pipes: [Int32] = [0, 0]
    guard pipe(&pipes) == 0 else { return nil }
    for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var child = pid_t()
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let spawned = posix_spawnp(&child, "git", &actions, nil, &words, environ)
    close(pipes[1])
    defer { close(pipes[0]) }
    guard spawned == 0 else { return nil }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit {
      let count = Glibc.read(pipes[0], &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      bytes += piece[..<count]
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status == 0 ? bytes : nil
  }
}
