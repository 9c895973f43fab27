import ArgumentParser
import Core
import Cryptography
import StorePostgres
import StoreRedis
import Tokens

/// `--store` and what goes with it, for a host and for the commands beside it.
struct StoreOptions: ParsableArguments {
  @Option(help: "The PostgreSQL database that hosts share, without a password: postgresql://[USER@][HOST]/DATABASE")
  var store: String?
  @Option(help: "A file with that URL, which only its owner may read; it may have a password.")
  var storeFile: String?
  @Option(help: "A file with the key that seals signing keys in it, of 'cascade store new-key'.")
  var keyEncryptionKeyFile: String?
}

/// `--redis` and what else only a host has that shares a store.
struct ClusterOptions: ParsableArguments {
  @Option(help: "The Redis that hosts share, without a password: redis://HOST[:PORT][/DATABASE]") var redis: String?
  @Option(help: "A file with that URL, which only its owner may read; it may have a password.") var redisFile: String?
  @Option(help: "This host's name among those that share the store. (default: the machine's name)")
  var hostName: String?
  @Option(
    help: ArgumentHelp(
      "Seconds of answers marked as stale once it lost touch with the others. (default: 30; 0 under governance)",
      valueName: "seconds"))
  var staleAfter: Int?
}

/// What a host shares with others instead of keeping it in its data directory.
struct SharedStore: Sendable {
  /// The address of the PostgreSQL database.
  let address: PostgresAddress
  /// What seals the signing keys in it.
  let key: SealingKey
  /// The Redis; nil for none.
  let redis: RedisAddress?
  /// The name by which other hosts know this one.
  let host: String
}

/// A key as base64 (RFC 4648, section 4).
enum KeyText {
  /// The text of a key.
  static func text(_ key: [UInt8]) -> String {
    let text = Base64URL.text(key).replacing("-", with: "+").replacing("_", with: "/")
    return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
  }

  /// The bytes that a text stands for; nil for another text.
  static func bytes(_ text: [UInt8]) -> [UInt8]? {
    var text = text
    while text.last == UInt8(ascii: "=") { text.removeLast() }
    for (place, byte) in text.enumerated() {
      if byte == UInt8(ascii: "+") { text[place] = UInt8(ascii: "-") }
      if byte == UInt8(ascii: "/") { text[place] = UInt8(ascii: "_") }
    }
    return Base64URL.bytes(text)
  }
}

/// Reads the addresses and the key of what is shared, each from an option or a file.
enum SharedSettings {
  /// The database of `--store` or `--store-file`; nil when neither is given. Without `readsSecrets`, a file isn't read.
  static func address(_ url: String?, file: String?, readsSecrets: Bool = true) throws(ReadingError) -> PostgresAddress?
  {
    try address(url, file: file, "store", readsSecrets) { (text) throws(StoreError) in
      let address = try PostgresAddress(text)
      return (address, address.hasPassword)
    }
  }

  /// The Redis of `--redis` or `--redis-file`; nil when neither is given.
  static func redis(_ url: String?, file: String?, readsSecrets: Bool = true) throws(ReadingError) -> RedisAddress? {
    try address(url, file: file, "redis", readsSecrets) { (text) throws(StoreError) in
      let address = try RedisAddress(text)
      return (address, address.hasPassword)
    }
  }

  private static func address<Address>(
    _ url: String?, file: String?, _ name: String, _ readsSecrets: Bool,
    _ parse: (String) throws(StoreError) -> (Address, hasPassword: Bool)
  ) throws(ReadingError) -> Address? {
    if url != nil, file != nil { throw ReadingError(message: "--\(name) and --\(name)-file give the same; keep one") }
    do throws(StoreError) {
      if let url {
        let (address, hasPassword) = try parse(url)
        if !hasPassword { return address }
        throw StoreError(
          .io,
          "--\(name) has a password, which others see in the list of processes: put the URL into a file of mode 0600 "
            + "and name it with --\(name)-file")
      }
      guard let file, readsSecrets else { return nil }
      return try parse(secret(in: file)).0
    } catch {
      throw ReadingError(message: error.message)
    }
  }

  private static func secret(in file: String) throws(StoreError) -> String {
    do throws(TokenError) {
      return try SecretFile.read(file).withBytes { String(decoding: $0, as: UTF8.self) }
    } catch {
      throw StoreError(.io, error.reason)
    }
  }

  /// The key in a file: 32 bytes in base64. Throws what is wrong with it, without a character of it.
  static func key(_ file: String) throws(ReadingError) -> SealingKey {
    let text: Secret
    do throws(TokenError) { text = try SecretFile.read(file) } catch { throw ReadingError(message: error.reason) }
    guard let bytes = text.withBytes({ KeyText.bytes($0) }), let key = SealingKey(Secret(bytes)) else {
      throw ReadingError(message: "\(file) holds no key: 32 bytes in base64, as 'cascade store new-key' prints them")
    }
    return key
  }

  /// Whether a text can be a host's name.
  static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || [0x2D, 0x2E, 0x5F].contains(byte)
      } && text.utf8.first != 0x2E
  }
}

extension ServeOptions {
  /// What the host shares; nil for a host with all of it in its data directory. Throws what is wrong or missing.
  func shared(_ sources: SettingSources, readsSecrets: Bool) throws -> SharedStore? {
    let store = try sources.text(store.store, "store")
    let storeFile = try sources.text(self.store.storeFile, "store-file")
    let keyFile = try sources.text(self.store.keyEncryptionKeyFile, "key-encryption-key-file")
    let redis = try sources.text(cluster.redis, "redis")
    let redisFile = try sources.text(cluster.redisFile, "redis-file")
    let name = try sources.text(cluster.hostName, "host-name", or: MachineName.text)
    guard SharedSettings.isName(name) else {
      throw sources.fault("host-name", "is made of up to 64 letters, digits, hyphens, dots and underscores")
    }
    let address = try SharedSettings.address(store, file: storeFile, readsSecrets: readsSecrets)
    let redisAddress = try SharedSettings.redis(redis, file: redisFile, readsSecrets: readsSecrets)
    if !readsSecrets { return nil }
    guard let address else {
      guard let odd = [("redis", redis), ("redis-file", redisFile)].first(where: { $0.1 != nil }) else { return nil }
      throw sources.fault(odd.0, "goes with --store: what only Redis keeps may be lost")
    }
    guard let keyFile else {
      throw ReadingError(
        message: "--store wants --key-encryption-key-file, the key that seals signing keys in the database: make one "
          + "by 'cascade store new-key --out FILE' and give every host the same")
    }
    return SharedStore(
      address: address, key: try SharedSettings.key(keyFile), redis: redisAddress, host: name)
  }
}
