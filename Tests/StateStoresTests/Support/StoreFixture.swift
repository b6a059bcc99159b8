import StateStores
import StreamCore

/// Where a test keeps its stores.
enum Place: String, CaseIterable, CustomStringConvertible {
    case memory
    case disk

    var description: String { rawValue }
}

extension Timestamp {
    static func ms(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
}

/// The stores of one task in a directory of the test's own, opened as often as the test likes.
final class StoreFixture {
    let directory = TemporaryDirectory()
    let changelog = FakeChangelog()
    let memory: StateMemory
    let clock = ManualWallClock(.ms(1_000_000))
    let place: Place
    /// Opened last: stores are closed when their task goes, which a test that only wants the store would not expect.
    private var current: TaskStores?

    init(_ place: Place = .disk, budget: Int = 64 << 20) {
        self.place = place
        memory = StateMemory(bytes: budget)
    }

    var path: String { directory.path }

    func stores() -> TaskStores {
        current = nil
        let task = TaskStores(
            task: TaskID(0, 1), directory: place == .disk ? path : nil, memory: memory, application: "tests",
            clock: clock)
        current = task
        return task
    }

    /// A task with one key-value store, opened and restored.
    func openKeyValue(
        ttl: Duration? = nil, kind: StoreSpecification.Kind = .timestampedKeyValue
    ) throws -> (TaskStores, KeyValueStore<String, Int64>) {
        let task = stores()
        let store = try task.keyValueStore(
            StoreSpecification(
                name: "counts", kind: kind, key: Serde<String>.string, value: Serde<Int64>.int64, ttl: ttl),
            key: .string, value: .int64)
        try task.open()
        try changelog.restore(task)
        return (task, store)
    }

    /// A task with one window store, opened and restored.
    func openWindows(
        size: Int64 = 1_000, retention: Int64 = 120_000
    ) throws -> (TaskStores, WindowStore<String, Int64>) {
        let task = stores()
        let store = try task.windowStore(
            StoreSpecification(
                name: "windows", kind: .window(size: size, retention: retention), key: Serde<String>.string,
                value: Serde<Int64>.int64),
            key: .string, value: .int64)
        try task.open()
        try changelog.restore(task)
        return (task, store)
    }
}

extension KeyValueStore {
    /// All entries in the order of a scan.
    func all() throws -> [(Key, Value)] {
        var found: [(Key, Value)] = []
        try scan { key, value, _ in
            found.append((key, value))
            return true
        }
        return found
    }
}

extension WindowStore {
    /// All windows in the order of a scan.
    func all() throws -> [(Key, Int64, Value)] {
        var found: [(Key, Int64, Value)] = []
        try scan { key, start, value, _ in
            found.append((key, start.milliseconds, value))
            return true
        }
        return found
    }
}
