import Core
import Foundation
import Platform
import Testing

/// Files, directories and locks, on a real disk.
struct FileTests {
  /// A directory that goes with the test.
  private final class Folder {
    let path = "\(FileManager.default.temporaryDirectory.path)/system-\(UUID().uuidString)"

    init() throws { try Directory.make(path) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func permissions(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func `a replaced file has the new content, is its owner's alone, and nothing is left beside it`() throws {
    let folder = try Folder()
    let path = folder.path + "/a"
    try File.replace(path, with: [1, 2, 3])
    try File.replace(path, with: Array(repeating: 7, count: 200_000))
    #expect(try File.read(path) == Array(repeating: 7, count: 200_000))
    #expect(try File.read(path, limit: 10).count == 11)
    #expect(try permissions(path) == 0o600)
    #expect(try Directory.entries(of: folder.path).map(\.name) == ["a"])
  }

  @Test func `a directory of more names than one read of it brings is listed whole, the longest among them`() throws {
    let folder = try Folder()
    let names = (1...400).map { String(repeating: "n", count: $0 % 252) + String(1000 + $0) }
      .map { String($0.suffix(255)) }
    for name in names { try File.make(folder.path + "/" + name) }
    #expect(try Directory.entries(of: folder.path).map(\.name).sorted() == names.sorted())
  }

  @Test func `many that replace one file at a time leave one of their contents whole`() async throws {
    let folder = try Folder()
    let path = folder.path + "/a"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 as Range<UInt8> {
        group.addTask { try File.replace(path, with: Array(repeating: number, count: 10_000)) }
      }
      try await group.waitForAll()
    }
    let content = try File.read(path)
    #expect(content.count == 10_000 && Set(content).count == 1)
    #expect(try Directory.entries(of: folder.path).map(\.name) == ["a"])
  }

  @Test func `a file that is made is its owner's alone, and keeps what it holds`() throws {
    let folder = try Folder()
    let path = folder.path + "/a"
    try File.make(path)
    #expect(try File.read(path) == [] && permissions(path) == 0o600)
    try File.replace(path, with: [1])
    chmod(path, 0o644)
    try File.make(path)
    #expect(try File.read(path) == [1] && permissions(path) == 0o600)
  }

  @Test func `what a killed process left of a replacement is in nobody's way`() throws {
    let folder = try Folder()
    let path = folder.path + "/a"
    for turn in 0..<1_000 { unsafe close(open("\(path).\(getpid())-\(turn).new", O_CREAT | O_WRONLY, 0o400)) }
    try File.replace(path, with: [1])
    #expect(try File.read(path) == [1])
  }

  @Test func `an error names what was asked, the path and the system's reason`() throws {
    let folder = try Folder()
    let missing = #expect(throws: FileError.self) { try File.read(folder.path + "/none") }
    #expect(missing?.isMissing == true)
    #expect(missing?.description == "can't open \(folder.path)/none: No such file or directory")
    let inFile = #expect(throws: FileError.self) {
      try File.replace(folder.path + "/a", with: [])
      try Directory.make(folder.path + "/a/b")
    }
    #expect(inFile?.action == "make the directory" && inFile?.reason == "Not a directory")
    #expect(StoreError(FileError("write", "/a", number: ENOSPC)).code == .full)
    #expect(
      StoreError(FileError("write", "/a", number: EIO))
        == StoreError(.io, "can't write /a", cause: "Input/output error"))
  }

  @Test func `directories are made with those above them, and may be there already`() throws {
    let folder = try Folder()
    let path = folder.path + "/a/b/c"
    try Directory.make(path)
    try Directory.make(path)
    #expect(try permissions(folder.path + "/a") == 0o700 && permissions(path) == 0o700)
    #expect(try FileSignature(path).isDirectory && !FileSignature(path).isOpenToOthers)
    #expect(Directory.parent(of: "a") == "." && Directory.parent(of: "/a") == "/" && Directory.parent(of: "a/b") == "a")
  }

  @Test func `entries leave out names that begin with a dot, and tell directories and links`() throws {
    let folder = try Folder()
    try File.replace(folder.path + "/file", with: [])
    try File.replace(folder.path + "/.hidden", with: [])
    try Directory.make(folder.path + "/directory")
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "file")
    let entries = try Directory.entries(of: folder.path).sorted { $0.name < $1.name }
    #expect(entries.map(\.name) == ["directory", "file", "link"])
    #expect(entries.map(\.mayBeLink) == [false, false, true] && entries[0].isDirectory && !entries[1].isDirectory)
  }

  @Test func `a signature changes with the content`() throws {
    let folder = try Folder()
    let path = folder.path + "/a"
    try File.replace(path, with: [1])
    let before = try FileSignature(path)
    #expect(try FileSignature(path) == before && before.isRegular && before.size == 1)
    try File.replace(path, with: [2])
    #expect(try FileSignature(path) != before)
    chmod(path, 0o644)
    #expect(try FileSignature(path).isOpenToOthers)
  }

  @Test func `numbered files sort as their numbers do`() throws {
    let folder = try Folder()
    let files = NumberedFiles(in: folder.path + "/numbers", ending: ".json")
    #expect(try files.numbers() == [])
    try Directory.make(files.directory)
    for number in [10, 9, 1_234_567_890_123] { try File.replace(files.path(of: number), with: []) }
    try File.replace(files.directory + "/x.json", with: [])
    try File.replace(files.directory + "/7.index", with: [])
    #expect(files.path(of: 9).hasSuffix("/numbers/000000000009.json"))
    #expect(try files.numbers() == [9, 10, 1_234_567_890_123])
  }

  @Test func `a lock is one's until it is let go`() throws {
    let folder = try Folder()
    let path = folder.path + "/lock"
    var lock = try FileLock(path)
    #expect(lock != nil)
    #expect(try FileLock(path) == nil)
    lock = nil
    #expect(try FileLock(path) != nil)
    #expect(throws: FileError.self) { try FileLock(folder.path + "/none/lock") }
  }

  @Test func `who waits for a lock gets it when the other lets go`() async throws {
    let folder = try Folder()
    let path = folder.path + "/lock"
    let count = 50
    try File.replace(path + "-count", with: [0])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count {
        group.addTask {
          try await BlockingPool.shared.run {
            let lock = try FileLock.waiting(for: path)
            let before = try File.read(path + "-count", limit: 1).first ?? 0
            try File.replace(path + "-count", with: [before + 1])
            withExtendedLifetime(lock) {}
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try File.read(path + "-count") == [UInt8(count)])
  }
}
