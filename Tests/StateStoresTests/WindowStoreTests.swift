import StateStores
import StreamCore
import Testing

@Suite struct WindowStoreTests {
    @Test(arguments: Place.allCases) func `windows of a key are kept apart`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openWindows()
        try store.put("a", .ms(1_000), 1, at: .ms(1_500))
        try store.put("a", .ms(0), 2, at: .ms(500))
        try store.put("a", .ms(3_000), 3, at: .ms(3_000))
        try store.put("b", .ms(1_000), 4, at: .ms(1_000))
        #expect(try store.get("a", .ms(1_000)) == 1)
        #expect(try store.get("a", .ms(0)) == 2)
        #expect(try store.get("a", .ms(2_000)) == nil)
        #expect(try store.entry("b", .ms(1_000))?.timestamp == .ms(1_000))
        #expect(try fetch(store, "a", 0, 9_000) == [0, 1_000, 3_000])
        #expect(try fetch(store, "a", 1_000, 2_999) == [1_000])
    }

    @Test(arguments: Place.allCases) func `update keeps the later timestamp`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openWindows()
        for time in [1_100, 1_900, 1_200] as [Int64] {
            try store.update("a", .ms(1_000), at: .ms(time)) { value, _ in value = (value ?? 0) + 1 }
        }
        let entry = try #require(try store.entry("a", .ms(1_000)))
        #expect(entry.value == 3)
        #expect(entry.timestamp == .ms(1_900))
    }

    @Test(arguments: Place.allCases) func `a fetch after a restart sees disk and memory as one`(place: Place) throws {
        let fixture = StoreFixture(place)
        do {
            let (task, store) = try fixture.openWindows()
            for window in 0..<100 { try store.put("a", .ms(Int64(window) * 1_000), Int64(window), at: .ms(1)) }
            try store.put("aa", .ms(5_000), 1, at: .ms(1))
            try fixture.changelog.commit(task)
            try task.checkpoint()
        }
        let (task, store) = try fixture.openWindows()
        try store.put("a", .ms(7_000), nil, at: .ms(1))
        try store.put("a", .ms(7_500), 75, at: .ms(1))
        #expect(try fetch(store, "a", 5_000, 9_000) == [5_000, 6_000, 7_500, 8_000, 9_000])
        #expect(try store.get("a", .ms(99_000)) == 99)
        #expect(try fetch(store, "a", 0, 200_000).count == 100)
        try fixture.changelog.commit(task)
    }

    @Test(arguments: Place.allCases) func `what is before the horizon is gone, in memory and on disk`(place: Place)
        throws
    {
        let fixture = StoreFixture(place)
        let (task, store) = try fixture.openWindows()
        for window in 0..<600 { try store.put("k\(window % 7)", .ms(Int64(window) * 1_000), 1, at: .ms(1)) }
        try fixture.changelog.commit(task)
        try task.checkpoint()
        store.expire(before: .ms(300_500))
        #expect(try store.all().count == 299)
        #expect(try store.get("k0", .ms(0)) == nil)
        try store.put("k0", .ms(0), 9, at: .ms(1))
        #expect(try store.get("k0", .ms(0)) == nil)
        #expect(
            try store.update("k0", .ms(0), at: .ms(1)) { value, _ in
                defer { value = 1 }
                return value
            } == nil)
        #expect(try store.get("k0", .ms(0)) == nil)
        try store.put("k0", .ms(700_000), 1, at: .ms(1))
        try fixture.changelog.commit(task)
        try task.checkpoint()
        #expect(try store.all().count == 300)
        if place == .disk {
            let reader = try StoreReader(directory: fixture.path)
            var count = 0
            try reader.entries(of: "windows") { _ in
                count += 1
                return true
            }
            #expect(count == 300)
        }
    }

    @Test func `windows that open and close between two checkpoints never reach the disk`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openWindows(size: 1_000, retention: 1_000)
        for window in 0..<200 {
            let start = Int64(window) * 1_000
            for key in 0..<20 { try store.put("k\(key)", .ms(start), 1, at: .ms(start)) }
            try fixture.changelog.commit(task)
            store.expire(before: .ms(start - 1_000))
        }
        #expect(store.changesSinceCheckpoint <= 60)
        #expect(store.approximateCount <= 60)
        try task.checkpoint()
        let reader = try StoreReader(directory: fixture.path)
        var starts: Set<Int64> = []
        try reader.entries(of: "windows") { entry in
            var bytes = ByteReader(entry.key[(entry.key.count - 12)..<entry.key.count])
            starts.insert(bytes.integer(Int64.self) ?? -1)
            return true
        }
        #expect(starts == [198_000, 199_000])
    }

    @Test(arguments: Place.allCases) func `a scan by start is ordered by start, then by key`(place: Place) throws {
        let fixture = StoreFixture(place)
        do {
            let (task, store) = try fixture.openWindows()
            try store.put("b", .ms(2_000), 1, at: .ms(1))
            try store.put("a", .ms(2_000), 2, at: .ms(1))
            try store.put("c", .ms(1_000), 3, at: .ms(1))
            try store.put("a", .ms(90_000), 4, at: .ms(1))
            try fixture.changelog.commit(task)
            try task.checkpoint()
        }
        let (_, store) = try fixture.openWindows()
        try store.put("aa", .ms(2_000), 5, at: .ms(1))
        var found: [String] = []
        try store.scanByStart(from: .ms(0), through: .ms(89_999)) { key, start, value, _ in
            found.append("\(key)@\(start)=\(value)")
            return true
        }
        #expect(found == ["c@1000=3", "a@2000=2", "aa@2000=5", "b@2000=1"])
    }

    @Test func `a window before 1970 is refused`() throws {
        let fixture = StoreFixture()
        let (_, store) = try fixture.openWindows()
        #expect { try store.put("a", .ms(-1), 1, at: .ms(0)) } throws: { ($0 as? StateStoreError)?.code == .invalidUse }
        #expect(try store.get("a", .ms(-1)) == nil)
    }

    @Test(arguments: Place.allCases) func `a changelog entry that is no window's is refused`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openWindows()
        let record = LogRecord(offset: 0, timestamp: .ms(1), key: "short", value: Bytes("12345678"))
        #expect {
            try store.restore(
                RecordBatch(source: TopicPartition("c", 0), records: [record], nextOffset: 1),
                upTo: ChangelogMark(position: 1, commitID: 1, incarnation: ""))
        } throws: { ($0 as? StateStoreError)?.code == .serde }
    }

    private func fetch(
        _ store: WindowStore<String, Int64>, _ key: String, _ first: Int64, _ last: Int64
    ) throws -> [Int64] {
        var found: [Int64] = []
        try store.fetch(key, from: .ms(first), through: .ms(last)) { start, _, _ in
            found.append(start.milliseconds)
            return true
        }
        return found
    }
}
