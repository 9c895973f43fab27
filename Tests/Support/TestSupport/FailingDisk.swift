internal import Foundation

/// A disk that fails, or that kills who writes to it, as `Tests/Tools/Faults` says.
package enum FailingDisk {
  /// The failing disk can't be built.
  package struct Failure: Error {}

  /// The environment of a program on such a disk, which is built into `directory`. Throws when that fails.
  package static func environment(in directory: String, _ settings: [String: String]) throws -> [String: String] {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let source = Checkout.url.appending(path: "Tests/Tools/Faults/storage_faults.c")
    let library = "\(directory)/storage_faults.so"
    let compiler = ChildProcess()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", library, source.path]
    try compiler.run()
    compiler.waitUntilExit()
    if compiler.terminationStatus != 0 { throw Failure() }
    return settings.merging(["LD_PRELOAD": library]) { $1 }
  }
}
