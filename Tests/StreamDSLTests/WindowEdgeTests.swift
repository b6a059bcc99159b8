import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

@Suite("Windows at the end of time")
struct WindowEdgeTests {
    @Test(arguments: [Timestamp.latest.milliseconds, Timestamp.latest.milliseconds - 1, 0])
    func `a record at either end of time is counted, one beyond is a dead letter`(timestamp: Int64) throws {
        let input = Topic("in", key: .string, value: .int)
        let output = Topic("out", key: .windowed(.string), value: .int)
        let driver = try TopologyTestDriver(
            try StreamTopology("app") {
                input.stream().grouped().windowed(by: .hopping(.seconds(10), every: .seconds(3)))
                    .count(store: "counts").changes().to(output)
            })
        try driver.pipe(input, "k", 1, at: timestamp)
        #expect(try !driver.take(output).isEmpty)
        try driver.pipe(input, "k", 1, at: .max)
        #expect(driver.takeDeadLetters().map { $0.headers[DeadLetterHeader.stage] } == ["timestamp"])
    }
}
