import StateStores
import StreamCore
import Testing

/// Random operations, commits, checkpoints and crashes, compared with a dictionary.
@Suite struct ModelTests {
    @Test(arguments: 0..<12) func `a key-value store behaves as a dictionary, whatever happens to it`(run: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed), run \(run)")
        var random = SeededRandom(seed: seed)
        let fixture = StoreFixture(run % 3 == 0 ? .memory : .disk, budget: run % 2 == 0 ? 8 << 20 : 64 << 20)
        var committed: [String: Int64] = [:]
        for _ in 0..<8 {
            let (task, store) = try fixture.openKeyValue()
            var model = committed
            #expect(try Dictionary(uniqueKeysWithValues: store.all()) == model, "after a restart, seed \(seed)")
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                try change(store, &model, &random, seed)
                if Int.random(in: 0..<3, using: &random) > 0 {
                    try fixture.changelog.commit(task)
                    committed = model
                    if Bool.random(using: &random) { try task.checkpoint() }
                }
            }
            try compare(store, model, &random, seed)
        }
    }

    private func change(
        _ store: KeyValueStore<String, Int64>, _ model: inout [String: Int64], _ random: inout SeededRandom,
        _ seed: UInt64
    ) throws {
        // At times more than a batch takes, so that checkpoints go both ways.
        let count = Int.random(in: 0..<10, using: &random) == 0 ? 4_000 : 30
        for _ in 0..<count {
            let key = "k\(Int.random(in: 0..<(count * 2), using: &random))"
            let number = Int64.random(in: 0..<1_000, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                try store.put(key, nil, at: .ms(number))
                model[key] = nil
            case 1:
                try store.put(key, number, at: .ms(number))
                model[key] = number
            case 2:
                try store.update(key, at: .ms(number)) { value, _ in value = (value ?? 0) + number }
                model[key, default: 0] += number
            default:
                #expect(try store.get(key) == model[key], "seed \(seed)")
            }
        }
    }

    private func compare(
        _ store: KeyValueStore<String, Int64>, _ model: [String: Int64], _ random: inout SeededRandom,
        _ seed: UInt64
    ) throws {
        let sorted = model.keys.sorted { Bytes($0) < Bytes($1) }
        #expect(try store.all().map { $0.0 } == sorted, "seed \(seed)")
        let first = "k\(Int.random(in: 0..<99, using: &random))"
        let last = "k\(Int.random(in: 0..<99, using: &random))"
        var found: [String] = []
        try store.scan(from: first, through: last) { key, value, _ in
            #expect(value == model[key], "seed \(seed)")
            found.append(key)
            return true
        }
        #expect(found == sorted.filter { $0 >= first && $0 <= last }, "seed \(seed)")
        found = []
        try store.scan(prefix: Bytes("k1")) { key, _, _ in
            found.append(key)
            return true
        }
        #expect(found == sorted.filter { $0.hasPrefix("k1") }, "seed \(seed)")
    }

    @Test(arguments: 0..<12) func `a window store behaves as a dictionary, whatever happens to it`(run: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed), run \(run)")
        var random = SeededRandom(seed: seed)
        let fixture = StoreFixture(run % 3 == 0 ? .memory : .disk, budget: run % 2 == 0 ? 8 << 20 : 64 << 20)
        var committed: [WindowID: Int64] = [:]
        var time: Int64 = 0
        for _ in 0..<6 {
            let (task, store) = try fixture.openWindows()
            // A restart may bring windows back that were expired after the last checkpoint; the owner expires them again.
            store.expire(before: .ms(time - 120_000))
            var model = committed.filter { $0.key.start >= store.horizon.milliseconds }
            try compare(store, model, &random, seed)
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                time += Int64.random(in: 0..<20_000, using: &random)
                try change(store, &model, time, &random, seed)
                store.expire(before: .ms(time - 120_000))
                model = model.filter { $0.key.start >= store.horizon.milliseconds }
                if Int.random(in: 0..<3, using: &random) > 0 {
                    try fixture.changelog.commit(task)
                    committed = model
                    if Bool.random(using: &random) { try task.checkpoint() }
                }
            }
            try compare(store, model, &random, seed)
        }
    }

    private struct WindowID: Hashable {
        let key: String
        let start: Int64
    }

    private func change(
        _ store: WindowStore<String, Int64>, _ model: inout [WindowID: Int64], _ time: Int64,
        _ random: inout SeededRandom, _ seed: UInt64
    ) throws {
        for _ in 0..<(Int.random(in: 0..<20, using: &random) == 0 ? 3_000 : 30) {
            let start = max(0, time - Int64.random(in: 0..<130_000, using: &random)) / 500 * 500
            guard start >= store.horizon.milliseconds else { continue }
            let id = WindowID(key: "k\(Int.random(in: 0..<9, using: &random))", start: start)
            let number = Int64.random(in: 0..<1_000, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                try store.put(id.key, .ms(start), nil, at: .ms(number))
                model[id] = nil
            case 1, 2:
                try store.put(id.key, .ms(start), number, at: .ms(number))
                model[id] = number
            case 3:
                try store.update(id.key, .ms(start), at: .ms(number)) { value, _ in value = (value ?? 0) + number }
                model[id, default: 0] += number
            default:
                #expect(try store.get(id.key, .ms(start)) == model[id], "seed \(seed)")
            }
        }
    }

    private func compare(
        _ store: WindowStore<String, Int64>, _ model: [WindowID: Int64], _ random: inout SeededRandom,
        _ seed: UInt64
    ) throws {
        let sorted = model.keys.sorted { ($0.key, $0.start) < ($1.key, $1.start) }
        #expect(try store.all().map { WindowID(key: $0.0, start: $0.1) } == sorted, "seed \(seed)")
        let first = (sorted.map { $0.start }.max() ?? 0) - Int64.random(in: 0..<130_000, using: &random)
        let last = first + Int64.random(in: 0..<60_000, using: &random)
        for key in ["k3", "k5"] {
            var found: [Int64] = []
            try store.fetch(key, from: .ms(first), through: .ms(last)) { start, value, _ in
                #expect(value == model[WindowID(key: key, start: start.milliseconds)], "seed \(seed)")
                found.append(start.milliseconds)
                return true
            }
            #expect(
                found == sorted.filter { $0.key == key && $0.start >= first && $0.start <= last }.map { $0.start },
                "seed \(seed)")
        }
        var byStart: [WindowID] = []
        try store.scanByStart(from: .ms(first), through: .ms(last)) { key, start, _, _ in
            byStart.append(WindowID(key: key, start: start.milliseconds))
            return true
        }
        #expect(
            byStart
                == sorted.filter { $0.start >= first && $0.start <= last }.sorted {
                    ($0.start, $0.key) < ($1.start, $1.key)
                }, "seed \(seed)")
    }
}
