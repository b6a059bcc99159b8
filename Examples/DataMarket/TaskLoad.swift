import Console
import EventLog
import Operations
import StreamCore
import TaskMarket

/// `ask`: puts made-up tasks to the market, the same ones for the same seed.
enum TaskLoad {
    private static let count = Parameter.option(
        "count", letter: "n", ValueFormat<Int>.integer(1...1_000_000), default: 20, help: "how many tasks")
    private static let seed = Parameter.option(
        "seed", ValueFormat<UInt64>.integer(0...UInt64.max), default: 1, help: "which ones")
    private static let partitions = Parameter.option(
        "partitions", ValueFormat<Int32>.integer(1...1_000), default: 3, help: "of topics that are not there yet")

    private static let wishes = [
        "sales analysis", "weekly report", "demand forecast", "clean the address list", "label photos",
        "analysis of returns", "translate the manual", "build a perpetual motion forecast", "draw a map",
    ]

    static func command(_ market: Market) -> Command {
        Command(
            "ask", summary: "put made-up tasks to the market",
            examples: [Command.Example("ask --count 20 --data-dir ./data", "twenty of them")],
            options: LogOptions.all + [count, seed, partitions]
        ) { invocation in
            let log = try LogOptions.open(invocation)
            for topic in market.topicNames + ["outcomes"] where try log.topic(topic) == nil {
                _ = try log.createTopic(TopicSpecification(topic, partitions: try invocation[partitions]))
            }
            let size = try log.topic(market.requests.name)?.partitions ?? 1
            let (count, seed) = (try invocation[count], try invocation[seed])
            var buffer = RecordBuffer()
            for request in requests(count, seed: seed, at: SystemWallClock().now()) {
                let key = Bytes(request.task)
                buffer.append(
                    to: TopicPartition(market.requests.name, Murmur2.partition(key, of: size)), key: key,
                    value: try market.format.request.encode(request),
                    timestamp: Timestamp(milliseconds: request.timestamp))
            }
            try log.append(buffer)
            invocation.note("\(count) tasks are in '\(market.requests.name)'")
        }
    }

    static func requests(_ count: Int, seed: UInt64, at now: Timestamp) -> [TaskRequest] {
        var state = seed
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        return (0..<count).map { number in
            TaskRequest(
                "task-\(seed)-\(number)", requester: "buyer", description: wishes[next(wishes.count)],
                proposedCost: next(10) == 0 ? nil : Double(20 + next(180)), priority: Int32(1 + next(5)),
                timestamp: now.milliseconds)
        }
    }
}
