internal import COpenSSL

/// Bytes that only a passphrase opens: a key by scrypt (RFC 7914, N = 2^17, r = 8, p = 1: 128 MiB and a moment for each
/// guess), the bytes by AES-256-GCM under it.
///
///     sealed = head || salt[16] || nonce[12] || ciphertext || tag[16]     the tag covers all of it
package enum PassphraseSeal {
  private static let head = Array("cascade-sealed-v1 scrypt N=131072 r=8 p=1 AES-256-GCM\n".utf8)
  private static let (saltBytes, nonceBytes, tagBytes, keyBytes) = (16, 12, 16, 32)
  /// What scrypt may take: what it needs, and a little more.
  private static let memory: UInt64 = 160 << 20

  /// Seals `bytes` by `passphrase`, under a salt and a nonce of their own. Throws when memory is short. O(bytes).
  package static func seal(_ bytes: [UInt8], by passphrase: Secret) throws(CryptographyError) -> [UInt8] {
    let front = head + SecureRandom.bytes(saltBytes + nonceBytes)
    let key = try key(passphrase, salt: front[head.count...].prefix(saltBytes))
    let nonce = Array(front.suffix(nonceBytes))
    guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .lastFailure("AES-256-GCM can't begin") }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    var (out, tag) = ([UInt8](repeating: 0, count: bytes.count), [UInt8](repeating: 0, count: tagBytes))
    var count: Int32 = 0
    let isDone = key.withBytes { key in
      unsafe EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil) == 1
        && EVP_EncryptUpdate(context, nil, &count, front, Int32(front.count)) == 1
        && EVP_EncryptUpdate(context, &out, &count, bytes, Int32(clamping: bytes.count)) == 1
        && Int(count) == bytes.count && EVP_EncryptFinal_ex(context, nil, &count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), &tag) == 1
    }
    guard isDone else { throw .lastFailure("AES-256-GCM failed") }
    return front + out + tag
  }

  /// What was sealed; nil when the passphrase is another, or a byte was changed. Throws when it isn't sealed in this
  /// way, or memory is short. O(bytes).
  package static func open(_ sealed: [UInt8], by passphrase: Secret) throws(CryptographyError) -> [UInt8]? {
    let front = Array(sealed.prefix(head.count + saltBytes + nonceBytes))
    guard sealed.starts(with: head), sealed.count >= front.count + tagBytes else {
      throw CryptographyError("it isn't sealed in a way that this version knows")
    }
    let key = try key(passphrase, salt: front[head.count...].prefix(saltBytes))
    let nonce = Array(front.suffix(nonceBytes))
    var tag = Array(sealed.suffix(tagBytes))
    let bytes = Array(sealed[front.count..<sealed.count - tagBytes])
    guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .lastFailure("AES-256-GCM can't begin") }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    var out = [UInt8](repeating: 0, count: bytes.count)
    var count: Int32 = 0
    let isOpened = key.withBytes { key in
      unsafe EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil) == 1
        && EVP_DecryptUpdate(context, nil, &count, front, Int32(front.count)) == 1
        && EVP_DecryptUpdate(context, &out, &count, bytes, Int32(clamping: bytes.count)) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag) == 1
        && EVP_DecryptFinal_ex(context, nil, &count) == 1
    }
    if !isOpened { ERR_clear_error() }
    return isOpened ? out : nil
  }

  private static func key(_ passphrase: Secret, salt: ArraySlice<UInt8>) throws(CryptographyError) -> Secret {
    let salt = Array(salt)
    var key = [UInt8](repeating: 0, count: keyBytes)
    let isDone = passphrase.withBytes { bytes in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe EVP_PBE_scrypt(
          bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, salt, salt.count, 1 << 17, 8, 1, memory,
          &key, key.count) == 1
      }
    }
    defer { for index in key.indices { key[index] = 0 } }
    guard isDone else { throw .lastFailure("scrypt failed") }
    return Secret(key)
  }
}
