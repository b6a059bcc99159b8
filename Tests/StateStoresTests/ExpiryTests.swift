import StateStores
import StreamCore
import Testing

@Suite struct ExpiryTests {
    @Test(arguments: Place.allCases) func `entries go when their TTL has passed, oldest first`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (task, store) = try fixture.openKeyValue(ttl: .milliseconds(100))
        for (key, time) in [("c", 30), ("a", 10), ("b", 20), ("d", 500)] as [(String, Int64)] {
            try store.put(key, time, at: .ms(time))
        }
        #expect(try expired(store, now: 109) == [])
        #expect(try expired(store, now: 120) == ["a", "b"])
        #expect(try expired(store, now: 400) == ["c"])
        #expect(try store.all().map { $0.0 } == ["d"])
        _ = task
    }

    @Test(arguments: Place.allCases) func `an entry written anew lives on`(place: Place) throws {
        let fixture = StoreFixture(place)
        do {
            let (task, store) = try fixture.openKeyValue(ttl: .milliseconds(100))
            try store.put("a", 1, at: .ms(10))
            try store.put("b", 1, at: .ms(10))
            try fixture.changelog.commit(task)
            try task.checkpoint()
            try store.put("a", 2, at: .ms(90))
            try fixture.changelog.commit(task)
            try task.checkpoint()
        }
        let (task, store) = try fixture.openKeyValue(ttl: .milliseconds(100))
        #expect(try expired(store, now: 150) == ["b"])
        try fixture.changelog.commit(task)
        try task.checkpoint()
        #expect(try expired(store, now: 190) == ["a"])
        #expect(try store.all().isEmpty)
        #expect(fixture.changelog.records["counts"]?.last?.value == nil)
    }

    @Test(arguments: Place.allCases) func `an older timestamp brings the end forward`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (_, store) = try fixture.openKeyValue(ttl: .milliseconds(100))
        try store.put("a", 1, at: .ms(500))
        try store.put("a", 1, at: .ms(10))
        #expect(try expired(store, now: 200) == ["a"])
    }

    @Test(arguments: Place.allCases) func `a call looks at no more than its limit`(place: Place) throws {
        let fixture = StoreFixture(place)
        let (task, store) = try fixture.openKeyValue(ttl: .milliseconds(1))
        for number in 0..<10 { try store.put("k\(number)", 1, at: .ms(Int64(number))) }
        try fixture.changelog.commit(task)
        try task.checkpoint()
        for number in 10..<20 { try store.put("k\(number)", 1, at: .ms(Int64(number))) }
        var counts: [Int] = []
        repeat { counts.append(try store.expire(now: .ms(1_000), limit: 8)) } while counts.last == 8
        #expect(counts == [8, 8, 4])
        #expect(try store.all().isEmpty)
    }

    @Test func `the time index does not grow with updates that were expired`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openKeyValue(ttl: .milliseconds(10))
        for round in 0..<50 {
            let time = Int64(round) * 5
            for number in 0..<10 { try store.put("k\(number)", 1, at: .ms(time)) }
            try fixture.changelog.commit(task)
            try task.checkpoint()
            try store.expire(now: .ms(time), limit: 1_000)
        }
        try fixture.changelog.commit(task)
        try task.checkpoint()
        // Whatever is left in the index is younger than the TTL.
        #expect(try store.expire(now: .ms(49 * 5), limit: 1_000) == 0)
        #expect(try store.all().count == 10)
        #expect(try store.expire(now: .ms(1_000), limit: 1_000) <= 30)
        #expect(try store.all().isEmpty)
    }

    @Test func `a restored store expires what it was given`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue(ttl: .milliseconds(100))
            for number in 0..<2_500 { try store.put("k\(number)", 1, at: .ms(Int64(number))) }
            try fixture.changelog.commit(task)
        }
        let (_, store) = try fixture.openKeyValue(ttl: .milliseconds(100))
        #expect(try store.expire(now: .ms(1_099), limit: 10_000) == 1_000)
        #expect(try store.all().count == 1_500)
    }

    @Test func `a store without a TTL expires nothing`() throws {
        let (_, store) = try StoreFixture(.memory).openKeyValue()
        try store.put("a", 1, at: .ms(0))
        #expect(try store.expire(now: .ms(.max), limit: 100) == 0)
        #expect(try store.get("a") == 1)
    }

    private func expired(_ store: KeyValueStore<String, Int64>, now: Int64) throws -> [String] {
        var keys: [String] = []
        try store.expire(now: .ms(now), limit: 100) { key, _ in keys.append(key) }
        return keys
    }
}
