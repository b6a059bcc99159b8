import CRocksDB
import CShims
import Synchronization

/// The memory that all stores of a process share: one block cache, one limit on write buffers, one read cache.
///
/// Memory does not grow with partitions times stores: half of the budget is RocksDB's block cache, which the write
/// buffers are charged to, half is for decoded entries. Any thread may use it.
public final class StateMemory: Sendable {
    /// The whole budget in bytes.
    public let budget: Int
    // Both are thread-safe in RocksDB and never change after init.
    nonisolated(unsafe) let cache: OpaquePointer
    nonisolated(unsafe) let writeBuffers: OpaquePointer
    private let decoded = Atomic<Int>(0)
    private let openStores = Atomic<Int>(0)

    /// A budget of `bytes`, 256 MiB when not given; less than 8 MiB is taken as 8 MiB.
    public init(bytes: Int = 256 << 20) {
        budget = max(bytes, 8 << 20)
        cache = rocksdb_cache_create_lru(budget / 2)
        writeBuffers = tributary_write_buffers_create(budget / 4, UnsafeMutableRawPointer(cache))
    }

    deinit {
        tributary_write_buffers_destroy(writeBuffers)
        rocksdb_cache_destroy(cache)
    }

    /// How many bytes the block cache holds, write buffers included.
    public var blockCacheBytes: Int { rocksdb_cache_get_usage(cache) }

    /// How many bytes RocksDB's write buffers take.
    public var writeBufferBytes: Int { tributary_write_buffers_usage(writeBuffers) }

    /// About how many bytes the decoded entries of all stores take.
    public var decodedBytes: Int { decoded.load(ordering: .relaxed) }

    /// How many bytes of the budget are for decoded entries.
    public var decodedBudget: Int { budget / 2 }

    /// A store opens or closes; an even share is what it may keep whatever the others do.
    func countStore(_ change: Int) { openStores.add(change, ordering: .relaxed) }

    /// A store's decoded entries grew or shrank by `change` bytes.
    @usableFromInline func countDecoded(_ change: Int) { decoded.add(change, ordering: .relaxed) }

    /// Down to how many bytes a store of `bytes` must shrink; nil when it may stay as it is.
    @usableFromInline func target(for bytes: Int) -> Int? {
        let excess = decoded.load(ordering: .relaxed) - decodedBudget
        guard excess > 0 else { return nil }
        let share = decodedBudget / max(1, openStores.load(ordering: .relaxed))
        return bytes > share ? max(share, bytes - excess) : nil
    }
}
