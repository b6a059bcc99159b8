import Foundation
import StateStores
import StreamCore
import Testing

@Suite struct StoreReaderTests {
    @Test func `a reader sees what the last checkpoint wrote while the owner runs`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openKeyValue()
        try store.put("b", 2, at: .ms(20))
        try store.put("a", 1, at: .ms(10))
        try fixture.changelog.commit(task)
        try task.checkpoint()
        try store.put("c", 3, at: .ms(30))
        try fixture.changelog.commit(task)
        let reader = try StoreReader(directory: fixture.path)
        #expect(reader.metadata.task == TaskID(0, 1))
        #expect(reader.metadata.application == "tests")
        #expect(reader.metadata.stores.map { $0.keySerde } == ["string"])
        #expect(try reader.mark(of: "counts")?.position == 2)
        #expect(try entries(reader, "counts") == ["a=1@10", "b=2@20"])
        #expect(try reader.entry("b", of: "counts")?.timestamp == .ms(20))
        #expect(try reader.entry("c", of: "counts") == nil)
        #expect { _ = try reader.mark(of: "nope") } throws: { ($0 as? StateStoreError)?.code == .unknownStore }
        // The owner goes on undisturbed.
        try task.checkpoint()
        #expect(try entries(StoreReader(directory: fixture.path), "counts") == ["a=1@10", "b=2@20", "c=3@30"])
    }

    @Test func `a reader works after a clean stop and leaves nothing behind`() throws {
        let fixture = StoreFixture()
        do {
            let (task, store) = try fixture.openKeyValue()
            for number in 0..<3_000 { try store.put("k\(number)", 1, at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.close(checkpointing: true)
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: fixture.path).sorted()
        do {
            let reader = try StoreReader(directory: fixture.path)
            #expect(try entries(reader, "counts").count == 3_000)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.path).sorted() == before)
    }

    @Test func `a directory without stores is said to be one`() {
        #expect {
            _ = try StoreReader(directory: "/nonexistent")
        } throws: { ($0 as? StateStoreError)?.code == .unknownStore }
    }

    @Test func `readers come and go while the owner checkpoints`() throws {
        let fixture = StoreFixture()
        let (task, store) = try fixture.openKeyValue()
        let stop = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
        let failures = Failures()
        let path = fixture.path
        try task.checkpoint()
        Thread.detachNewThread {
            while stop.wait(timeout: .now()) == .timedOut {
                do {
                    let reader = try StoreReader(directory: path)
                    var values: Set<Bytes> = []
                    var count = 0
                    try reader.entries(of: "counts") { entry in
                        values.insert(entry.value)
                        count += 1
                        return true
                    }
                    // Each checkpoint writes one value under every key: a mixture would be no prefix of the changelog.
                    if values.count > 1 { failures.add("\(values.count) values among \(count) keys") }
                    failures.countRead()
                } catch {
                    failures.add("\(error)")
                }
            }
            done.signal()
        }
        for round in 0..<40 {
            for number in 0..<(round % 2 == 0 ? 4_000 : 1_900) {
                try store.put("k\(number)", Int64(round), at: .ms(1))
            }
            for number in (round % 2 == 0 ? 4_000 : 1_900)..<4_000 { try store.put("k\(number)", nil, at: .ms(1)) }
            try fixture.changelog.commit(task)
            try task.checkpoint()
        }
        stop.signal()
        done.wait()
        #expect(failures.texts.isEmpty)
        #expect(failures.reads > 0)
    }

    private func entries(_ reader: StoreReader, _ store: String) throws -> [String] {
        var found: [String] = []
        try reader.entries(of: store) { entry in
            let value = try Serde<Int64>.int64.decode(entry.value)
            found.append("\(entry.key)=\(value)@\(entry.timestamp)")
            return true
        }
        return found
    }
}

/// What went wrong on another thread.
private final class Failures: @unchecked Sendable {
    // Guarded by the lock.
    private let lock = NSLock()
    private var found: [String] = []
    private var count = 0

    func add(_ text: String) { lock.withLock { found.append(text) } }
    func countRead() { lock.withLock { count += 1 } }
    var texts: [String] { lock.withLock { found } }
    var reads: Int { lock.withLock { count } }
}
