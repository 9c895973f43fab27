internal import COpenSSL

/// Whether two byte strings are the same; takes as long wherever they differ. Only their lengths may show. O(bytes).
package func constantTimeEquals(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
  let (left, right) = (Array(left), Array(right))
  guard left.count == right.count else { return false }
  return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}
