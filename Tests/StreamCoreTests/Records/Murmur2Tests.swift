import StreamCore
import Testing

@Suite struct Murmur2Tests {
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829), ("abc", 479_470_107),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ] as [(String, Int32)])
    func `hashes are those of Kafka's own tests`(_ key: String, _ hash: Int32) {
        #expect(Bytes(key).withUnsafeBytes { Murmur2.hash($0) } == hash)
    }

    @Test(arguments: [Int32(1), 2, 7, 64])
    func `a key within an array has the partition it has by itself`(_ partitions: Int32) {
        let array = Array("some bytes before the key, and some after it".utf8)
        for start in array.indices {
            for end in start...array.count {
                #expect(
                    Murmur2.partition(array, in: start..<end, of: partitions)
                        == Murmur2.partition(Bytes(array, in: start..<end), of: partitions))
            }
        }
    }

    @Test func `a range that leaves the array is clamped to it`() {
        let array = Array("foobar".utf8)
        #expect(Murmur2.partition(array, in: -3..<99, of: 1_000) == Murmur2.partition(Bytes("foobar"), of: 1_000))
        #expect(Murmur2.partition(array, in: 80..<99, of: 1_000) == Murmur2.partition(.empty, of: 1_000))
        #expect(Murmur2.partition([], in: 0..<4, of: 1_000) == Murmur2.partition(.empty, of: 1_000))
    }
}
