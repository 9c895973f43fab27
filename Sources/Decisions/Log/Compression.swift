internal import CZstd
internal import Core

/// Compresses bytes by Zstandard (RFC 8878), with a checksum; not for two threads at once.
final class Compressor {
  private let context: OpaquePointer

  /// Compresses at the level `level`. Throws when memory is short.
  init(level: Int32) throws(StoreError) {
    guard let context = ZSTD_createCCtx() else { throw Self.failure("out of memory") }
    self.context = context
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// One Zstandard frame of these bytes. O(bytes).
  func compress(_ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    var status = 0
    let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
      status = bytes.withUnsafeBytes {
        ZSTD_compress2(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
      }
      count = ZSTD_isError(status) == 0 ? status : 0
    }
    if ZSTD_isError(status) != 0 { throw Self.failure(String(cString: ZSTD_getErrorName(status))) }
    return packed
  }

  private static func failure(_ reason: String) -> StoreError {
    StoreError(.io, "records can't be compressed: \(reason)")
  }

  /// The `count` bytes of one Zstandard frame; nil when it isn't one, or hasn't so many. O(count).
  static func expand(_ packed: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
    guard count > 0 else { return nil }
    var status = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      status = packed.withUnsafeBytes { ZSTD_decompress(buffer.baseAddress, count, $0.baseAddress, $0.count) }
      length = ZSTD_isError(status) == 0 ? status : 0
    }
    return bytes.count == count ? bytes : nil
  }
}
