import Foundation
import Glibc
@testable import Platform
import Testing

/// Sockets at paths, and what is in their way.
struct UnixListenerTests {
  /// A folder that goes away with the test.
  private final class Folder {
    let path = "/tmp/cascade-unix-\(UInt64.random(in: 0 ... .max))"
    init() { #expect(mkdir(path, 0o700) == 0) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    var socket: String { path + "/a.sock" }
  }

  @Test(arguments: [0o600, 0o660, 0o666] as [UInt32])
  func `a socket has its mode, whatever the process masks, and nothing else is left`(mode: UInt32) throws {
    let folder = Folder()
    let listener = try UnixListener(path: folder.socket, mode: mode)
    defer { close(listener.descriptor) }
    let signature = try FileSignature(folder.socket)
    #expect(signature.isSocket && signature.permissions == mode)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.sock"])
    listener.remove()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `what a process left behind is replaced, and what one listens on isn't`() throws {
    let folder = Folder()
    let first = try UnixListener(path: folder.socket, mode: 0o660)
    let refused = #expect(throws: FileError.self) { try UnixListener(path: folder.socket, mode: 0o660) }
    #expect(refused?.number == EADDRINUSE && UnixListener.problem(at: folder.socket)?.number == EADDRINUSE)
    // As when its process was killed: the file stays, and nobody listens.
    close(first.descriptor)
    #expect(UnixListener.problem(at: folder.socket) == nil)
    let second = try UnixListener(path: folder.socket, mode: 0o660)
    defer { close(second.descriptor) }
    // The first one's end doesn't take away what is the second one's.
    first.remove()
    #expect(UnixListener.problem(at: folder.socket)?.number == EADDRINUSE)
  }

  @Test func `a file that is no socket, a missing folder and a long path are told`() throws {
    let folder = Folder()
    try Data("mine".utf8).write(to: URL(filePath: folder.socket))
    let taken = #expect(throws: FileError.self) { try UnixListener(path: folder.socket, mode: 0o660) }
    #expect(taken?.number == EEXIST)
    #expect(try String(contentsOfFile: folder.socket, encoding: .utf8) == "mine")
    let missing = #expect(throws: FileError.self) { try UnixListener(path: folder.path + "/no/a.sock", mode: 0o660) }
    #expect(missing?.number == ENOENT)
    let long = folder.path + "/" + String(repeating: "x", count: UnixListener.mostPathBytes)
    let tooLong = #expect(throws: FileError.self) { try UnixListener(path: long, mode: 0o660) }
    #expect(tooLong?.number == ENAMETOOLONG)
  }
}
