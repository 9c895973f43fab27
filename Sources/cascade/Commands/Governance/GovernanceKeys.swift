import ArgumentParser
import Core
import Cryptography
import Glibc
import Governance
import Tokens

/// `cascade governance key`: holders' keys.
struct GovernanceKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Makes holders' keys.", subcommands: [NewGovernanceKey.self])
}

/// `cascade governance key new NAME`: an Ed25519 key in two PEM files.
struct NewGovernanceKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Writes NAME.key, which only its owner may read, and NAME.pub.",
    discussion: "Both are PEM, as openssl writes and reads them. A file that is there already is not replaced.")

  @Argument(help: "The holder's name; the files lie in the current directory.") var name: String

  func validate() throws {
    let allowed = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        || byte == 0x5F
    }
    guard allowed, !name.isEmpty, !name.begins(with: "-"), name.utf8.count <= 100 else {
      throw ValidationError("NAME is of letters, digits, hyphens and underscores")
    }
  }

  func run() throws {
    do {
      let secret = try HolderSecret.generate()
      try Self.create("\(name).key", secret.pem, 0o600)
      try Self.create("\(name).pub", secret.publicPEM, 0o644)
      let answer: JSON = ["holder": .string(name), "keyid": .string(secret.key.id)]
      Output.write(answer)
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  private static func create(_ path: String, _ text: String, _ mode: mode_t) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard file >= 0 else { throw OutputFile.failure("make", path, errno) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
      throw OutputFile.failure("write", path, errno)
    }
  }
}

/// A holder's public key in a file, and the holder's name, which is the file's.
struct PublicKeyFile {
  let holder: String
  let key: HolderKey

  init(_ path: String) throws {
    let text = String(decoding: try InputFile.read(path), as: UTF8.self)
    do throws(TokenError) {
      guard case .ed25519(let bytes) = try Ed25519Text.key(text).material else { throw TokenError("no Ed25519 key") }
      do { key = try HolderKey(bytes) } catch { throw TokenError(error.message) }
    } catch {
      throw ReadingError(message: "\(path): \(error.reason)")
    }
    let name = path.pieces(at: "/").last.map { String($0) } ?? path
    holder = name.ends(with: ".pub") ? String(name.unicodeScalars.dropLast(4)) : name
  }
}
