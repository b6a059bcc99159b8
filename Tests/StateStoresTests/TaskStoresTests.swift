import Foundation
import StateStores
import StreamCore
import Testing

@Suite struct TaskStoresTests {
    @Test func `another process's lock is reported as such`() throws {
        let fixture = StoreFixture()
        let (first, _) = try fixture.openKeyValue()
        let second = TaskStores(task: TaskID(0, 1), directory: fixture.path, memory: fixture.memory)
        _ = try second.keyValueStore(plain("counts", .string, .int64), key: .string, value: .int64)
        let error = #expect(throws: StateStoreError.self) { try second.open() }
        #expect(error?.code == .locked)
        #expect(error?.reaction == .retry)
        #expect { try TaskStores.destroy(directory: fixture.path) } throws: {
            ($0 as? StateStoreError)?.code == .locked
        }
        try first.close(checkpointing: false)
        try TaskStores.destroy(directory: fixture.path)
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test func `other serdes are refused with what to do`() throws {
        let fixture = StoreFixture()
        do { _ = try fixture.openKeyValue() }
        let task = fixture.stores()
        let text = StoreSpecification(
            name: "counts", kind: .timestampedKeyValue, key: Serde<String>.string, value: Serde<String>.string,
            changelog: "app-counts-changelog")
        _ = try task.keyValueStore(text, key: .string, value: .string)
        let error = #expect(throws: StateStoreError.self) { try task.open() }
        #expect(error?.code == .incompatibleStore)
        #expect(error?.reaction == .stopInstance)
        #expect(
            error?.description
                == "store 'counts': '\(fixture.path)' holds it as timestampedKeyValue(string → int64), the plan asks for "
                + "timestampedKeyValue(string → string). Go back to what is stored, or give the store a new name, or stop "
                + "and delete the directory: the store is then rebuilt from its changelog, if it has one, else it starts "
                + "empty")
    }

    @Test(arguments: [
        StoreSpecification.Kind.keyValue, .window(size: 1_000, retention: 120_000),
    ]) func `another kind is refused`(kind: StoreSpecification.Kind) throws {
        let fixture = StoreFixture()
        do { _ = try fixture.openKeyValue() }
        let task = fixture.stores()
        let other = StoreSpecification(name: "counts", kind: kind, key: Serde<String>.string, value: Serde<Int64>.int64)
        if case .keyValue = kind {
            _ = try task.keyValueStore(other, key: .string, value: .int64)
        } else {
            _ = try task.windowStore(other, key: .string, value: .int64)
        }
        #expect { try task.open() } throws: { ($0 as? StateStoreError)?.code == .incompatibleStore }
    }

    @Test func `another window size is refused, another retention is not`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openWindows()
            try store.put("a", .ms(61_000), 1, at: .ms(1))
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        do {
            let (task, store) = try fixture.openWindows(retention: 900_000)
            #expect(try store.get("a", .ms(61_000)) == 1)
            try task.close(checkpointing: true)
        }
        #expect { _ = try fixture.openWindows(size: 2_000) } throws: {
            ($0 as? StateStoreError)?.code == .incompatibleStore
        }
    }

    @Test func `a directory of another task or another format is refused`() throws {
        let fixture = StoreFixture()
        do { _ = try fixture.openKeyValue() }
        let (task, _) = try fixture.openKeyValue()
        try task.close(checkpointing: false)
        let other = TaskStores(task: TaskID(3, 4), directory: fixture.path, memory: fixture.memory)
        _ = try other.keyValueStore(plain("counts", .string, .int64), key: .string, value: .int64)
        #expect { try other.open() } throws: { ($0 as? StateStoreError)?.code == .incompatibleStore }
    }

    @Test func `specifications that make no sense are refused`() throws {
        let task = TaskStores(task: TaskID(0, 0), directory: nil, memory: StateMemory())
        _ = try task.keyValueStore(plain("a", .string, .int64), key: .string, value: .int64)
        let bad: [StoreSpecification] = [
            plain("a", .string, .int64), plain("", .string, .int64), plain("default", .string, .int64),
            plain("b", .string, .string), plain("c", .string, .int64, kind: .window(size: 1, retention: 1)),
            StoreSpecification(
                name: "d", kind: .keyValue, key: Serde<String>.string, value: Serde<Int64>.int64, ttl: .zero),
        ]
        for specification in bad {
            #expect {
                _ = try task.keyValueStore(specification, key: .string, value: .int64)
            } throws: { ($0 as? StateStoreError)?.code == .invalidSpecification }
        }
        for kind in [StoreSpecification.Kind.window(size: 0, retention: 1), .window(size: 5, retention: 4)] {
            #expect {
                _ = try task.windowStore(plain("w", .string, .int64, kind: kind), key: .string, value: .int64)
            } throws: { ($0 as? StateStoreError)?.code == .invalidSpecification }
        }
        try task.open()
        #expect {
            _ = try task.keyValueStore(plain("late", .string, .int64), key: .string, value: .int64)
        } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
    }

    @Test func `damaged files are reported as corrupt, and the directory can be destroyed and rebuilt`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue()
            for number in 0..<5_000 { try store.put("k\(number)", 1, at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.path) where name.hasPrefix("MANIFEST") {
            try Data("this is not a manifest".utf8).write(to: URL(fileURLWithPath: "\(fixture.path)/\(name)"))
        }
        let error = #expect(throws: StateStoreError.self) { _ = try fixture.openKeyValue() }
        #expect(error?.code == .corrupt)
        #expect(error?.reaction == .restoreTask)
        try TaskStores.destroy(directory: fixture.path)
        let (_, store) = try fixture.openKeyValue()
        #expect(try store.all().count == 5_000)
    }

    @Test func `a damaged data block is reported as corrupt`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue()
            for number in 0..<5_000 { try store.put("k\(number)", 1, at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.path) where name.hasSuffix(".sst") {
            let url = URL(fileURLWithPath: "\(fixture.path)/\(name)")
            var bytes = try Data(contentsOf: url)
            for index in 1_000..<min(3_000, bytes.count) { bytes[index] ^= 0x55 }
            try bytes.write(to: url)
        }
        let error = #expect(throws: StateStoreError.self) {
            let (_, store) = try fixture.openKeyValue()
            do {
                for number in 0..<5_000 { _ = try store.get("k\(number)") }
            } catch {
                throw error
            }
        }
        #expect(error?.code == .corrupt)
    }

    @Test func `a store the plan no longer has keeps its data and its place in the list`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue()
            try store.put("a", 1, at: .ms(1))
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        do {
            let task = fixture.stores()
            _ = try task.keyValueStore(plain("other", .string, .int64), key: .string, value: .int64)
            try task.open()
        }
        let (_, store) = try fixture.openKeyValue()
        #expect(try store.get("a") == 1)
        let reader = try StoreReader(directory: fixture.path)
        #expect(reader.metadata.stores.map { $0.name } == ["counts", "other"])
    }

    @Test func `each store of a task has its own mark`() throws {
        let fixture = StoreFixture()
        let task = fixture.stores()
        let first = try task.keyValueStore(plain("first", .string, .int64), key: .string, value: .int64)
        let second = try task.keyValueStore(plain("second", .string, .int64), key: .string, value: .int64)
        try task.open()
        for number in 0..<3_000 { try first.put("k\(number)", 1, at: .ms(1)) }
        try second.put("k", 1, at: .ms(1))
        try fixture.changelog.commit(task)
        try task.checkpoint()
        #expect(first.mark?.position == 3_000)
        #expect(second.mark?.position == 1)
    }

    @Test func `a refused open lets go of the directory`() throws {
        let fixture = StoreFixture()
        do { _ = try fixture.openKeyValue() }
        let task = fixture.stores()
        let fine = try task.keyValueStore(plain("fine", .string, .int64), key: .string, value: .int64)
        _ = try task.keyValueStore(plain("counts", .string, .string), key: .string, value: .string)
        #expect { try task.open() } throws: { ($0 as? StateStoreError)?.code == .incompatibleStore }
        // Neither the task nor the store that is still here keeps the lock.
        try TaskStores.destroy(directory: fixture.path)
        #expect { try fine.put("a", 1, at: .ms(1)) } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
    }

    @Test func `windows beyond the budget leave memory, the oldest first, and are read from disk`() throws {
        let fixture = StoreFixture(budget: 8 << 20)
        let (task, store) = try fixture.openWindows(size: 1_000, retention: 100_000_000)
        for window in 0..<100 {
            for key in 0..<500 { try store.put("key-\(key)", .ms(Int64(window) * 1_000), Int64(window), at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.checkpoint()
        }
        try fixture.changelog.commit(task)
        #expect(fixture.memory.decodedBytes < 6 << 20)
        for window in 0..<100 { #expect(try store.get("key-7", .ms(Int64(window) * 1_000)) == Int64(window)) }
        #expect(try store.all().count == 50_000)
        var count = 0
        try store.fetch("key-9", from: .ms(0), through: .ms(1_000_000)) { start, value, _ in
            #expect(start.milliseconds == value * 1_000)
            count += 1
            return true
        }
        #expect(count == 100)
    }

    @Test func `two keys that a serde writes alike are one entry on disk, and no file is refused`() throws {
        let directory = TemporaryDirectory()
        let lossy = Serde<String>.string.map(description: "lower", decode: { $0 }, encode: { $0.lowercased() })
        let task = TaskStores(task: TaskID(0, 0), directory: directory.path, memory: StateMemory())
        let store = try task.keyValueStore(plain("s", lossy, .int64), key: lossy, value: .int64)
        try task.open()
        for number in 0..<2_500 {
            try store.put("k\(number)", 1, at: .ms(1))
            try store.put("K\(number)", 2, at: .ms(1))
        }
        try FakeChangelog().commit(store)
        try task.checkpoint()
        try task.close(checkpointing: false)
        var values: Set<String> = []
        try StoreReader(directory: directory.path).entries(of: "s") { entry in
            values.insert(entry.value.hex)
            return true
        }
        #expect(values == ["0000000000000002"])
    }

    @Test func `two open tasks share one budget`() throws {
        let memory = StateMemory(bytes: 16 << 20)
        let directory = TemporaryDirectory()
        var tasks: [(TaskStores, KeyValueStore<String, Bytes>, FakeChangelog)] = []
        for number in 0..<4 {
            let task = TaskStores(
                task: TaskID(0, Int32(number)), directory: "\(directory.path)/\(number)", memory: memory)
            let store = try task.keyValueStore(plain("s", .string, .bytes), key: .string, value: .bytes)
            try task.open()
            tasks.append((task, store, FakeChangelog()))
        }
        let value = Bytes([UInt8](repeating: 7, count: 500))
        for round in 0..<20 {
            for (task, store, changelog) in tasks {
                // Fewer than go as a file: through the write buffers that the limit is about.
                for number in 0..<1_500 { try store.put("k\(round)-\(number)", value, at: .ms(1)) }
                try changelog.commit(task)
                changelog.records = [:]
                try task.checkpoint()
            }
            // RocksDB flushes a little later than the limit; without one it would keep 60 MB.
            #expect(memory.writeBufferBytes < 32 << 20)
            #expect(memory.decodedBytes < 16 << 20)
        }
        #expect(memory.writeBufferBytes > 0)
        #expect(memory.blockCacheBytes <= 16 << 20)
        for (_, store, _) in tasks {
            #expect(try store.get("k0-0") == value)
            #expect(try store.get("k19-1499") == value)
            #expect(try store.all().count == 30_000)
        }
    }

    private func plain<Key: Sendable, Value: Sendable>(
        _ name: String, _ key: Serde<Key>, _ value: Serde<Value>, kind: StoreSpecification.Kind = .timestampedKeyValue
    ) -> StoreSpecification {
        StoreSpecification(name: name, kind: kind, key: key, value: value)
    }

    @Test func `a restore that is given up half-way leaves what the mark says, and nothing less`() throws {
        let fixture = StoreFixture()
        let specification = StoreSpecification(
            name: "counts", kind: .timestampedKeyValue, key: Serde<String>.string, value: Serde<Int64>.int64)
        let owner = TaskStores(task: TaskID(0, 1), directory: nil, memory: fixture.memory)
        let source = try owner.keyValueStore(specification, key: .string, value: .int64)
        try owner.open()
        for number in 0..<10 { try source.put("k\(number)", Int64(number), at: .ms(1)) }
        try fixture.changelog.commit(source)
        do {
            let task = fixture.stores()
            let store = try task.keyValueStore(specification, key: .string, value: .int64)
            try task.open()
            let half = Array((fixture.changelog.records["counts"] ?? []).prefix(5))
            try store.restore(
                RecordBatch(source: TopicPartition("counts", 0), records: half, nextOffset: 5),
                upTo: ChangelogMark(position: 5, commitID: 1, incarnation: FakeChangelog.incarnation))
            // The task is revoked now, in good order.
            try task.close(checkpointing: true)
        }
        let (task, store) = try fixture.openKeyValue()
        #expect(try store.all().count == 10)
        try task.close(checkpointing: true)
    }
}
