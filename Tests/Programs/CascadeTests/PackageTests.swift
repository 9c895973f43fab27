import Core
import Foundation
import PeerTesting
import Testing

/// The package as `make package` builds it, of the program with Swift's runtime inside and without what only a debugger
/// reads.
final class BuiltPackage: Sendable {
  /// Where it lies.
  let path: String
  private let scratch: Scratch

  /// One for all tests that only look at it.
  static let shared = Result { try BuiltPackage(in: Scratch(), compression: "gzip") }

  /// What is packed, made once; it stays beside the program.
  private static let program = Result {
    let program = Program.path + "-released"
    let script = Program.package.appending(path: "Tests/Peers/static_program.py").path()
    let linked = try Program.run([script, Program.path, program], executable: "/usr/bin/python3")
    #expect(linked.code == 0, "\(linked.error)")
    #expect(try Program.run(["--strip-all", program], executable: "/usr/bin/objcopy").code == 0)
    return program
  }

  static func packaging(_ name: String) -> String { Program.package.appending(path: ".packaging/\(name)").path() }

  init(in scratch: Scratch, compression: String) throws {
    self.scratch = scratch
    let program = try Self.program.get()
    let built = try Program.run(
      [program, scratch.url.appending(path: UUID().uuidString).path()], environment: ["COMPRESSION": compression],
      executable: Self.packaging("build"))
    path = try #require(built.out.split(separator: "\n").last.map(String.init), "\(built.error)")
  }
}

/// What the package is, and what becomes of a system by it.
struct PackageTests {
  @Test func `the package holds the program, its rulebook, unit, settings, completions and manual`() throws {
    let scratch = try Scratch()
    let package = try BuiltPackage.shared.get().path
    let version = try Program.run(["--version"]).out.split(separator: "\n").first.map(String.init) ?? ""
    #expect(package.contains("/cascade_\(version)_") && package.hasSuffix(".deb"))
    let root = scratch.url.appending(path: "root")
    for arguments in [["-x", package, root.path()], ["-e", package, root.path() + "/DEBIAN"]] {
      #expect(try Program.run(arguments, executable: "/usr/bin/dpkg-deb").code == 0)
    }
    func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }
    let control = try text("DEBIAN/control")
    #expect(control.contains("Version: \(version)\n") && control.contains("libsqlite3-0"), "\(control)")
    #expect(try text("DEBIAN/conffiles") == "/etc/cascade/cascade.toml\n")
    for unit in ["cascade.service", "cascade-api.socket", "cascade-decisions.socket"] {
      #expect(try !text("usr/lib/systemd/system/" + unit).isEmpty)
    }
    for file in [
      "bash-completion/completions/cascade", "zsh/vendor-completions/_cascade",
      "fish/vendor_completions.d/cascade.fish",
    ] { #expect(try text("usr/share/" + file).contains("healthcheck")) }
    let settings = root.appending(path: "etc/cascade/cascade.toml").path()
    let installed = root.appending(path: "usr/bin/cascade").path()
    #expect(try Program.run(["config", "check", settings], executable: installed).code == 0)
    let rulebook = root.appending(path: "usr/share/cascade/rulebook").path()
    let checked = try Program.run(["check", "--rulebook", rulebook], in: scratch.url, executable: installed)
    #expect(checked.code == 0, "\(checked.error)")
    let pages = try FileManager.default.contentsOfDirectory(atPath: root.path() + "/usr/share/man/man1")
    for command in HelpTests.commands {
      let name = (["cascade"] + command).joined(separator: "-")
      #expect(pages.contains(name + ".1.gz"), "\(name)")
    }
    let page = try Program.run(
      ["-dc", root.path() + "/usr/share/man/man1/cascade-serve.1.gz"], executable: "/bin/gzip")
    #expect(
      page.out.hasPrefix(".TH CASCADE\\-SERVE 1 ") && page.out.contains("\\-\\-socket\\-mode"),
      "\(page.out.prefix(400))")
    // The same program makes the same bytes.
    let again = try BuiltPackage(in: scratch, compression: "none")
    let other = try BuiltPackage(in: Scratch(), compression: "none")
    #expect(try Program.run([again.path, other.path], executable: "/usr/bin/cmp").code == 0)
  }

  private static let hasChecker = FileManager.default.isExecutableFile(atPath: "/usr/bin/lintian")

  @Test(.enabled(if: hasChecker || Peers.areRequired, "lintian isn't installed"))
  func `Debian's own checker finds no error in it`() throws {
    let package = try BuiltPackage.shared.get().path
    let checked = try Program.run(["--fail-on", "error", "--allow-root", package], executable: "/usr/bin/lintian")
    #expect(checked.code == 0, "\(checked.out)\(checked.error)")
    #expect(!checked.out.contains("E: "), "\(checked.out)")
  }

  @Test(.enabled(if: getuid() == 0, "needs root"))
  func `it is installed, upgraded and purged in a clean system, and leaves nothing but a ledger`() throws {
    let scratch = try Scratch()
    let script = Program.package.appending(path: "Tests/Peers/clean_root.sh").path()
    // A clean system is made once for all runs.
    let root = Program.package.appending(path: ".build/clean-root.tar").path()
    let made = try Program.run(
      ["-m", "/bin/bash", script, try BuiltPackage.shared.get().path, root, scratch.url.path()],
      executable: "/usr/bin/unshare")
    #expect(made.code == 0, "\(made.out)\(made.error)")
    #expect(made.out.hasSuffix("clean after purge\n"), "\(made.out)\(made.error)")
  }
}
