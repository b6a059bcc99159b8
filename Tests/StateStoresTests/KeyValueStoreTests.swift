import StateStores
import StreamCore
import Testing

@Suite struct KeyValueStoreTests {
    @Test(arguments: Place.allCases) func `what is put is read, with its timestamp`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openKeyValue()
        try store.put("a", 1, at: .ms(10))
        #expect(try store.get("a") == 1)
        #expect(try store.entry("a")?.timestamp == .ms(10))
        #expect(try store.get("b") == nil)
        try store.put("a", nil, at: .ms(11))
        #expect(try store.get("a") == nil)
        #expect(store.approximateCount == 0)
    }

    @Test(arguments: Place.allCases) func `update sees the value and keeps the later timestamp`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openKeyValue()
        for time in [5, 9, 7] as [Int64] {
            try store.update("k", at: .ms(time)) { value, _ in value = (value ?? 0) + 1 }
        }
        let entry = try #require(try store.entry("k"))
        #expect(entry.value == 3)
        #expect(entry.timestamp == .ms(9))
        try store.update("k", at: .ms(20)) { value, _ in value = nil }
        try store.update("k", at: .ms(3)) { value, _ in value = 1 }
        #expect(try store.entry("k")?.timestamp == .ms(3))
    }

    @Test(arguments: Place.allCases) func `a commit holds each changed key once with its last value`(place: Place)
        throws
    {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openKeyValue()
        for value in 1...5 { try store.put("a", Int64(value), at: .ms(Int64(value))) }
        try store.put("b", 7, at: .ms(1))
        #expect(store.hasUncommittedChanges)
        try fixture.changelog.commit(store)
        #expect(!store.hasUncommittedChanges)
        try store.put("b", nil, at: .ms(2))
        try fixture.changelog.commit(store)
        let records = fixture.changelog.records["counts"] ?? []
        #expect(records.map { $0.key?.utf8 } == ["a", "b", "b"])
        #expect(records.map { $0.value?.hex } == ["0000000000000005", "0000000000000007", nil])
        #expect(records.map { $0.timestamp } == [.ms(5), .ms(1), .ms(2)])
    }

    @Test func `changes that were appended but not confirmed are appended again`() throws {
        let (_, store) = try StoreFixture(.memory).openKeyValue()
        try store.put("a", 1, at: .ms(1))
        try store.put("b", 1, at: .ms(1))
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex("t")
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        try store.put("b", 2, at: .ms(2))
        try store.put("c", 2, at: .ms(2))
        buffer.removeAll()
        try store.appendChanges(to: &buffer, topic: topic, partition: 3)
        #expect(Set(buffer.entries.map { buffer.key(of: $0)?.utf8 }) == ["a", "b", "c"])
        #expect(buffer.count == 3)
        #expect(buffer.entries.allSatisfy { $0.partition == 3 })
        store.committed(ChangelogMark(position: 3, commitID: 1, incarnation: "x"))
        #expect(!store.hasUncommittedChanges)
    }

    @Test func `changes made between append and confirmation belong to the next commit`() throws {
        let (_, store) = try StoreFixture(.memory).openKeyValue()
        try store.put("a", 1, at: .ms(1))
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex("t")
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        try store.put("a", nil, at: .ms(2))
        store.committed(ChangelogMark(position: 1, commitID: 1, incarnation: "x"))
        #expect(store.hasUncommittedChanges)
        buffer.removeAll()
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        #expect(buffer.entries.map { $0.valueLength } == [-1])
        store.committed(ChangelogMark(position: 2, commitID: 2, incarnation: "x"))
        #expect(try store.get("a") == nil)
    }

    @Test func `a value that cannot be written leaves store and buffer as they were`() throws {
        let picky = Serde<Int64>(
            description: "picky",
            encode: { value, writer in
                if value == 13 { throw SerdeError(.unencodable, serde: "picky", reason: "13") }
                writer.append(bigEndian: value)
            }, decode: { _ in 0 })
        let task = TaskStores(task: TaskID(0, 0), directory: nil, memory: StateMemory())
        let store = try task.keyValueStore(
            StoreSpecification(name: "s", kind: .keyValue, key: Serde<String>.string, value: picky), key: .string,
            value: picky)
        try store.put("a", 1, at: .ms(1))
        try store.put("b", 13, at: .ms(1))
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex("t")
        #expect { try store.appendChanges(to: &buffer, topic: topic, partition: 0) } throws: { error in
            (error as? StateStoreError)?.code == .serde
        }
        #expect(buffer.isEmpty)
        try store.put("b", 14, at: .ms(1))
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        #expect(buffer.count == 2)
    }

    @Test(arguments: Place.allCases) func `a crash loses nothing that was committed`(place: Place) throws {
        let fixture = StoreFixture(place)
        do {
            let (task, store) = try fixture.openKeyValue()
            for number in 0..<50 { try store.put("k\(number)", Int64(number), at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.checkpoint()
            for number in 25..<75 { try store.put("k\(number)", number % 2 == 0 ? nil : -1, at: .ms(2)) }
            try fixture.changelog.commit(task)
            try store.put("never", 1, at: .ms(3))
        }
        let (_, store) = try fixture.openKeyValue()
        #expect(try store.get("k7") == 7)
        #expect(try store.get("k26") == nil)
        #expect(try store.get("k27") == -1)
        #expect(try store.get("never") == nil)
        #expect(try store.all().count == 50)
    }

    @Test func `what the checkpoint holds is not read from the changelog again`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue()
            for number in 0..<5_000 { try store.put("k\(number)", Int64(number), at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
            #expect(store.changesSinceCheckpoint == 0)
        }
        let (_, store) = try fixture.openKeyValue()
        #expect(store.mark == fixture.changelog.mark("counts"))
        #expect(store.checkpointedAt == .ms(1_000_000))
        #expect(try store.get("k4999") == 4_999)
        #expect(try store.entry("k1")?.timestamp == .ms(1))
    }

    @Test func `a checkpoint refuses what is not committed`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openKeyValue()
        try store.put("a", 1, at: .ms(1))
        #expect { try task.checkpoint() } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
        try fixture.changelog.commit(task)
        try task.checkpoint()
        #expect(store.mark?.position == 1)
    }

    @Test func `a wiped store is empty and can be rebuilt`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openKeyValue()
        for number in 0..<3_000 { try store.put("k\(number)", 1, at: .ms(1)) }
        try fixture.changelog.commit(task)
        try task.checkpoint()
        try store.wipe()
        #expect(store.mark == nil)
        #expect(try store.get("k1") == nil)
        #expect(try store.all().isEmpty)
        try fixture.changelog.restore(task)
        #expect(try store.all().count == 3_000)
    }

    @Test func `text keys are one key only when their bytes are`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openKeyValue()
        let composed = "\u{e9}"
        let decomposed = "e\u{301}"
        try #require(composed == decomposed)
        try store.put(composed, 1, at: .ms(1))
        #expect(try store.get(decomposed) == nil)
        try store.put(decomposed, 2, at: .ms(1))
        #expect(try store.get(composed) == 1)
        try fixture.changelog.commit(task)
        try task.checkpoint()
        #expect(try store.all().count == 2)
    }

    @Test(arguments: Place.allCases) func `update may use the store while it runs`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openKeyValue()
        try store.put("other", 5, at: .ms(1))
        try store.update("k", at: .ms(1)) { value, _ in
            for number in 0..<1_000 { try store.put("n\(number)", 1, at: .ms(1)) }
            value = try store.get("other")
        }
        #expect(try store.get("k") == 5)
        #expect(store.approximateCount == 1_002)
    }

    @Test func `an update that throws passes the error on and keeps the store whole`() throws {
        struct Refusal: Error {}
        let (_, store) = try StoreFixture(.memory).openKeyValue()
        try store.put("k", 1, at: .ms(1))
        #expect(throws: Refusal.self) { try store.update("k", at: .ms(1)) { _, _ in throw Refusal() } }
        #expect(try store.get("k") == 1)
    }

    @Test func `used before it is opened or after it is closed, a store on disk says so`() throws {
        let fixture = StoreFixture()
        let task = fixture.stores()
        let store = try task.keyValueStore(
            StoreSpecification(name: "s", kind: .keyValue, key: Serde<String>.string, value: Serde<String>.string),
            key: .string, value: .string)
        #expect { _ = try store.get("a") } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
        #expect { try store.put("a", "b", at: .ms(1)) } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
        try task.open()
        try store.put("a", "b", at: .ms(1))
        store.committed(ChangelogMark(position: 0, commitID: 0, incarnation: ""))
        try task.close(checkpointing: false)
        #expect { try store.wipe() } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
    }

    @Test func `a plain store keeps no timestamps on disk`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue(kind: .keyValue)
            try store.put("a", 1, at: .ms(5))
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        let (_, store) = try fixture.openKeyValue(kind: .keyValue)
        #expect(try store.get("a") == 1)
        #expect(try store.entry("a")?.timestamp == .unknown)
    }

    @Test(arguments: Place.allCases) func `a scan goes on in order while its body changes the store`(place: Place)
        throws
    {
        let fixture = StoreFixture(place)
        do {
            let (task, store) = try fixture.openKeyValue()
            for number in 100..<400 { try store.put("k\(number)", 1, at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        let (task, store) = try fixture.openKeyValue()
        for number in 150..<200 { try store.put("k\(number)", 2, at: .ms(1)) }
        var seen: [String] = []
        try store.scan { key, value, _ in
            seen.append(key)
            #expect(value == (key >= "k150" && key < "k200" ? 2 : 1))
            try store.put(key, nil, at: .ms(2))
            for number in 0..<20 { try store.put("a\(seen.count)-\(number)", 3, at: .ms(2)) }
            return true
        }
        #expect(seen == (100..<400).map { "k\($0)" })
        #expect(try store.all().count == 6_000)
        try fixture.changelog.commit(task)
        try task.checkpoint()
        #expect(try store.all().count == 6_000)
    }

    @Test func `a standby follows the changelog and can take over at any moment`() throws {
        let fixture = StoreFixture()
        let owner = TaskStores(task: TaskID(0, 1), directory: nil, memory: fixture.memory)
        let source = try owner.keyValueStore(
            StoreSpecification(name: "counts", kind: .keyValue, key: Serde<String>.string, value: Serde<Int64>.int64),
            key: .string, value: .int64)
        let (task, standby) = try fixture.openKeyValue()
        for round in 0..<20 {
            for number in 0..<200 { try source.put("k\(number)", number % 3 == 0 ? nil : Int64(round), at: .ms(1)) }
            try fixture.changelog.commit(source)
            try fixture.changelog.restore(standby)
        }
        #expect(try standby.all().map { $0.0 } == source.all().map { $0.0 })
        try standby.put("k0", 7, at: .ms(2))
        try fixture.changelog.commit(standby)
        #expect {
            try standby.put("k0", 8, at: .ms(3)); try fixture.changelog.restore(standby)
        } throws: {
            ($0 as? StateStoreError)?.code == .invalidUse
        }
        try task.close(checkpointing: false)
    }

    @Test func `a store that is not logged survives through its checkpoints`() throws {
        let fixture = StoreFixture()
        let unlogged = StoreSpecification(
            name: "local", kind: .keyValue, key: Serde<String>.string, value: Serde<Int64>.int64, isLogged: false)
        do {
            let task = fixture.stores()
            let store = try task.keyValueStore(unlogged, key: .string, value: .int64)
            try task.open()
            try store.put("a", 1, at: .ms(1))
            try fixture.changelog.commit(task)
            #expect(fixture.changelog.records["local"] == nil)
            try task.close(checkpointing: true)
        }
        let task = fixture.stores()
        let store = try task.keyValueStore(unlogged, key: .string, value: .int64)
        try task.open()
        #expect(try store.get("a") == 1)
    }
}
