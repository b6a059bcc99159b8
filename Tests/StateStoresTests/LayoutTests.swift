import StateStores
import StreamCore
import Testing

/// The bytes that Kafka Streams writes, from the conformance cases.
@Suite struct LayoutTests {
    @Test func `a window's changelog key is key, start and sequence number`() throws {
        let (_, store) = try StoreFixture(.memory).openWindows()
        try store.put("ab", .ms(1_000), 258, at: .ms(1_234))
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex("t")
        try store.appendChanges(to: &buffer, topic: topic, partition: 2)
        let entry = try #require(buffer.entries.first)
        #expect(buffer.key(of: entry)?.hex == "616200000000000003e800000000")
        #expect(buffer.value(of: entry)?.hex == "0000000000000102")
        #expect(entry.timestamp == .ms(1_234))
        #expect(entry.partition == 2)
    }

    @Test func `a timestamped store's changelog value is the value alone`() throws {
        let (_, store) = try StoreFixture(.memory).openKeyValue()
        try store.put("ab", 258, at: .ms(1_000))
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex("t")
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        let entry = try #require(buffer.entries.first)
        #expect(buffer.key(of: entry)?.hex == "6162")
        #expect(buffer.value(of: entry)?.hex == "0000000000000102")
        #expect(entry.timestamp == .ms(1_000))
    }

    @Test func `the reader gives windows in changelog form and order, across segments`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openWindows()
        for (key, start) in [("b", 70_000), ("a", 130_000), ("b", 0), ("a", 1_000)] as [(String, Int64)] {
            try store.put(key, .ms(start), start, at: .ms(start))
        }
        try fixture.changelog.commit(task)
        try task.checkpoint()
        var keys: [String] = []
        let reader = try StoreReader(directory: fixture.path)
        try reader.entries(of: "windows") { entry in
            keys.append(entry.key.hex)
            return true
        }
        #expect(
            keys == [
                "6100000000000003e800000000", "61000000000001fbd000000000", "62000000000000000000000000",
                "62000000000001117000000000",
            ])
        let last = try #require(keys.last)
        #expect(last.count == 26)
        let one = try reader.entry(Bytes([0x61, 0, 0, 0, 0, 0, 0, 3, 0xe8, 0, 0, 0, 0]), of: "windows")
        #expect(one?.value.hex == "00000000000003e8")
        #expect(one?.timestamp == .ms(1_000))
    }

    @Test func `integer keys are scanned in the order of their bytes`() throws {
        let fixture = StoreFixture()
        let task = fixture.stores()
        let store = try task.keyValueStore(
            StoreSpecification(name: "s", kind: .keyValue, key: Serde<Int32>.int32, value: Serde<String>.string),
            key: .int32, value: .string)
        try task.open()
        for key in [258, 3, -1, 0] as [Int32] { try store.put(key, "v", at: .ms(1)) }
        #expect(try store.all().map { $0.0 } == [0, 3, 258, -1])
    }
}
