internal import COpenSSL

/// A key in OpenSSL, parsed once, with a prepared operation that each use copies.
@safe
final class OpenSSLKey: Sendable {
  enum Operation: Sendable { case sign, verify }

  // Neither changes after `init`; copying a context only reads it and counts references atomically.
  private nonisolated(unsafe) let key: OpaquePointer
  private nonisolated(unsafe) let template: OpaquePointer

  /// Takes ownership of `key`, which OpenSSL may have returned as null, and prepares `operation`. Throws OpenSSL's
  /// error.
  init(_ key: OpaquePointer?, _ algorithm: SignatureAlgorithm, _ operation: Operation) throws(CryptographyError) {
    guard let key = unsafe key else { throw .lastFailure("OpenSSL refused the key") }
    unsafe self.key = key
    unsafe template = available(EVP_MD_CTX_new(), "digest context")
    let isPSS: Int32 = algorithm.family == .rsaPSS ? 1 : 0
    let isVerifying: Int32 = operation == .verify ? 1 : 0
    let status = unsafe cascade_signature_init(template, key, algorithm.hash?.rawValue, isPSS, isVerifying)
    guard status == 1 else { throw .lastFailure("the key cannot \(operation) with \(algorithm.rawValue)") }
  }

  deinit {
    unsafe EVP_MD_CTX_free(template)
    unsafe EVP_PKEY_free(key)
  }

  /// The key's parameter of this OpenSSL name, big-endian, padded to `width` bytes unless that is zero.
  func number(_ name: String, width: Int = 0) throws(CryptographyError) -> [UInt8] {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: RSAKeyCheck.modulusBits.upperBound / 8) { buffer, count in
      count = unsafe cascade_key_number(key, name, buffer.baseAddress, buffer.count, width)
    }
    if bytes.isEmpty { throw .lastFailure("the key has no number \(name)") }
    return bytes
  }

  /// The raw bytes of one half of an Ed25519 key.
  func raw(_ read: (OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?) -> Int32)
    throws(CryptographyError) -> [UInt8]
  {
    var bytes = [UInt8](repeating: 0, count: Ed25519KeyCheck.byteCount)
    var count = bytes.count
    guard unsafe read(key, &bytes, &count) == 1, count == bytes.count else {
      throw .lastFailure("the key has no raw bytes")
    }
    return bytes
  }

  /// Whether OpenSSL verifies `signature`, in its own form, over `bytes`. Empties the error queue on failure.
  func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
    guard let context = unsafe copyOfTemplate() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    let isValid = unsafe EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    if !isValid { ERR_clear_error() }
    return isValid
  }

  /// The signature of `bytes`, in OpenSSL's own form.
  func signature(of bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
    guard let context = unsafe copyOfTemplate() else { throw .lastFailure("no context to sign in") }
    defer { unsafe EVP_MD_CTX_free(context) }
    let signature = unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_PKEY_get_size(key))) { buffer, count in
      count = buffer.count
      if unsafe EVP_DigestSign(context, buffer.baseAddress, &count, bytes, bytes.count) != 1 { count = 0 }
    }
    if signature.isEmpty { throw .lastFailure("OpenSSL did not sign") }
    return signature
  }

  private func copyOfTemplate() -> OpaquePointer? {
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    if unsafe EVP_MD_CTX_copy_ex(context, template) == 1 { return unsafe context }
    unsafe EVP_MD_CTX_free(context)
    ERR_clear_error()
    return nil
  }
}
