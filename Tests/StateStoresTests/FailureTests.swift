import Foundation
import StateStores
import StreamCore
import Testing

/// Owners that are killed, and disks that are full, in child processes.
@Suite(.serialized, .timeLimit(.minutes(15))) struct FailureTests {
    /// Known to parent and child: the one by its own number, the other by its parent's.
    private static func path(_ what: String, _ process: Int32) -> String {
        NSTemporaryDirectory() + "/tributary-\(what)-\(process)"
    }

    private static func open(_ path: String) throws -> (TaskStores, KeyValueStore<String, Int64>) {
        let task = TaskStores(task: TaskID(0, 0), directory: path, memory: StateMemory(bytes: 16 << 20))
        let store = try task.keyValueStore(
            StoreSpecification(
                name: "s", kind: .timestampedKeyValue, key: Serde<String>.string, value: Serde<Int64>.int64),
            key: .string, value: .int64)
        try task.open()
        return (task, store)
    }

    private static func commit(_ store: KeyValueStore<String, Int64>, _ position: Int64) throws {
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex("s")
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        store.committed(ChangelogMark(position: position, commitID: position, incarnation: "i"))
    }

    @Test func `whenever the owner is killed, a checkpoint is there as a whole, with its mark`() async throws {
        let path = Self.path("killed", getpid())
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<4 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                let (task, store) = try Self.open(Self.path("killed", getppid()))
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: Double.random(in: 0.02...0.4))
                    kill(getpid(), SIGKILL)
                }
                var round = store.mark?.position ?? 0
                while true {
                    round += 1
                    // In turn by file and by batch.
                    for number in 0..<(round % 3 == 0 ? 3_000 : 300) {
                        try store.put("k\(number)", round, at: Timestamp(milliseconds: 1))
                    }
                    for number in (round % 3 == 0 ? 3_000 : 300)..<3_000 {
                        try store.put("k\(number)", nil, at: Timestamp(milliseconds: 1))
                    }
                    try Self.commit(store, round)
                    try task.checkpoint()
                }
            }
            let mark = try check(path)
            let (task, store) = try Self.open(path)
            #expect(store.mark?.position == (mark == 0 ? nil : mark))
            if mark > 0 { #expect(try store.get("k0") == mark) }
            try task.close(checkpointing: false)
        }
    }

    /// What a tool sees of a killed owner's directory is one round and its mark; returns the round.
    private func check(_ path: String) throws -> Int64 {
        guard FileManager.default.fileExists(atPath: path + "/stores.json") else { return 0 }
        let reader = try StoreReader(directory: path)
        guard let mark = try reader.mark(of: "s") else { return 0 }
        var values: Set<Int64> = []
        try reader.entries(of: "s") { entry in
            values.insert(try Serde<Int64>.int64.decode(entry.value))
            return true
        }
        #expect(values == [mark.position])
        return mark.position
    }

    @Test func `a full disk is reported as such, and what is there stays`() async throws {
        let path = Self.path("full", getpid())
        defer { try? FileManager.default.removeItem(atPath: path) }
        await #expect(processExitsWith: .success) {
            let path = Self.path("full", getppid())
            let (task, store) = try Self.open(path)
            try store.put("before", 1, at: Timestamp(milliseconds: 1))
            try Self.commit(store, 1)
            try task.checkpoint()
            // No file may grow beyond this: what a full disk looks like from inside.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: rlim_t.max)
            setrlimit(__rlimit_resource_t(1), &limit)
            for number in 0..<50_000 { try store.put("k\(number)", 2, at: Timestamp(milliseconds: 1)) }
            try Self.commit(store, 2)
            do {
                try task.checkpoint()
                exit(2)
            } catch let error as StateStoreError {
                guard error.code == .diskFull, error.reaction == .retry, store.mark?.position == 1 else {
                    print(error)
                    exit(3)
                }
            }
            limit.rlim_cur = rlim_t.max
            setrlimit(__rlimit_resource_t(1), &limit)
            try task.checkpoint()
            guard store.mark?.position == 2 else { exit(4) }
            try task.close(checkpointing: false)
            exit(0)
        }
        let (task, store) = try Self.open(path)
        #expect(try store.get("before") == 1)
        #expect(try store.get("k49999") == 2)
        try task.close(checkpointing: false)
    }
}
